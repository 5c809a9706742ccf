"""One project of one tree, compared with its lock: what it declares, what is due, findings."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TypeVar

import msgspec

from sigclock.git.repository import Repository
from sigclock.interface.snapshot import Extraction
from sigclock.interface.unrecognized import Unrecognized
from sigclock.lock import ledger, reader
from sigclock.lock.lock import REVISION, Account, Lock
from sigclock.project import baseline as baselines
from sigclock.project import issuers, source_ledger
from sigclock.project.baseline import Baseline
from sigclock.project.config import judgement
from sigclock.project.coverage import missing
from sigclock.project.migration import migrated
from sigclock.project.projects import Project
from sigclock.project.references import References, hidden, planned
from sigclock.source import SourceTree
from sigclock.tasks.former_names import with_former_names
from sigclock.tasks.unseen import unseen
from sigclock.verdict import call_graph, report
from sigclock.verdict import judge as verdict
from sigclock.verdict.finding import Finding, TaskReport
from sigclock.verdict.plan import Ledgers, Moves, Plan, Policy
from sigclock.verdict.report import Counts
from sigclock.verdict.rules import lock_outdated
from sigclock.verdict.standing import (
    NOTHING,
    Identity,
    Standing,
    identity,
    identity_by_itself,
    identity_of_lag,
)
from sigclock.verdict.wording import count, enumerate_names

_Item = TypeVar("_Item")


def unix(data: bytes) -> bytes:
    """The bytes of a lock with the line ends that sigclock writes, whatever Git checked out."""
    return data.replace(b"\r\n", b"\n") if b"\r" in data else data


class Analysis(msgspec.Struct, frozen=True, dict=True):
    """One project of one tree, compared with its lock.

    `lock_data` are the lock's bytes in the tree, None if there is no lock. `lock_notes` say what is
    unusual about it. `as_written` is set if the bytes are known to be those that sigclock writes.
    `missing` has what is expected of the tree and not there. If only a part of the project was
    read, `missing` is not known, `unread_counts` counts the rest, and `whole_next_data` is the
    whole next lock. `hidden` says what of the history could not be read when a version was chosen.
    """

    project: Project
    extraction: Extraction
    lock: Lock
    lock_data: bytes | None
    plan: Plan
    tasks: dict[str, TaskReport]
    findings: list[Finding]
    lock_notes: tuple[str, ...] = ()
    as_written: bool = False
    missing: tuple[Finding, ...] = ()
    unread_counts: Counts = Counts()
    whole_next_data: bytes | None = None
    hidden: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for people."""
        return (*self.commit_notes, *self._unread_notebooks)

    @property
    def commit_notes(self) -> tuple[str, ...]:
        """The same for a commit, which does not say again what it does not change."""
        return (*self.lock_notes, *self._taken_elsewhere, *filter(None, [self.hidden]))

    @property
    def _taken_elsewhere(self) -> Iterator[str]:
        decisions = self.plan.decisions.items()
        taken = [
            f'{name} "{decision.task.cache.version}"'
            for name, decision in decisions
            if decision.taken_elsewhere and decision.next_version is None
        ]
        if taken:
            yield (
                "another branch of this clone issued the same version for other outputs: "
                f"{enumerate_names(taken)}; `sigclock update` moves what it may edit"
            )

    @property
    def _unread_notebooks(self) -> Iterator[str]:
        notebooks = self.extraction.notebooks
        if notebooks:
            verbs = "seem to hold tasks and are" if notebooks[1:] else "seems to hold tasks and is"
            names = enumerate_names(notebooks)
            yield f"{count(len(notebooks), 'notebook')} {verbs} not read: {names}"

    @cached_property
    def counts(self) -> Counts:
        """How many tasks the project has."""
        return report.counts(self.extraction).plus(self.unread_counts)

    @cached_property
    def next_data(self) -> bytes:
        """The bytes of the lock that `update` would write."""
        return (
            reader.dumps(self.plan.lock) if self.whole_next_data is None else self.whole_next_data
        )

    @property
    def outdated(self) -> bool:
        """Whether `update` would change the lock; line ends are left to Git (autocrlf)."""
        if self.whole_next_data is not None:
            return self.whole_next_data != self.lock_data
        if self.lock_data is None and not self._wants_lock:
            return False
        if self.as_written and self.plan.lock == self.lock:
            return False
        if self.lock_data is not None and self.lock.revision != REVISION:
            # What a newer sigclock wrote has keys that this one does not know, nor may drop; what
            # an older one wrote may stay as long as it says the same.
            return _of_revision(self.plan.lock, self.lock) != self.lock
        return self.lock_data is None or unix(self.lock_data) != self.next_data

    @property
    def is_older(self) -> bool:
        """Whether the lock is written as an older sigclock does."""
        return self.lock_data is not None and self.lock.is_older

    @property
    def _wants_lock(self) -> bool:
        """Whether a project without a lock needs one: a repository without Flyte does not."""
        extraction, lock = self.extraction, self.plan.lock
        found = (lock.snapshot.tasks, lock.ledger, extraction.unrecognized, extraction.unreadable)
        return self.project.is_configured or any(found)


