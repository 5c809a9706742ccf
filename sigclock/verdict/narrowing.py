"""A report of a part of the tree: what is elsewhere is counted, and counts as before."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from sigclock.verdict.finding import Report, TaskReport
from sigclock.verdict.wording import count


def narrowed(report: Report, is_shown: Callable[[str], bool]) -> Report:
    """The tasks at paths that are shown or that change for such a path, and what is found there.

    What is found of such a task is told wherever it stands, as at a constant in another file.
    """

    def is_told(task: TaskReport) -> bool:
        places = [change.location.path for change in task.changes if change.location]
        return any(map(is_shown, [task.path, *places]))

    tasks = tuple(filter(is_told, report.tasks))
    names = {task.name for task in tasks}
    findings = tuple(
        finding for finding in report.findings if is_shown(finding.path) or finding.task in names
    )
    hidden = len(report.findings) - len(findings)
    notes = [f"{count(hidden, 'finding')} elsewhere, not shown"] if hidden else []
    return msgspec.structs.replace(
        report,
        tasks=tasks,
        findings=findings,
        notes=(*report.notes, *notes),
        is_part=len(tasks) < len(report.tasks),
    )
