"""Notebooks that seem to hold tasks: they are not read, and that is said."""

from __future__ import annotations

from collections.abc import Callable

from sigclock.source import SourceTree
from sigclock.tasks.cache_arguments import holds_cache_words
from sigclock.tasks.sdks import MARKERS

_MAKERS = (b"@task", b"@dynamic", b".task")


def notebooks(tree: SourceTree, selects: Callable[[str], bool]) -> tuple[str, ...]:
    """The notebooks with words of tasks or of their caches, found by these bytes alone."""
    paths = (path for path in tree.paths() if path.endswith(".ipynb"))
    return tuple(path for path in paths if selects(path) and _may_hold_tasks(tree.read(path)))


def _may_hold_tasks(data: bytes) -> bool:
    if holds_cache_words(data):
        return True
    return any(word in data for word in MARKERS) and any(word in data for word in _MAKERS)
