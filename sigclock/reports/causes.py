"""A report grouped by cause: one changed class that reaches 200 tasks is one story of 200 names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from sigclock.interface.change import Change
from sigclock.verdict.finding import Bump, Finding, Level, Outcome, Report, TaskReport
from sigclock.verdict.wording import reach, split

#: What makes two changes, seen from two tasks, one and the same.
_Identity = tuple[str, str, str, str, str]

#: Rules that `sigclock update` clears.
MENDABLE = frozenset({"stale-cache", "version-reused", "lock-outdated"})


class Cause(msgspec.Struct, frozen=True):
    """One change, and the paths by which the tasks of its story reach it."""

    change: Change
    reached_by: tuple[str, ...]


class Story(msgspec.Struct, frozen=True):
    """Tasks that changed for the same causes, and the version literals that moved for them.

    `causes` is empty for a version that moves though nothing changed since the baseline.
    """

    causes: tuple[Cause, ...]
    tasks: tuple[TaskReport, ...]
    bumps: tuple[Bump, ...]

    @property
    def concerns_outputs(self) -> bool:
        return any(task.outputs_changed for task in self.tasks)


class Remark(msgspec.Struct, frozen=True):
    """Findings of one rule that one story raised, or that say the same of several tasks."""

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        return self.findings[0]


def tell(report: Report) -> tuple[Story, ...]:
    """Every changed task in exactly one story, every bump in the first story that it serves."""
    groups: dict[frozenset[_Identity], list[TaskReport]] = defaultdict(list)
    for task in report.tasks:
        if task.changes:
            groups[frozenset(map(_identity, task.changes))].append(task)
    pending = list(report.bumps)
    stories = [_story(tasks, pending) for tasks in sorted(groups.values(), key=_importance)]
    return (*stories, *(_bare(bump, report.tasks) for bump in pending))


def remarks(report: Report, stories: Iterable[Story]) -> tuple[Remark, ...]:
    """The findings left to mend, worst first, those of one rule and one story together."""
    story_of = {task.name: number for number, story in enumerate(stories) for task in story.tasks}
    groups: dict[tuple[str, str, str], list[Finding]] = defaultdict(list)
    for finding in filter(stands, report.findings):
        cause = f"{finding.path}:{finding.line} " * (finding.task is None) + finding.message
        if finding.task in story_of:
            cause = str(story_of[finding.task])
        groups[finding.level.value, finding.rule, cause].append(finding)
    return tuple(
        Remark(tuple(sorted(found, key=_place))) for found in sorted(groups.values(), key=_severity)
    )


def is_news(report: Report) -> bool:
    """Whether a reviewer should hear of it: something to mend, or a cache that will not hit."""
    return any(map(stands, report.findings)) or any(map(misses, report.tasks))


def misses(task: TaskReport) -> bool:
    """Whether a cache that had a result before will not serve it, or will serve a wrong one."""
    outcomes = {task.prediction.local, task.prediction.remote}
    known = task.cached and task.status != "removed" and task.cache_version.baseline is not None
    harmless = {Outcome.HIT, Outcome.NEVER}
    if not task.outputs_changed:
        harmless.add(Outcome.UNKNOWN)
    return known and task.status != "added" and not outcomes <= harmless


def goes_stale(task: TaskReport) -> bool:
    """Whether a cache will serve what the code no longer means, and nobody accepted that."""
    stale = Outcome.STALE in {task.prediction.local, task.prediction.remote}
    return misses(task) and stale and not task.accepted


def recomputes(task: TaskReport) -> bool:
    """Whether a cache will be filled anew, and serves nothing wrong before."""
    again = Outcome.MISS in {task.prediction.local, task.prediction.remote}
    return misses(task) and again and not goes_stale(task)


def stands(finding: Finding) -> bool:
    """Whether it is for the reader to mend: neither mended by this run nor old."""
    return finding.new and not finding.fixed


def tally(findings: Iterable[Finding], level: Level) -> int:
    """How many of `level` are for the reader to mend."""
    return sum(stands(finding) and finding.level is level for finding in findings)


def _identity(change: Change) -> _Identity:
    place = split(change)[1] if change.definition else change.path
    types = (f"{change.baseline}", f"{change.current}")
    return (change.kind.value, change.definition or "", place, *types)


def _importance(tasks: list[TaskReport]) -> tuple[bool, bool, int, str]:
    return (
        not any(task.outputs_changed and task.cached for task in tasks),
        not any(task.cached for task in tasks),
        -len(tasks),
        tasks[0].name,
    )


def _story(tasks: list[TaskReport], pending: list[Bump]) -> Story:
    names = {task.name for task in tasks}
    bumps = tuple(bump for bump in pending if not names.isdisjoint(bump.tasks))
    pending[:] = [bump for bump in pending if bump not in bumps]
    return Story(_causes(tasks), tuple(tasks), bumps)


def _causes(tasks: list[TaskReport]) -> tuple[Cause, ...]:
    reached: dict[_Identity, dict[str, None]] = defaultdict(dict)
    for task in tasks:
        for change in task.changes:
            reached[_identity(change)][reach(change)] = None
    first = {_identity(change): change for change in reversed(tasks[0].changes)}
    return tuple(
        Cause(first[identity], tuple(filter(None, reached[identity])))
        for identity in dict.fromkeys(map(_identity, tasks[0].changes))
    )


def _bare(bump: Bump, tasks: tuple[TaskReport, ...]) -> Story:
    return Story((), tuple(task for task in tasks if task.name in bump.tasks), (bump,))


def _place(finding: Finding) -> tuple[str, int, str]:
    return (finding.path, finding.line, finding.message)


def _severity(findings: list[Finding]) -> tuple[int, str, int, str, str]:
    first = min(findings, key=_place)
    return (first.level.rank, first.path, first.line, first.rule, first.message)
