"""A source tree that is a dict of texts."""

from __future__ import annotations

from typing import NamedTuple


class Texts(NamedTuple):
    """`label` is what a work tree is called."""

    files: dict[str, str]
    label: str = "worktree"

    def paths(self) -> list[str]:
        return sorted(self.files)

    def read(self, path: str) -> bytes:
        return self.files[path].encode()
