"""Judges the tree of the next commit: what it makes due, and which findings its parent had."""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from contextlib import suppress

import msgspec

from sigclock.errors import ConfigError, GitError, LockError, SigclockError
from sigclock.git import staging
from sigclock.git.atomic_write import FileChange
from sigclock.git.repository import Repository
from sigclock.git.staging import Differences
from sigclock.incremental.summaries import TreeReading
from sigclock.interface.snapshot import Snapshot
from sigclock.lock import ledger, reader
from sigclock.lock.rehash import rehashed
from sigclock.project import baseline as baselines
from sigclock.project import projects, source_ledger
from sigclock.project.analysis import (
    Analysis,
    Scope,
    analyse_past,
    dated,
    findings_of,
    in_turn,
    standing_of,
)
from sigclock.project.analysis import judge as judge_project
from sigclock.project.analysis import remember as remember_lock
from sigclock.project.baseline import Baseline
from sigclock.project.comparison import BaseProject, compared
from sigclock.project.migration import migrated
from sigclock.project.projects import Overrides, Project
from sigclock.project.references import References
from sigclock.project.settled import JudgedTasks, NextCommit, Whole
from sigclock.source import SourceTree
from sigclock.verdict.decision import Decision
from sigclock.verdict.finding import Finding
from sigclock.verdict.standing import NOTHING, Standing

_Due = Mapping[tuple[str, str], Decision]


class Read(msgspec.Struct, frozen=True):
    """A project before it is judged, so that it can be judged twice."""

    project: Project
    baseline: Baseline
    reading: TreeReading


class Before(msgspec.Struct, frozen=True):
    """What was due in the parent, by project and task, and the parent's findings."""

    due: _Due = {}
    standing: Standing = NOTHING


class Judged(msgspec.Struct, frozen=True):
    """The projects of a tree; `standing` are the findings that its parent had.

    `since` has what only a comparison with the parent tells. `whole` has the projects as they were
    read, `affected` what was judged in place of them, `over` what is known from earlier commits.
    """

    tree: SourceTree
    analyses: list[Analysis]
    standing: Standing
    since: list[Finding] = []
    whole: list[Read] = []
    over: NextCommit | None = None
    affected: JudgedTasks | None = None

    @property
    def lock_paths(self) -> frozenset[str]:
        return frozenset(analysis.project.lock_path for analysis in self.analyses)

    def findings(self, *, check: bool = False) -> list[Finding]:
        """All findings, dated; with `check` none counts as fixed, and locks are judged too."""
        if check:
            return [*findings_of(self.analyses, self.standing), *self.since]
        found = (dated(analysis, self.standing) for analysis in self.analyses)
        return [*(finding for findings in found for finding in findings), *self.since]


class Commit(msgspec.Struct, frozen=True):
    """The next commit: its parent, and the staged differences; None if those are unusual."""

    parent: str
    staged: Differences | None


def next_commit(repository: Repository) -> Commit | None:
    """The commit that is being made; None if it has no parent."""
    head = repository.head()
    if head is None:
        return None
    with suppress(GitError):
        return Commit(head, staging.differences(repository, head))
    return Commit(head, None)


def judge_commit(
    repository: Repository, overrides: Overrides, commit: Commit | None, *, brief: bool
) -> Judged:
    """Judge what is staged; if `brief`, report only tasks that a change can affect.

    `commit` is None where there is no commit yet.
    """
    if commit is None or commit.staged is None:
        parent = None if commit is None else commit.parent
        return judge(repository, repository.index(), overrides, parent)
    over = NextCommit(repository, overrides, commit.parent, commit.staged)
    if brief and (found := over.judge()):
        return _of_tasks(over, found)
    judged = judge(repository, repository.index(), overrides, commit.parent)
    return msgspec.structs.replace(judged, over=over)


def judge_shown(
    repository: Repository, overrides: Overrides, commit: Commit | None
) -> Judged | None:
    """The same with the last settled tree; None unless the work tree equals the index."""
    if commit is None or commit.staged is None:
        return None
    over = NextCommit(repository, overrides, commit.parent, commit.staged)
    found = over.judge()
    if found is None or not repository.shows_index():
        return None
    return _of_tasks(over, found)


def _of_tasks(over: NextCommit, found: JudgedTasks) -> Judged:
    judged = Judged(found.tree, found.analyses, found.standing, found.since)
    return msgspec.structs.replace(judged, over=over, affected=found)


def shown(
    repository: Repository, overrides: Overrides, commit: Commit | None, judged: Judged
) -> Judged:
    """The judgement of the work tree; `remember` stores it if the work tree equals the index."""
    if commit is None or commit.staged is None or not repository.shows_index():
        return judged
    index = repository.index()
    for read in judged.whole:
        blobs = read.reading.state.blobs if read.reading.state else {}
        if any(index.oid(path) != blob for path, blob in blobs.items()):
            return judged
    over = NextCommit(repository, overrides, commit.parent, commit.staged)
    return msgspec.structs.replace(judged, over=over)


