"""Verbs in a repository of hostile files, each in a process that the system keeps in bounds."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

from support.git import Repo

from fuzz.seeds import ROOT
from sigclock.python.names.syntax import with_room

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fuzz.shapes import Files

#: Seconds of processor time, and bytes of address space: some times what the worst case needs.
SECONDS = 60
BYTES = 1_500_000_000
BOOT = """\
import resource, sys
seconds, size = map(int, sys.argv[1:3])
resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
resource.setrlimit(resource.RLIMIT_AS, (size, size))
from sigclock.cli import main
main(sys.argv[3:])
"""


class Done(NamedTuple):
    """How a process ended, and the end of what it said of it."""

    status: int
    said: str


class Bounded(Repo):
    """A repository on which verbs run within bounds."""

    @classmethod
    def of(cls, path: Path, files: Mapping[str, str | bytes]) -> Bounded:
        made = cls(Repo.init(path).path)
        for name, content in files.items():
            made.write(name, content)
        return made

    def run(self, *arguments: str, size: int = BYTES) -> Done:
        done = subprocess.run(
            [sys.executable, "-c", BOOT, str(SECONDS), str(size), *arguments],
            cwd=self.path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=False,
        )
        return Done(done.returncode, done.stderr.decode(errors="replace")[-2_000:])

    def sources(self) -> dict[str, bytes]:
        """Every file but the lock."""
        files = (path for path in self.path.rglob("*.py") if path.is_file())
        return {path.relative_to(self.path).as_posix(): path.read_bytes() for path in files}

    def edit(self, before: bytes, after: bytes) -> None:
        for path, content in self.sources().items():
            self.write(path, content.replace(before, after))


def together(trees: Mapping[str, Files]) -> Files:
    """Many trees as one, each in a folder of its own."""
    return {
        f"tree_{number}/{path}": content
        for number, files in enumerate(trees.values())
        for path, content in files.items()
    }


def differs_in_constants_only(before: bytes, after: bytes) -> bool:
    return before == after or _without_constants(before) == _without_constants(after)


def _without_constants(source: bytes) -> list[tuple[str, ...]]:
    """The nodes without what constants hold; not recursive, for trees are deep."""
    return [
        (type(node).__name__, *(part for part in vars(node).values() if isinstance(part, str)))
        if not isinstance(node, ast.Constant)
        else ()
        for node in ast.walk(with_room(lambda: ast.parse(source)))
    ]
