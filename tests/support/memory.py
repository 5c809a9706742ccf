"""A source tree that is a dict, and what the analysis says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class InMemory(NamedTuple):
    """Files by path, for the analysis to read."""

    files: Mapping[str, str]
    label: str = "worktree"

    def paths(self) -> list[str]:
        return sorted(self.files)

    def read(self, path: str) -> bytes:
        return self.files[path].encode()
