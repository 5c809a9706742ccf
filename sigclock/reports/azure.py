"""Azure Pipelines' logging commands: each finding as an issue of the job, worst first."""

from __future__ import annotations

from collections.abc import Iterator

from sigclock.reports.causes import (
    FindingGroup,
    count_open,
    group_changes,
    group_findings,
    is_counted,
)
from sigclock.reports.style import PLAIN, Style
from sigclock.verdict.finding import Level, Report
from sigclock.verdict.wording import count, enumerate_names, inert

#: Azure knows no third type.
_TYPES = {Level.ERROR: "error", Level.WARNING: "warning"}


def render(report: Report, _style: Style = PLAIN, /) -> str:
    """A line for each error and warning, and a last one about what is no issue.

    The job's page shows the first ten errors and warnings of a step, the log all of them.
    """
    groups = [
        group
        for group in group_findings(report, group_changes(report))
        if not is_counted(group.first)
    ]
    issues = [_issue(group) for level in _TYPES for group in groups if group.first.level is level]
    return "".join(f"{line}\n" for line in (*issues, *_rest(report)))


def _issue(group: FindingGroup) -> str:
    first = group.first
    place = {
        "type": _TYPES[first.level],
        "sourcepath": inert(first.path, 4096),
        "linenumber": str(max(1, first.line)),
        "columnnumber": str(max(1, first.column)),
        "code": inert(first.rule),
    }
    properties = "".join(f"{key}={_property(value)};" for key, value in place.items())
    others = [item.task or item.path for item in group.findings[1:]]
    more = f"; the same holds for {enumerate_names(others)}" if others else ""
    return f"##vso[task.logissue {properties}]{_data(inert(first.message, 1000) + more)}"


def _rest(report: Report) -> Iterator[str]:
    notices = count_open(report.findings, Level.INFO)
    standing = sum(not item.new for item in report.findings)
    words = [
        *([count(notices, "notice")] if notices else []),
        *([f"{standing} stood before"] if standing else []),
    ]
    if words:
        yield f"sigclock: not shown as issues: {', '.join(words)}."


def _data(text: str) -> str:
    """As `azure-pipelines-task-lib` writes it: the agent reads it back."""
    return text.replace("%", "%AZP25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace("]", "%5D").replace(";", "%3B")
