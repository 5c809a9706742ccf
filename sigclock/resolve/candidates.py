"""Which files can hold tasks: a byte filter first, then those that use a team's own decorators."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from sigclock.resolve.bindings import Binding
from sigclock.resolve.modules import Module, Modules

IsFactory = Callable[[Module, Binding], bool]


def candidates(
    modules: Modules, paths: Iterable[str], markers: Iterable[bytes], is_factory: IsFactory
) -> list[str]:
    """Sorted paths of the files that can hold tasks.

    A file counts if it holds a marker, or the name of a decorator or environment that a counting
    file binds; the latter is repeated until nothing new appears.
    """
    remaining = [path for path in paths if path.endswith(".py")]
    found: set[str] = set()
    pattern = _any_of(markers)
    while True:
        new = {path for path in remaining if pattern.search(modules.read(path))}
        found |= new
        remaining = [path for path in remaining if path not in new]
        names = {name.encode() for path in new for name in factories(modules, path, is_factory)}
        if not names or not remaining:
            return sorted(found)
        pattern = re.compile(rb"\b(?:" + b"|".join(map(re.escape, sorted(names))) + rb")\b")


def _any_of(markers: Iterable[bytes]) -> re.Pattern[bytes]:
    return re.compile(b"|".join(map(re.escape, sorted(markers))))


def factories(modules: Modules, path: str, is_factory: IsFactory) -> list[str]:
    """The names that a file binds to something that makes tasks."""
    module = modules.module(path)
    if module is None:
        return []
    return [
        name
        for name, bindings in module.bindings.by_name.items()
        if any(is_factory(module, binding) for binding in bindings)
    ]
