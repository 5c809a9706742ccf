"""One project of one tree, held against its lock: what it declares, what is due, what is found."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

import msgspec

from sigclock.git.repository import Repository
from sigclock.incremental import cabinet
from sigclock.interface.snapshot import Extraction, Task
from sigclock.lock import reader
from sigclock.lock.lock import Lock
from sigclock.project import baseline
from sigclock.project.baseline import Baseline
from sigclock.project.config import Config
from sigclock.project.projects import Project
from sigclock.source import SourceTree
from sigclock.tasks.unseen import unseen
from sigclock.verdict import acceptance, call_graph, plan, report
from sigclock.verdict import judge as verdict
from sigclock.verdict.finding import Finding, Level, TaskReport
from sigclock.verdict.judge import Judgement
from sigclock.verdict.plan import Plan, Policy
from sigclock.verdict.report import Counts
from sigclock.verdict.rules import RULES, lock_outdated
from sigclock.verdict.standing import NOTHING, Identity, Standing, identity, identity_of_lag
from sigclock.verdict.wording import count, enumerate_names


def unix(data: bytes) -> bytes:
    """The bytes of a lock as sigclock writes them, whatever Git's checkout made of its lines."""
    return data.replace(b"\r\n", b"\n") if b"\r" in data else data


class Analysis(msgspec.Struct, frozen=True, dict=True):
    """One project of one tree, held against its lock.

    `lock_data` are the lock's bytes in the tree, None where there is none; `said` tells what was
    unusual about it. `as_written` tells that they are known to be those that sigclock writes.
    `accepted` has the tasks that stand on each reason of a person's. Where only a part of a project
    was read, `beside` counts the rest of it, and `following` are the bytes of the whole next lock.
    """

    project: Project
    extraction: Extraction
    lock: Lock
    lock_data: bytes | None
    plan: Plan
    tasks: dict[str, TaskReport]
    findings: list[Finding]
    said: tuple[str, ...] = ()
    as_written: bool = False
    accepted: dict[str, list[str]] = {}
    beside: Counts = Counts()
    following: bytes | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for people."""
        return (*self.said, *acceptance.notes(self.accepted), *self._unread_notebooks)

    @property
    def _unread_notebooks(self) -> Iterator[str]:
        found = self.extraction.notebooks
        if found:
            seem = "seems to hold tasks and is" if len(found) == 1 else "seem to hold tasks and are"
            yield f"{count(len(found), 'notebook')} {seem} not read: {enumerate_names(found)}"

    @cached_property
    def counts(self) -> Counts:
        """How many tasks the project has."""
        return report.counts(self.extraction).plus(self.beside)

    @cached_property
    def next_data(self) -> bytes:
        """The bytes of the lock that `update` would write."""
        return reader.dumps(self.plan.lock) if self.following is None else self.following

    @property
    def outdated(self) -> bool:
        """Whether `update` would change the lock; ends of lines are Git's business (autocrlf)."""
        if self.following is not None:
            return self.following != self.lock_data
        if self.as_written and self.plan.lock == self.lock:
            return False
        return self.lock_data is None or unix(self.lock_data) != self.next_data


def analyse(
    repository: Repository,
    tree: SourceTree,
    project: Project,
    *,
    bump: bool = True,
    others: Sequence[str] = (),
) -> Analysis:
    """Read one project of a tree, hold it against its lock and against all history.

    `others` are revisions whose history counts beside HEAD's.
    """
    # Sources first: what was needed for them is let go of before a large lock takes its room.
    extraction = project.extraction(repository, tree)
    cabinet.let_go()
    standing = baseline.find(repository, tree, project.lock_path, others, extraction.snapshot)
    found = judge(project, standing, extraction, tree, bump=bump)
    remember(repository, found)
    return found


def remember(repository: Repository, analysis: Analysis) -> None:
    """Keep what the lock says for the next run, if it is one that sigclock wrote."""
    if not analysis.as_written:
        baseline.keep(repository, analysis.next_data, analysis.plan.lock)


def judge(
    project: Project,
    standing: Baseline,
    extraction: Extraction,
    tree: SourceTree,
    *,
    bump: bool = True,
    postponed: Collection[str] = (),
) -> Analysis:
    """Hold what was read of a tree against the lock.

    The `postponed` tasks are not bumped for their own sake.
    """
    settings = project.config
    policy = Policy(
        settings.bump,
        bump,
        settings.shared_versions == "bump",
        "inputs" in settings.track,
        frozenset(postponed),
    )
    lock = standing.lock
    decided = plan.plan(lock, extraction, standing.visible, policy)
    lost = {name: lock.snapshot.tasks[name] for name in decided.removed}
    if sites := unseen(tree, project.options(), _cached(lost)):
        extraction = msgspec.structs.replace(
            extraction,
            unrecognized=(*extraction.unrecognized, *sites.values()),
            unseen=frozenset(sites),
        )
        decided = plan.plan(lock, extraction, standing.visible, policy)
    tasks = report.of_plan(decided, lock, extraction)
    findings = verdict.judge(decided, extraction, tasks, judgement(settings))
    return Analysis(
        project,
        extraction,
        lock,
        standing.data,
        decided,
        tasks,
        findings,
        standing.notes,
        standing.as_written,
        acceptance.served(decided),
    )


def _cached(tasks: Mapping[str, Task]) -> dict[str, Task]:
    return {name: task for name, task in tasks.items() if task.cached}


def tasks_of(analyses: Iterable[Analysis], tree: SourceTree) -> list[TaskReport]:
    """Every task's report, with the size of what recomputes with it."""
    return [
        task
        for analysis in analyses
        for task in call_graph.with_radius(
            analysis.tasks, tree, analysis.project.options(), analysis.extraction
        ).values()
    ]


def findings_of(analyses: Iterable[Analysis], before: Standing = NOTHING) -> list[Finding]:
    """Every finding as `check` tells it: nothing counts as mended, and the locks are judged too.

    What the base had `before` is not new.
    """
    found = [before.dated(*pair) for analysis in analyses for pair in _identified(analysis)]
    return sorted(found, key=verdict.order)


def standing_of(analyses: Iterable[Analysis]) -> Standing:
    """The findings of a base."""
    return Standing.of(pair for analysis in analyses for pair in _identified(analysis))


def dated(analysis: Analysis, before: Standing) -> list[Finding]:
    """The findings of one project as a commit tells them: what it mends is said to be mended."""
    where, plan_ = analysis.project.directory, analysis.plan
    return [before.dated(identity(where, finding, plan_), finding) for finding in analysis.findings]


def _identified(analysis: Analysis) -> Iterator[tuple[Identity, Finding]]:
    where, plan_ = analysis.project.directory, analysis.plan
    for finding in analysis.findings:
        yield identity(where, finding, plan_), msgspec.structs.replace(finding, fixed=False)
    if analysis.outdated:
        missing = analysis.lock_data is None
        lag = lock_outdated.outdated(analysis.project.lock_path, missing=missing)
        yield identity_of_lag(where, lag, analysis.lock, plan_), lag


def judgement(settings: Config) -> Judgement:
    """What the configuration says of findings."""
    keys = {rule.level_key for rule in RULES.values() if rule.level_key}
    given = {key: level for key in keys if (level := getattr(settings, key)) is not None}
    levels = {key: None if level == "off" else Level(level) for key, level in given.items()}
    return Judgement(levels, frozenset(settings.select), frozenset(settings.ignore))