def _of_revision(lock: Lock, like: Lock) -> Lock:
    return msgspec.structs.replace(lock, revision=like.revision, requires=like.requires)


class Scope(msgspec.Struct, frozen=True):
    """What counts as issued besides a tree's own history, and what moves because of it.

    `others` are revisions whose history counts too, `sources` what sources issued whose lock may
    lag, `references` what those of other references did. `whole` restores all that history issued;
    else the parents' locks do. The tasks that are `left` keep the versions that they have, though
    they are due, and so do all in files that it does not `edit`.
    """

    others: tuple[str, ...] = ()
    sources: Mapping[str, Account] = {}
    references: References | None = None
    moves: Moves = "none"
    whole: bool = False
    bump: bool = True
    left: frozenset[str] = frozenset()
    edits: Callable[[str], bool] = lambda _path: True


ALONE = Scope()


def analyse(
    repository: Repository, tree: SourceTree, project: Project, scope: Scope = ALONE
) -> Analysis:
    """Read one project of a tree, and compare it with its lock and with all history."""
    # Sources first: their memory is freed before a large lock is read.
    extraction = project.extraction(repository, tree)
    return compare(repository, tree, project, extraction, scope)


def compare(
    repository: Repository,
    tree: SourceTree,
    project: Project,
    extraction: Extraction,
    scope: Scope = ALONE,
) -> Analysis:
    """The same of a project that was read; `LockError` if its lock cannot be."""
    baseline = baselines.find(
        repository,
        tree,
        project.lock_path,
        scope.others,
        extraction.snapshot,
        whole=scope.whole,
    )
    baseline = migrated(repository, project, tree, baseline)
    analysis = _whole(judge(project, baseline, extraction, tree, scope), tree)
    told = issuers.told(repository, baseline.lock_paths, analysis.findings, analysis.plan.decisions)
    analysis = msgspec.structs.replace(analysis, findings=told)
    remember(repository, analysis)
    return analysis


def analyse_all(
    repository: Repository, tree: SourceTree, projects: Iterable[Project], scope: Scope = ALONE
) -> list[Analysis]:
    """The same for all projects of a tree."""
    return in_turn(projects, scope, lambda project, then: analyse(repository, tree, project, then))


def in_turn(
    items: Iterable[_Item], scope: Scope, work: Callable[[_Item, Scope], Analysis]
) -> list[Analysis]:
    """The analyses of several projects; no two of them choose a version for one Flyte name."""
    analyses: list[Analysis] = []
    for item in items:
        analyses.append(work(item, scope))
        scope = _after(scope, analyses[-1])
    return analyses


def _after(scope: Scope, analysis: Analysis) -> Scope:
    """What counts for the next project: the versions that this one chose are issued, too."""
    names = [name for bump in analysis.plan.bumps for name in bump.tasks]
    chosen = {name: analysis.plan.lock.ledger[name] for name in names}
    return msgspec.structs.replace(scope, sources=ledger.join([scope.sources, chosen]))


def analyse_past(
    repository: Repository, tree: SourceTree, project: Project, revisions: Sequence[str]
) -> Analysis:
    """One project of a commit's tree as it was visible then, with the history of `revisions`."""
    extraction = project.extraction(repository, tree, keep=False)
    return compare_past(repository, tree, project, extraction, revisions)


def compare_past(
    repository: Repository,
    tree: SourceTree,
    project: Project,
    extraction: Extraction,
    revisions: Sequence[str],
) -> Analysis:
    """The same of a project that was read; `LockError` if its lock cannot be."""
    known = baselines.past(repository, tree, project.lock_path, revisions, extraction.snapshot)
    known = migrated(repository, project, tree, known)
    # What its own source issued counts wherever the tree is a base, so it does here as well: else
    # the lock that `update` would write then and the one that it would write now differed.
    scope = Scope(sources=source_ledger.of_extraction(project, extraction))
    return _whole(judge(project, known, extraction, tree, scope), tree)


def _whole(analysis: Analysis, tree: SourceTree) -> Analysis:
    found = missing(analysis.project, analysis.extraction, analysis.lock, tree)
    return msgspec.structs.replace(analysis, missing=tuple(found)) if found else analysis


def remember(repository: Repository, analysis: Analysis) -> None:
    """Store the lock for the next run, if sigclock wrote it."""
    if not analysis.as_written and analysis.lock.revision <= REVISION:
        baselines.remember(repository, analysis.next_data, analysis.plan.lock)


