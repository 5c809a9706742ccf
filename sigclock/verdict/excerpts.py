"""The source lines that changes point to, for reports that show them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from sigclock.source import SourceTree
from sigclock.verdict.finding import Excerpt, TaskReport

#: Nobody reads more of them in one report.
_MOST = 50


def excerpts(tasks: Iterable[TaskReport], tree: SourceTree) -> tuple[Excerpt, ...]:
    """The line of each change, as far as the tree has it; the first few dozen."""
    places = dict.fromkeys(
        (change.location.path, change.location.line)
        for task in tasks
        for change in task.changes
        if change.location
    )
    found = []
    files: dict[str, list[bytes]] = {}
    for path, line in list(places)[:_MOST]:
        if path not in files:
            files[path] = _lines(tree, path)
        if line <= len(files[path]):
            text = files[path][line - 1].decode("utf-8", "replace").expandtabs(4).rstrip()
            found.append(Excerpt(path, line, text))
    return tuple(found)


def _lines(tree: SourceTree, path: str) -> list[bytes]:
    """The lines as Python counts them: no form feed ends one."""
    with suppress(KeyError):
        return tree.read(path).splitlines()
    return []
