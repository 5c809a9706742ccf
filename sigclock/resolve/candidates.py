"""Which files can hold tasks: a byte filter first, then those that use a team's own decorators."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from sigclock.model.source import LARGEST
from sigclock.resolve.modules import Module, Modules

#: The names under which a module offers something that makes tasks.
Offered = Callable[[Module], Iterable[str]]

#: The names that an import statement brings, in parentheses or not.
_IMPORT = re.compile(rb"\bimport\s*(?:\((?:[^)#]+|#[^\n]*)*|(?:[^\n\\]|\\\r?\n)*)")


def candidates(
    modules: Modules, paths: Iterable[str], markers: Iterable[bytes], offered: Offered
) -> list[str]:
    """Sorted paths of the files that can hold tasks.

    A file counts if it holds a marker, or takes from elsewhere the name of a decorator or
    environment that a counting file offers; the latter is repeated until nothing new appears.
    """
    remaining = [path for path in paths if path.endswith(".py")]
    found: set[str] = set()
    known: set[str] = set()
    counts = _any_of(markers)
    while True:
        new = {path for path in remaining if may(counts, modules.read(path))}
        found |= new
        remaining = [path for path in remaining if path not in new]
        names = {name for path in new for name in factories(modules, path, offered)} - known
        if not names or not remaining:
            return sorted(found)
        known |= names
        counts = taking(names)


def may(counts: Callable[[bytes], object], data: bytes) -> bool:
    """Whether a file counts; one that was cut off may have in the rest what was looked for."""
    return len(data) > LARGEST or bool(counts(data))


def _any_of(markers: Iterable[bytes]) -> Callable[[bytes], object]:
    return re.compile(b"|".join(map(re.escape, sorted(markers)))).search


def taking(names: Iterable[str]) -> Callable[[bytes], bool]:
    """Whether a file may take one of these names from another: by an import or as an attribute."""
    words = b"|".join(re.escape(name.encode()) for name in sorted(names))
    anywhere = re.compile(rb"(?<!\w)(?:" + words + rb")(?!\w)")
    asked = re.compile(rb"(?<!\bself)(?<!\bcls)\.\s*(?:" + words + rb")(?!\w)")

    def brought(statement: re.Match[bytes]) -> bool:
        return b"*" in statement[0] or anywhere.search(statement[0]) is not None

    def takes(data: bytes) -> bool:
        if anywhere.search(data) is None:
            return False
        return asked.search(data) is not None or any(map(brought, _IMPORT.finditer(data)))

    return takes


def factories(modules: Modules, path: str, offered: Offered) -> list[str]:
    """The names under which a file offers something that makes tasks."""
    module = modules.module(path)
    return [] if module is None else list(offered(module))
