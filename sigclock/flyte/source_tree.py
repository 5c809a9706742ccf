"""The tree that a file on disk belongs to: its repository, its marked project, or its package."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from sigclock.errors import GitError
from sigclock.git.plain_files import read_plain
from sigclock.git.repository import Repository
from sigclock.git.trees import Disk, WorkTree
from sigclock.project import config
from sigclock.source import LOCK_NAME

_PYPROJECT = "pyproject.toml"
_FOREIGN = frozenset(["node_modules", "site-packages", "dist-packages", "__pycache__"])


class RootTree:
    """A root with its files; it remembers which it read, to tell whether one has changed."""

    label = "worktree"

    def __init__(self, root: Path, tree: WorkTree) -> None:
        self.root = root
        self._tree = tree
        self._paths = frozenset(tree.paths())
        self._stamps: dict[str, tuple[int, int] | None] = {}

    @classmethod
    def of(cls, file: Path) -> RootTree:
        """The tree of a file: its root has Git or a lock, else it is where imports start.

        In a container there may be neither Git nor a lock; names of classes stay the same.
        """
        above = list(file.parents)
        root = next((folder for folder in above if (folder / ".git").exists()), None)
        if root is not None:
            try:
                return cls(root, Repository.open(root).worktree())
            except GitError:
                return cls(root, _listed(root, _walk(root)))
        marked = next((folder for folder in above if _is_marked(folder)), None)
        if marked is not None:
            return cls(marked, _listed(marked, _walk(marked)))
        start = next(folder for folder in above if not (folder / "__init__.py").exists())
        return cls(start, _listed(start, _near(start, file)))

    def path_of(self, file: Path) -> str:
        return file.relative_to(self.root).as_posix()

    def holds(self, file: Path) -> bool:
        return self.path_of(file) in self._paths

    def is_fresh(self) -> bool:
        """Whether every file that was read still has the same time and size."""
        return all(self._stamp(path) == stamp for path, stamp in self._stamps.items())

    def changed_since(self, start: int) -> bool:
        """Whether a source that was read changed, in any way, at that time (in ns) or later."""
        sources = (path for path in self._stamps if path.endswith((".py", ".pyi")))
        return any(self._changed(path) >= start for path in sources)

    def paths(self) -> Sequence[str]:
        return self._tree.paths()

    def read(self, path: str) -> bytes:
        self._stamps[path] = self._stamp(path)
        return self._tree.read(path)

    def _stamp(self, path: str) -> tuple[int, int] | None:
        try:
            status = (self.root / path).stat()
        except OSError:
            return None
        return (status.st_mtime_ns, status.st_size)

    def _changed(self, path: str) -> int:
        try:
            return (self.root / path).stat().st_ctime_ns
        except OSError:
            return sys.maxsize


def has_root(file: Path) -> bool:
    """Whether a repository or a marked project holds a file, so that nothing else is searched."""
    return any((folder / ".git").exists() or _is_marked(folder) for folder in file.parents)


def _is_marked(folder: Path) -> bool:
    if (folder / LOCK_NAME).exists():
        return True
    try:
        return config.has_table(read_plain(folder / _PYPROJECT, follow=True))
    except OSError:
        return False


def _listed(root: Path, paths: Iterable[str]) -> WorkTree:
    return WorkTree(Disk(root), dict.fromkeys(paths), lambda oid: oid.encode())


def _walk(top: Path, root: Path | None = None) -> Iterator[str]:
    """The files below a folder, without hidden folders and installed packages."""
    root = root or top
    for folder, inner, names in os.walk(top):
        inner[:] = [name for name in inner if name[0] != "." and name not in _FOREIGN]
        if "pyvenv.cfg" in names:
            inner.clear()
            continue
        for name in names:
            yield (Path(folder) / name).relative_to(root).as_posix()


def _near(start: Path, file: Path) -> Iterator[str]:
    """A file's top package and the modules next to it; without a package, all below `start`."""
    if file.parent == start:
        yield from _walk(start)
        return
    yield from (path.name for path in start.iterdir() if path.suffix == ".py")
    yield from _walk(start / file.relative_to(start).parts[0], start)
