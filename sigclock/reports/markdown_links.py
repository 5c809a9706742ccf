"""A comment's places as links to the forge."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from sigclock.reports.markdown_escape import SENTENCE, cell, code
from sigclock.verdict.finding import Report

_ROW = "| "
#: A code span as `markdown_escape` writes it.
_SPAN = re.compile(r"`[^`]+`|<code>.*?</code>")


def linked(body: str, report: Report, address: Callable[[str, int], str], limit: int | None) -> str:
    """The body with a link at each place, and at each task of the table, while there is room.

    `address` is where a path's line can be seen; the body has at most `limit` characters.
    """
    places = {code(f"{path}:{line}", SENTENCE): (path, line) for path, line in _places(report)}
    tasks = {
        cell(task.name): (task.path, task.line)
        for task in report.tasks
        if task.status != "removed" and task.followed
    }
    room = len(body) if limit is None else limit - len(body)
    lines = []
    for line in body.split("\n"):
        known = {**places, **tasks} if line.startswith(_ROW) else places
        text = _linked(line, known, address)
        more = len(text) - len(line)
        if limit is not None and more > room:
            text, more = line, 0
        room -= more
        lines.append(text)
    return "\n".join(lines)


def _linked(
    line: str, known: dict[str, tuple[str, int]], address: Callable[[str, int], str]
) -> str:
    def link(span: re.Match[str]) -> str:
        place = known.get(span[0])
        return f"[{span[0]}]({address(*place)})" if place else span[0]

    return _SPAN.sub(link, line)


def _places(report: Report) -> Iterator[tuple[str, int]]:
    for finding in report.findings:
        yield finding.path, finding.line
    for bump in report.bumps:
        yield bump.path, bump.line
    for task in report.tasks:
        for change in task.changes:
            if change.location:
                yield change.location.path, change.location.line
