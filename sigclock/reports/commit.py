"""What a commit that goes on is told: a line a cause, and nothing where nothing is due."""

from __future__ import annotations

from collections.abc import Iterator

from sigclock.reports.causes import ChangeGroup, count_standing, group_changes, is_open
from sigclock.reports.style import PLAIN, Style
from sigclock.verdict.finding import Level, Report
from sigclock.verdict.wording import ARROW, count, describe, enumerate_names, inert, shown_by_check

_MOVES = 3
_VERSION = 60


def render(report: Report, style: Style = PLAIN, /) -> str:
    """The bumps by cause, what else the lock follows, and findings that are new."""
    del style
    lines = [*_lines(report), *(f"sigclock: {inert(note, 1000)}" for note in report.notes)]
    return "".join(f"{line}\n" for line in lines)


def _lines(report: Report) -> Iterator[str]:
    bumped = [group for group in group_changes(report) if group.bumps]
    for group in bumped:
        yield f"sigclock: {_cause(group)}{_moves(group)}"
    for status, word in (("added", "added"), ("removed", "removed")):
        names = [task.name for task in report.tasks if task.status == status]
        if names:
            yield f"sigclock: {count(len(names), 'task')} {word}: {enumerate_names(names)}"
    if report.written and not bumped:
        yield f"sigclock: wrote {enumerate_names(report.written)}"
    for finding in report.findings:
        if is_open(finding) and finding.level is not Level.INFO:
            place = f"{inert(finding.path)}:{finding.line}"
            rule = f"{finding.level.value}[{inert(finding.rule)}]"
            yield f"sigclock: {place}: {rule} {inert(finding.message, 1000)}"
    standing = count_standing(report)
    if standing:
        before = f"{count(standing, 'finding')} stood before"
        yield f"sigclock: {before}; {shown_by_check(standing)}"


def _cause(group: ChangeGroup) -> str:
    """The first change with its place, and how many more there are."""
    if not group.causes:
        return ""
    change, more = group.causes[0].change, len(group.causes) - 1
    place = f"{inert(str(change.location))}: " if change.location else ""
    return f"{place}{describe(change)}{f' and {more} more' if more else ''}: "


def _moves(group: ChangeGroup) -> str:
    moves = [
        f"{enumerate_names(bump.tasks)} {inert(bump.baseline, _VERSION)} {ARROW} "
        f"{inert(bump.current, _VERSION)}"
        for bump in group.bumps
    ]
    return f"{enumerate_names(moves, _MOVES, str)} (in this commit)"
