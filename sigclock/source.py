"""Places in source text, edits to it, and the tree through which every file is read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import msgspec

#: The name of the lock, next to the `pyproject.toml` of each project.
LOCK_NAME = ".sigclock.lock"
#: The largest file in bytes; a tree reads at most one byte more, to tell that a file is larger.
LARGEST = 64 * 1024 * 1024


class Span(msgspec.Struct, frozen=True, order=True):
    """A half-open range of byte offsets in a file as it is stored (BOM and encoding included)."""

    start: int
    end: int


class Location(msgspec.Struct, frozen=True, order=True, gc=False):
    """A place in a file; `path` is POSIX and relative to the repository's root.

    Lines and columns start at 1, and columns count characters; `column` is 1 where only the line
    is known.
    """

    path: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


class Edit(msgspec.Struct, frozen=True, order=True):
    """Replace the bytes at `span`, which must be `before`, by `after`."""

    path: str
    span: Span
    before: bytes
    after: bytes


def named(paths: Iterable[str], *names: str) -> list[str]:
    """The paths of the files that have one of these names, in any folder."""
    # A tree may have very many paths, of which hardly any ends so.
    ending = (path for path in paths if path.endswith(names))
    return [path for path in ending if path.rpartition("/")[2] in names]


def in_bytes(name: str) -> bytes:
    """How a name stands in a source; one from a file's name that is not UTF-8 stands in none."""
    return name.encode(errors="surrogatepass")


class SourceTree(Protocol):
    """A set of files: work tree, staged index, a revision, or a test's dict.

    The analysis reads files only through it, so it treats all four alike.
    """

    @property
    def label(self) -> str:
        """`worktree`, `index`, or the full commit id."""

    def paths(self) -> Iterable[str]:
        """Every regular file (no symlinks, no submodules), POSIX, relative to the root, sorted."""

    def read(self, path: str) -> bytes:
        """At most `LARGEST` + 1 bytes of a file; `KeyError` if there is no such file."""
