"""Source trees that a repository gives: files on disk, and files as Git stored them."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from functools import cached_property
from typing import TYPE_CHECKING

from sigclock.errors import SigclockError
from sigclock.git.names import decoded
from sigclock.git.plain_files import read_plain
from sigclock.git.windows import below, long_root

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from sigclock.source import SourceTree

_SHA256_DIGITS = 64
#: Bytes of sources that a tree remembers for a second read; if there are more, it remembers none.
_CACHE_SIZE = 16_000_000


class Disk:
    """The regular files below a folder that are reached through real folders, not symlinks."""

    def __init__(self, root: Path) -> None:
        self._root = long_root(os.fspath(root))
        self._folders = {"": True}

    def holds(self, path: str) -> bool:
        return stat.S_ISREG(self.mode(path))

    def has_folder(self, folder: str) -> bool:
        """Tell whether `folder` (`""` for the root) and all above it are real folders."""
        known = self._folders
        if folder not in known:
            prefix = ""
            for part in folder.split("/"):
                above, prefix = prefix, f"{prefix}/{part}" if prefix else part
                if prefix not in known:
                    known[prefix] = known[above] and stat.S_ISDIR(self._mode(prefix))
        return known[folder]

    def mode(self, path: str) -> int:
        """Give `st_mode` of what is at `path`; 0 if there is nothing, or behind a symlink."""
        return self._mode(path) if self.has_folder(path.rpartition("/")[0]) else 0

    def link(self, path: str) -> str | None:
        """Give what is written in a symbolic link; None of what is none, or behind one."""
        if not stat.S_ISLNK(self.mode(path)):
            return None
        try:
            target = os.readlink(below(self._root, path))  # noqa: PTH115 - `Path` has no long names
            return target.replace(os.sep, "/")
        except OSError:
            return None

    def is_older(self, path: str, nanoseconds: int) -> bool:
        """Tell whether a regular file was last changed, in any way, before a time."""
        try:
            status = os.lstat(below(self._root, path))
        except OSError:
            return False
        # Windows gives the time at which a file was made for the one at which it last changed.
        changed = max(status.st_ctime_ns, status.st_mtime_ns)
        return stat.S_ISREG(status.st_mode) and changed < nanoseconds

    def read(self, path: str, *, seen: bool = False) -> bytes:
        """Give the bytes of a regular file; if `seen`, this run has seen that it is one."""
        if not (self.has_folder(path.rpartition("/")[0]) if seen else self.holds(path)):
            raise KeyError(path)
        try:
            return read_plain(below(self._root, path))
        except OSError as error:
            if not self.holds(path):
                raise KeyError(path) from error
            raise _unreadable(path, error) from error

    def _mode(self, path: str) -> int:
        try:
            return os.lstat(below(self._root, path)).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return 0
        except OSError as error:
            if error.errno == errno.EINVAL:
                # A name that Windows cannot have, with a question mark for one.
                return 0
            raise _unreadable(path, error) from error


class ObjectTree:
    """The files of the index or of a revision, as Git stored them.

    `unmerged` are the paths in conflict; the tree has our side of them. `links` has the blobs of
    symbolic links.
    """

    def __init__(
        self,
        label: str,
        oids: Mapping[str, str],
        read: Callable[[str], bytes],
        unmerged: Iterable[str] = (),
        links: Mapping[str, str] | None = None,
    ) -> None:
        self.label = label
        self.unmerged = frozenset(unmerged)
        self._oids = oids
        self._read = read
        self._links = links or {}

    @cached_property
    def _paths(self) -> tuple[str, ...]:
        return tuple(sorted(self._oids))

    def paths(self) -> Sequence[str]:
        return self._paths

    def read(self, path: str) -> bytes:
        return self._read(self._oids[path])

    def oid(self, path: str) -> str | None:
        """Give the id of the blob that `read` returns."""
        return self._oids.get(path)

    def ids(self, paths: Iterable[str]) -> dict[str, str]:
        """Give an id for the content of each file: blob ids, the same in every tree."""
        return {path: self._oids[path] for path in paths}

    def links(self) -> dict[str, str]:
        """Give what is written in each symbolic link."""
        return {path: decoded(self._read(oid)) for path, oid in self._links.items()}


class WorkTree:
    """Files as they are on disk; those that a sparse checkout leaves out come from the index.

    `listed` has the paths to look for, with the staged blob of those left out. `clean` are files
    for which Git has just found that their bytes on disk are those of a blob.
    """

    label = "worktree"

    def __init__(
        self,
        disk: Disk,
        listed: Mapping[str, str | None],
        read: Callable[[str], bytes],
        clean: Mapping[str, str] | None = None,
    ) -> None:
        self._disk = disk
        self._read = read
        self._clean = clean or {}
        self._contents: dict[str, bytes] = {}
        self._sources: dict[str, bytes] = {}
        self._space = _CACHE_SIZE
        self._oids: dict[str, str | None] = {}
        for path, oid in sorted(listed.items()):
            if path in self._clean or disk.holds(path):
                self._oids[path] = None
            elif oid is not None:
                self._oids[path] = oid
        self._missing = [path for path in listed if path not in self._oids]

    def paths(self) -> Sequence[str]:
        return tuple(self._oids)

    def read(self, path: str) -> bytes:
        for known in (self._contents, self._sources):
            if path in known:
                return known[path]
        oid = self._oids[path]
        content = self._on_disk(path) if oid is None else self._read(oid)
        self._remember(path, content)
        return content

    def _remember(self, path: str, content: bytes) -> None:
        """Remember sources: where something changed, callers and locations are read from them."""
        if path.endswith(".py") and self._space > 0:
            self._space -= len(content)
            self._sources[path] = content
            if self._space <= 0:
                self._sources.clear()

    def _on_disk(self, path: str) -> bytes:
        try:
            return self._disk.read(path, seen=True)
        except KeyError as error:
            raise SigclockError(
                f"{path} went away while sigclock was reading", advice="run the command again"
            ) from error

    def oid(self, path: str) -> str | None:
        """Give None for a file on disk: filters may make its bytes differ from its blob."""
        return self._oids.get(path)

    def ids(self, paths: Iterable[str]) -> dict[str, str]:
        """Give the blob id of each file's content, even if Git has no such blob yet."""
        wanted = list(paths)
        known = next((oid for oid in (*self._clean.values(), *self._oids.values()) if oid), "")
        ids: dict[str, str] = {}
        for path in wanted:
            oid = self._clean.get(path) or self._oids[path]
            if oid is None:
                self._contents[path] = self.read(path)
                oid = blob_id(self._contents[path], len(known))
            ids[path] = oid
        return ids

    def links(self) -> dict[str, str]:
        """Give what is written in each symbolic link."""
        found = ((path, self._disk.link(path)) for path in self._missing)
        return {path: target for path, target in found if target is not None}