def remember(judged: Judged, changes: Sequence[FileChange]) -> None:
    """Store the judgement, so that the next commit reads only its own changes.

    Not if a comparison with the parent tells more: the next run has to tell it again.
    """
    if judged.over is None or judged.since:
        return
    if judged.affected is not None:
        judged.over.remember(judged.affected)
    else:
        pairs = zip(judged.analyses, judged.whole, strict=True)
        whole = [
            Whole(analysis, read.reading.state, read.baseline.visible, read.baseline.lock_paths)
            for analysis, read in pairs
        ]
        judged.over.remember_whole(whole, changes)


def judge(
    repository: Repository,
    tree: SourceTree,
    overrides: Overrides,
    parent: str | None,
    others: Sequence[str] = (),
) -> Judged:
    """Judge a tree; what was already due in the parent, at the same version, is not bumped.

    The history of the revisions `others` counts as well as HEAD's.
    """
    sources = source_ledger.beside(repository, tree, overrides)
    if parent is not None and parent != repository.head():
        # The start of a range of commits.
        stated = source_ledger.of_commits(repository, [parent], tree, overrides)
        sources = ledger.join([sources, stated])
    references = References(repository, tree, overrides)
    scope = Scope(tuple(others), sources, references, moves="new", whole=True)
    judged = _judged(repository, tree, overrides, scope)
    if parent is None:
        return judged
    since = _since(repository, parent, overrides, judged)
    if not any(analysis.findings for analysis in judged.analyses):
        return msgspec.structs.replace(judged, since=since)
    remembered = all(read.reading.state for read in judged.whole)
    if remembered:
        # Both trees at once would need twice the memory; the first is read again from the store.
        del judged
        gc.collect()
    before = _parent(repository, parent, overrides)
    if remembered:
        judged = _judged(repository, tree, overrides, scope)
    pairs = zip(judged.whole, judged.analyses, strict=True)
    analyses = in_turn(pairs, scope, lambda pair, then: _rejudged(*pair, tree, before.due, then))
    return Judged(tree, analyses, before.standing, since, judged.whole)


def _since(
    repository: Repository, parent: str, overrides: Overrides, judged: Judged
) -> list[Finding]:
    """What only a comparison with the parent's locks and configuration tells."""
    tree = repository.revision(parent)
    with suppress(ConfigError, LockError):
        before = [
            BaseProject(project, _locked(tree, project, judged))
            for project in projects.projects(tree, overrides)
        ]
        found = compared(repository, judged.tree, before, judged.analyses)
        return [finding for findings in found.values() for finding in findings]
    return []


def _locked(tree: SourceTree, project: Project, judged: Judged) -> Snapshot:
    """The tasks that a lock of the parent has."""
    data = baselines.read(tree, project.lock_path)
    for analysis in judged.analyses:
        if analysis.project.lock_path == project.lock_path and analysis.lock_data == data:
            return analysis.lock.snapshot
    return Snapshot() if data is None else rehashed(reader.loads(data, project.lock_path)).snapshot


def _judged(repository: Repository, tree: SourceTree, overrides: Overrides, scope: Scope) -> Judged:
    """The tree by itself."""
    reads = [
        _read(repository, tree, project, scope.others)
        for project in projects.projects(tree, overrides)
    ]

    def work(read: Read, then: Scope) -> Analysis:
        analysis = judge_project(read.project, read.baseline, read.reading.extraction, tree, then)
        remember_lock(repository, analysis)
        return analysis

    return Judged(tree, in_turn(reads, scope, work), NOTHING, whole=reads)


def _read(
    repository: Repository, tree: SourceTree, project: Project, others: Sequence[str]
) -> Read:
    """Sources first: their memory is freed before a large lock is read."""
    reading = project.reading(repository, tree)
    snapshot = reading.extraction.snapshot
    baseline = baselines.find(repository, tree, project.lock_path, others, snapshot, whole=True)
    return Read(project, migrated(repository, project, tree, baseline), reading)


def _parent(repository: Repository, commit: str, overrides: Overrides) -> Before:
    """The judgement of the parent, as it was visible then; empty if it cannot be judged."""
    tree = repository.revision(commit)
    with suppress(SigclockError):
        analyses = [
            analyse_past(repository, tree, project, [commit])
            for project in projects.projects(tree, overrides)
        ]
        due = {
            (analysis.project.directory, name): decision
            for analysis in analyses
            for name, decision in analysis.plan.decisions.items()
            if decision.due
        }
        return Before(due, standing_of(analyses))
    return Before()


def _rejudged(read: Read, first: Analysis, tree: SourceTree, due: _Due, scope: Scope) -> Analysis:
    directory = read.project.directory
    postponed = [
        name
        for name, decision in first.plan.decisions.items()
        if decision.due and _is_same(decision, due.get((directory, name)))
    ]
    if not postponed:
        return first
    extraction = read.reading.extraction
    return judge_project(read.project, read.baseline, extraction, tree, scope, postponed)


def _is_same(now: Decision, before: Decision | None) -> bool:
    return (
        before is not None
        and before.tracked == now.tracked
        and before.task.cache.version == now.task.cache.version
    )
