"""GitHub workflow commands: each finding as an annotation, worst first, within GitHub's limits."""

from __future__ import annotations

from collections.abc import Iterator

from sigclock.reports.causes import (
    FindingGroup,
    count_open,
    count_standing,
    group_changes,
    group_findings,
    is_counted,
    is_open,
)
from sigclock.reports.style import PLAIN, Style
from sigclock.verdict.finding import Finding, Level, Report
from sigclock.verdict.wording import count, enumerate_names, inert

#: GitHub shows so many annotations of each level for a step, and drops the others silently.
_LIMIT = 10
_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "notice"}


def render(report: Report, _style: Style = PLAIN, /) -> str:
    """A line for each annotation, and a last notice about what is not annotated."""
    groups = group_findings(report, group_changes(report))
    shown = [group for level in Level for group in _first(groups, level)]
    lines = [*map(_annotation, shown), *_rest(report, shown)]
    return "".join(f"{line}\n" for line in lines)


def _first(groups: tuple[FindingGroup, ...], level: Level) -> list[FindingGroup]:
    """As many as GitHub shows, less the last notice."""
    limit = _LIMIT - 1 if level is Level.INFO else _LIMIT
    found = (group for group in groups if not is_counted(group.first))
    return [group for group in found if group.first.level is level][:limit]


def _annotation(group: FindingGroup) -> str:
    first = group.first
    place = {
        "file": _file(first.path),
        "line": str(max(1, first.line)),
        "col": str(first.column),
        "title": f"sigclock: {inert(first.rule)}",
    }
    properties = ",".join(f"{key}={_property(value)}" for key, value in place.items())
    others = [item.task or item.path for item in group.findings[1:]]
    more = f"; the same holds for {enumerate_names(others)}" if others else ""
    return f"::{_COMMANDS[first.level]} {properties}::{_data(inert(first.message, 1000) + more)}"


def _rest(report: Report, shown: list[FindingGroup]) -> Iterator[str]:
    shown_ids = {id(finding) for group in shown for finding in group.findings}
    left = [item for item in report.findings if is_open(item) and id(item) not in shown_ids]
    standing = count_standing(report)
    words = [*_left_out(tuple(left)), *([f"{standing} stood before"] if standing else [])]
    if words:
        yield f"::notice title=sigclock::Not shown as annotations: {', '.join(words)}."


def _left_out(left: tuple[Finding, ...]) -> Iterator[str]:
    for level, word in _COMMANDS.items():
        number = count_open(left, level)
        if number:
            yield count(number, word)


def _file(path: str) -> str:
    """The path as it is, for GitHub must find it; escaped only if it is not printable."""
    return path if path.isprintable() else inert(path, len(path) * 10)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
