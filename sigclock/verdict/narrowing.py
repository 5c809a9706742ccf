"""A report of a part of the tree: what is elsewhere is counted, and counts as before."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from sigclock.verdict.finding import Report, TaskReport
from sigclock.verdict.wording import count


def narrowed(report: Report, is_shown: Callable[[str], bool]) -> Report:
    """The tasks and findings at paths that are shown, and tasks that change for such a path."""

    def is_told(task: TaskReport) -> bool:
        places = [change.location.path for change in task.changes if change.location]
        return any(map(is_shown, [task.path, *places]))

    findings = tuple(finding for finding in report.findings if is_shown(finding.path))
    hidden = len(report.findings) - len(findings)
    notes = [f"{count(hidden, 'finding')} elsewhere, not shown"] if hidden else []
    return msgspec.structs.replace(
        report,
        tasks=tuple(filter(is_told, report.tasks)),
        findings=findings,
        notes=(*report.notes, *notes),
    )