def judge(
    project: Project,
    baseline: Baseline,
    extraction: Extraction,
    tree: SourceTree,
    scope: Scope = ALONE,
    postponed: Collection[str] = (),
) -> Analysis:
    """Compare what was read of a tree with the lock.

    The `postponed` tasks are not bumped for their own sake.
    """
    settings = project.config
    tasks_here = extraction.snapshot.tasks.items()
    spared = (name for name, task in tasks_here if not scope.edits(task.path))
    postponed = frozenset(postponed) | scope.left | frozenset(spared)
    policy = Policy(
        settings.bump,
        scope.bump,
        settings.shared_versions == "bump",
        "inputs" in settings.track,
        postponed,
        scope.moves,
    )
    lock = baseline.lock
    # What was due before is the parent's own doing: this change writes nothing down for it.
    sources = {name: scope.sources[name] for name in scope.sources.keys() - postponed}
    ledgers = Ledgers(sources, kept=baseline.kept, locks=baseline.locks)
    extraction = with_former_names(extraction, lock.snapshot, tree, project.options())
    extraction = _with_digests(extraction, tree)
    there = (baseline.elsewhere, scope.references)
    plan_ = planned(lock, extraction, baseline.visible, policy, ledgers, *there)
    removed = {name: lock.snapshot.tasks[name] for name in plan_.removed}
    lost = {name: task for name, task in removed.items() if task.cached}
    if sites := unseen(tree, project.options(), lost):
        extraction = msgspec.structs.replace(
            extraction,
            unrecognized=(*extraction.unrecognized, *_unknown_so_far(sites.values(), extraction)),
            unseen=frozenset(sites),
        )
        plan_ = planned(lock, extraction, baseline.visible, policy, ledgers, *there)
    tasks = report.of_plan(plan_, lock, extraction, project.left_out(removed, tree))
    findings = verdict.judge(plan_, extraction, tasks, judgement(settings))
    return Analysis(
        project,
        extraction,
        lock,
        baseline.data,
        plan_,
        tasks,
        findings,
        baseline.notes,
        baseline.as_written,
        hidden=hidden(baseline, plan_, scope.references),
    )


def _unknown_so_far(
    sites: Iterable[Unrecognized], extraction: Extraction
) -> Iterator[Unrecognized]:
    """The statements that the extraction does not count already."""
    counted = {(site.location, site.owner) for site in extraction.unrecognized}
    return (site for site in sites if (site.location, site.owner) not in counted)


def _with_digests(extraction: Extraction, tree: SourceTree) -> Extraction:
    """The extraction, in which the files that cannot be read are known by their bytes."""
    if not extraction.unreadable:
        return extraction
    files = tuple(
        msgspec.structs.replace(
            file, digest=hashlib.sha256(tree.read(file.location.path)).hexdigest()
        )
        for file in extraction.unreadable
    )
    return msgspec.structs.replace(extraction, unreadable=files)


def tasks_of(analyses: Iterable[Analysis], tree: SourceTree) -> list[TaskReport]:
    """The report of every task, with the number of tasks and workflows that recompute with it."""
    return [
        task
        for analysis in analyses
        for task in call_graph.with_radius(
            analysis.tasks, tree, analysis.project.options(), analysis.extraction
        ).values()
    ]


def findings_of(analyses: Iterable[Analysis], before: Standing = NOTHING) -> list[Finding]:
    """Every finding as `check` reports it: none counts as fixed, and the locks are judged too.

    Findings that the base had `before` are not new.
    """
    findings = [before.dated(*pair) for analysis in analyses for pair in _identified(analysis)]
    return sorted(findings, key=verdict.order)


def standing_of(analyses: Iterable[Analysis]) -> Standing:
    """The findings of a base."""
    return Standing.of(pair for analysis in analyses for pair in _identified(analysis))


def dated(analysis: Analysis, before: Standing) -> list[Finding]:
    """The findings of one project as a commit reports them: those that it fixes count as fixed."""
    where, plan_ = analysis.project.directory, analysis.plan
    return [before.dated(identity(where, finding, plan_), finding) for finding in analysis.findings]


def _identified(analysis: Analysis) -> Iterator[tuple[Identity, Finding]]:
    where, plan_ = analysis.project.directory, analysis.plan
    for finding in analysis.findings:
        yield identity(where, finding, plan_), msgspec.structs.replace(finding, fixed=False)
    for finding in analysis.missing:
        yield identity_by_itself(where, finding), finding
    if analysis.outdated:
        missing = analysis.lock_data is None
        lag = lock_outdated.outdated(analysis.project.lock_path, missing=missing)
        yield identity_of_lag(where, lag, analysis.lock, plan_), lag
