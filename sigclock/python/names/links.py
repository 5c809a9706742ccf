"""Symbolic links of a tree: where each leads, by its text alone and never out of the tree."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping

from sigclock.python.names.import_roots import Link, folders

#: So many links one after the other; Linux follows as many.
_CHAIN = 40
_SOURCES = (".py", ".pyi")


def links(targets: Mapping[str, str], paths: Collection[str]) -> tuple[Link, ...]:
    """The links that an import may go through, each with the source or folder behind it.

    `targets` has what is written in each link, `paths` are the regular files. None is behind what
    leads out of the tree, or to no source of it; what leads to nothing in it is left out.
    """
    if not targets:
        return ()
    files, directories = frozenset(paths), folders(paths)
    found: list[Link] = []
    for path in sorted(targets):
        place = _followed(path, targets)
        if place is None or place == "" or place in directories:
            found.append((path, place))
        elif path.endswith(_SOURCES) and place in files:
            found.append((path, place if place.endswith(_SOURCES) else None))
    return tuple(found)


def _followed(path: str, targets: Mapping[str, str]) -> str | None:
    """The path without links and dots in it; None where it leads out, or on and on."""
    left, done, chain = deque(path.split("/")), list[str](), 0
    while left:
        part = left.popleft()
        if part == ".." and not done:
            return None
        if part == "..":
            done.pop()
        elif part not in {"", "."}:
            done.append(part)
            target = targets.get("/".join(done))
            if target is not None:
                chain += 1
                if chain > _CHAIN or target.startswith("/"):
                    return None
                done.pop()
                left.extendleft(reversed(target.split("/")))
    return "/".join(done)