class Overlay:
    """A tree in which some files are added or have other contents."""

    def __init__(self, tree: SourceTree, contents: Mapping[str, bytes]) -> None:
        self.label = tree.label
        self._tree = tree
        self._contents = dict(contents)
        self._paths: Sequence[str] | None = None

    def paths(self) -> Sequence[str]:
        if self._paths is None:
            self._paths = sorted({*self._tree.paths(), *self._contents})
        return self._paths

    def read(self, path: str) -> bytes:
        return self._contents[path] if path in self._contents else self._tree.read(path)

    def oid(self, path: str) -> str | None:
        """Give the id of the blob that `read` returns, None for other contents."""
        oid = getattr(self._tree, "oid", None)
        return None if oid is None or path in self._contents else oid(path)

    def ids(self, paths: Iterable[str]) -> dict[str, str] | None:
        """Give an id for the content of each file; None over a tree that has no ids."""
        below = getattr(self._tree, "ids", None)
        if below is None:
            return None
        wanted = list(paths)
        known = below(path for path in wanted if path not in self._contents)
        digits = len(next(iter(known.values()), ""))
        own = {p: blob_id(self._contents[p], digits) for p in wanted if p in self._contents}
        return {**known, **own}

    def links(self) -> dict[str, str]:
        """Give what is written in each symbolic link."""
        below = getattr(self._tree, "links", None)
        return below() if below else {}


def blob_id(data: bytes, digits: int = 40) -> str:
    """Give the id that Git gives to a blob, in a repository whose ids have so many digits."""
    head = b"blob %d\0" % len(data)
    sha = hashlib.sha256 if digits == _SHA256_DIGITS else hashlib.sha1
    hasher = sha(head, usedforsecurity=False)
    hasher.update(data)
    return hasher.hexdigest()


def _unreadable(path: str, error: OSError) -> SigclockError:
    return SigclockError(
        f"cannot read {path}: {error.strerror}", advice="make it readable and run again"
    )
