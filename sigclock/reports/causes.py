"""A report grouped by cause: a changed class that reaches 200 tasks is one group of 200 names."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

import msgspec

from sigclock.interface.change import Change
from sigclock.verdict.finding import Bump, Finding, Level, Outcome, Report, TaskReport
from sigclock.verdict.rules import RULES
from sigclock.verdict.wording import reach, split

#: Two changes, seen from two tasks, are the same if these are equal.
_Identity = tuple[str, str, str, str, str]

#: Rules of which the findings in one file are one group: they name so many makers.
BY_FILE = frozenset({"unrecognized-task"})
#: Rules of which notes are only counted, with what they are about: one, and several.
COUNTED = {
    "version-not-literal": ("computed or automatic version", "computed or automatic versions"),
    "duplicate-task": (
        "second task of one name that does not cache",
        "second tasks of one name that do not cache",
    ),
}
#: The rules that say of a task that its version must move; as a note they do not.
OF_VERSIONS = frozenset(rule.id for rule in RULES.values() if rule.always_on)
#: Rules that `sigclock update` clears.
FIXABLE = frozenset(rule.id for rule in RULES.values() if rule.fixable)


class Cause(msgspec.Struct, frozen=True):
    """One change, and the paths by which the tasks of its group reach it."""

    change: Change
    reached_by: tuple[str, ...]


class ChangeGroup(msgspec.Struct, frozen=True):
    """Tasks that changed for the same causes, and the bumps for them.

    `causes` is empty for a bump without any change since the baseline.
    """

    causes: tuple[Cause, ...]
    tasks: tuple[TaskReport, ...]
    bumps: tuple[Bump, ...]


class FindingGroup(msgspec.Struct, frozen=True):
    """Findings of one rule with the same cause: one group of changes, one message, or one file."""

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        return self.findings[0]


def group_changes(report: Report) -> tuple[ChangeGroup, ...]:
    """Every changed task in exactly one group, every bump in the first group that it serves."""
    groups: dict[frozenset[_Identity], list[TaskReport]] = defaultdict(list)
    for task in report.tasks:
        if task.changes:
            groups[frozenset(map(_identity, task.changes))].append(task)
    named: dict[str, list[TaskReport]] = defaultdict(list)
    serving: dict[str, list[int]] = defaultdict(list)
    for task in report.tasks:
        named[task.name].append(task)
    for number, bump in enumerate(report.bumps):
        for name in bump.tasks:
            serving[name].append(number)
    left = set(range(len(report.bumps)))
    change_groups = []
    for tasks in sorted(groups.values(), key=_importance):
        numbers = {number for task in tasks for number in serving[task.name]} & left
        left -= numbers
        bumps = tuple(report.bumps[number] for number in sorted(numbers))
        change_groups.append(ChangeGroup(_causes(tasks), tuple(tasks), bumps))
    for bump in (report.bumps[number] for number in sorted(left)):
        tasks = [task for name in bump.tasks for task in named[name]]
        change_groups.append(ChangeGroup((), tuple(tasks), (bump,)))
    return tuple(change_groups)


def group_findings(
    report: Report, change_groups: Iterable[ChangeGroup]
) -> tuple[FindingGroup, ...]:
    """The findings left to fix, worst first, grouped by rule and cause."""
    group_of = {
        task.name: number for number, group in enumerate(change_groups) for task in group.tasks
    }
    groups: dict[tuple[str, str, str], list[Finding]] = defaultdict(list)
    for finding in filter(is_open, report.findings):
        cause = f"{finding.path}:{finding.line} " * (finding.task is None) + finding.message
        if finding.task in group_of:
            cause = str(group_of[finding.task])
        elif finding.rule in BY_FILE:
            cause = finding.path
        groups[finding.level.value, finding.rule, cause].append(finding)
    return tuple(
        FindingGroup(tuple(sorted(findings, key=_place)))
        for findings in sorted(groups.values(), key=_severity)
    )


def is_news(report: Report) -> bool:
    """Whether a reviewer should see it: a finding to fix, or a cache that will not hit."""
    return any(map(is_open, report.findings)) or any(map(misses, report.tasks))


def misses(task: TaskReport) -> bool:
    """Whether a cache that had a result will not serve it, or will serve a stale one."""
    outcomes = {task.prediction.local, task.prediction.remote}
    known = task.cached and task.status != "removed" and task.cache_version.baseline is not None
    harmless = {Outcome.HIT, Outcome.NEVER}
    if not task.outputs_changed:
        harmless.add(Outcome.UNKNOWN)
    return known and task.status != "added" and not outcomes <= harmless


def is_doubtful(task: TaskReport) -> bool:
    """Whether nobody can tell that what a cache has of it is still right."""
    outcomes = {task.prediction.local, task.prediction.remote}
    return task.cached and task.status != "removed" and Outcome.UNKNOWN in outcomes


def unseen(report: Report) -> int:
    """How many tasks there may be beside those that are counted.

    A task that is no longer followed may well stand under a statement that is not recognized.
    """
    lost = sum(task.cached and not task.followed for task in report.tasks)
    return max(report.summary.unrecognized, lost)


def goes_stale(task: TaskReport) -> bool:
    """Whether a cache will serve a stale result, and nobody accepted that."""
    stale = Outcome.STALE in {task.prediction.local, task.prediction.remote}
    return misses(task) and stale and not task.accepted


def recomputes(task: TaskReport) -> bool:
    """Whether a cache will be filled again, without serving a stale result."""
    again = Outcome.MISS in {task.prediction.local, task.prediction.remote}
    return misses(task) and again and not goes_stale(task)


def is_open(finding: Finding) -> bool:
    """Whether the reader must fix it: it is new, and this run did not fix it."""
    return finding.new and not finding.fixed


def due_before(report: Report) -> frozenset[str]:
    """The tasks whose version was due at the base already."""
    return frozenset(
        finding.task
        for finding in report.findings
        if finding.task
        and not finding.new
        and finding.level is Level.ERROR
        and finding.rule in OF_VERSIONS
    )


def is_counted(finding: Finding) -> bool:
    """Whether one line that counts it is enough: it asks for nothing."""
    return finding.level is Level.INFO and finding.rule in COUNTED


def counted(findings: Iterable[Finding]) -> str:
    """The line that counts those; "" if there are none."""
    numbers = Counter(finding.rule for finding in findings if is_counted(finding))
    return ", ".join(
        f"{number} {COUNTED[rule][number != 1]}" for rule in COUNTED if (number := numbers[rule])
    )


def count_standing(report: Report) -> int:
    """How many findings stood before, without those that ask for nothing."""
    return sum(not finding.new and not is_counted(finding) for finding in report.findings)


def count_open(findings: Iterable[Finding], level: Level) -> int:
    """How many findings of `level` the reader must fix."""
    return sum(is_open(finding) and finding.level is level for finding in findings)


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


def _place(finding: Finding) -> tuple[str, int, str]:
    return (finding.path, finding.line, finding.message)


def _severity(findings: list[Finding]) -> tuple[int, str, int, str, str]:
    first = min(findings, key=_place)
    return (first.level.rank, first.path, first.line, first.rule, first.message)
