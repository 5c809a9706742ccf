"""What all locks of a history issued, joined; of those that were joined before, none is read again.

Nothing ever changes behind a commit, so a join up to one is kept in the Git directory and is true
for every history that holds it. A kept one that is damaged or missing is made again.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from weakref import WeakKeyDictionary

import msgspec

from sigclock import __version__
from sigclock.errors import LockError
from sigclock.git.repository import Repository
from sigclock.incremental.cabinet import put
from sigclock.lock import ledger, reader
from sigclock.lock.lock import REVISION, Account

#: A kept join is looked for among so many commits, and made after so many locks, commits or bytes
#: more.
_RECENT, _LOCKS, _COMMITS, _BYTES = 400, 4, 200, 500_000
_KEPT = 32
_HOUR = 3600
#: What this process joined already: path and tip → the join.
_JOINED: WeakKeyDictionary[Repository, dict[tuple[str, str], Issued]] = WeakKeyDictionary()


class Issued(msgspec.Struct, frozen=True):
    """A join of locks; `unreadable` has the digests of those that could not be read."""

    ledger: dict[str, Account] = {}
    unreadable: frozenset[str] = frozenset()


def of_contents(contents: Iterable[bytes]) -> Issued:
    """What these locks issued; of one with conflict markers both sides count."""
    unreadable: set[str] = set()
    sides = (side for content in contents for side in _sides(content))
    return Issued(ledger.join(_ledger(side, unreadable) for side in sides), frozenset(unreadable))


def _ledger(content: bytes, unreadable: set[str]) -> Mapping[str, Account]:
    try:
        return reader.loads(content).ledger
    except LockError:
        unreadable.add(hashlib.sha256(content).hexdigest())
        return {}


def _sides(content: bytes) -> Iterator[bytes]:
    """The content, or the two in it; nothing for the empty file that `git add -N` stages."""
    try:
        both = reader.split_conflict(content)
    except LockError:
        both = None
    if content:
        yield from both or [content]


def join(issued: Iterable[Issued]) -> Issued:
    """All that any has."""
    found = list(issued)
    unreadable = frozenset[str]().union(*(issued.unreadable for issued in found))
    return Issued(ledger.join(issued.ledger for issued in found), unreadable)


def of_history(
    repository: Repository,
    path: str,
    tips: Sequence[str],
    known: Mapping[bytes, Mapping[str, Account]] | None = None,
) -> Issued:
    """What the locks at `path` issued in the history of commits, given by their full ids.

    `known` are the ledgers of some locks, which need no reading.
    """
    kept = _Kept(repository, path)
    found: list[Issued] = []
    covered: set[str] = set()
    for tip in tips:
        if tip not in covered:
            recent = repository.recent(tip, _RECENT)
            covered.update(recent)
            found.append(_of_tip(repository, path, kept, recent, known or {}))
    return found[0] if len(found) == 1 else join(found)


def _of_tip(
    repository: Repository,
    path: str,
    kept: _Kept,
    recent: Sequence[str],
    known: Mapping[bytes, Mapping[str, Account]],
) -> Issued:
    """`recent` are the last commits of one history, its tip first."""
    joined = _JOINED.setdefault(repository, {})
    key = (path, recent[0])
    if key not in joined:
        joined[key] = _joined(repository, path, kept, recent, known)
    return joined[key]


def _joined(
    repository: Repository,
    path: str,
    kept: _Kept,
    recent: Sequence[str],
    known: Mapping[bytes, Mapping[str, Account]],
) -> Issued:
    before, since = kept.nearest(recent)
    if since == recent[0]:
        return before
    oids = repository.lock_oids(path, recent[:1], [since] if since else [])
    locks = _Fetched(repository, oids)
    met: list[Issued] = []

    def unread() -> Iterator[bytes]:
        for content in locks:
            if content in known:
                met.append(Issued(dict(known[content])))
            else:
                yield content

    new = of_contents(unread())
    joined = join([before, new, *met])
    distance = recent.index(since) if since else len(recent)
    dear = len(oids) >= _LOCKS or distance >= _COMMITS or locks.size >= _BYTES
    if dear and not locks.missing:
        kept.keep(recent[0], joined)
    return joined


class _Fetched:
    """One lock after the other; a partial clone may lack some. `size` is in bytes."""

    def __init__(self, repository: Repository, oids: Iterable[str]) -> None:
        self.missing = False
        self.size = 0
        self._objects = repository.objects
        self._oids = oids

    def __iter__(self) -> Iterator[bytes]:
        for oid in self._oids:
            content = self._objects.read_if_fetched(oid)
            if content is None:
                self.missing = True
            else:
                self.size += len(content)
                yield content


class _Kept:
    """Joins up to some commits, each in a file of its own with a digest; the oldest ones go.

    None in a shallow clone, where what stands behind a commit does change.
    """

    def __init__(self, repository: Repository, path: str) -> None:
        about = "\0".join([path, __version__, str(REVISION)])
        digest = hashlib.sha256(about.encode("utf-8", "surrogateescape")).hexdigest()[:16]
        self._folder = repository.common_dir / "sigclock"
        self._prefix = f"issued-{digest}-"
        self._off = repository.shallow or (repository.common_dir / "info/grafts").exists()

    def nearest(self, recent: Sequence[str]) -> tuple[Issued, str | None]:
        """The join up to the first of these commits for which there is one."""
        files = {} if self._off else {file.name: file for file in self._files()}
        for commit in recent:
            file = files.get(self._prefix + commit)
            found = None if file is None else _read(file)
            if found is not None:
                return found, commit
        return Issued(), None

    def keep(self, commit: str, issued: Issued) -> None:
        """Keep a join, if the Git directory can be written."""
        if self._off:
            return
        with suppress(OSError, UnicodeError):
            body = msgspec.json.encode(issued)
            digest = hashlib.sha256(body).hexdigest().encode()
            put(self._folder / (self._prefix + commit), digest, b"\n", body)
            for old in [*self._files()[_KEPT:], *self._stale()]:
                old.unlink()

    def _stale(self) -> list[Path]:
        """Drafts that nobody can be writing any more."""
        before = time.time() - _HOUR
        return [path for path in self._folder.glob(".*.tmp") if path.lstat().st_mtime < before]

    def _files(self) -> list[Path]:
        """The newest first."""
        found = self._folder.glob(f"{self._prefix}*")
        return sorted(found, key=lambda path: path.lstat().st_mtime_ns, reverse=True)


def _read(file: Path) -> Issued | None:
    with suppress(OSError, msgspec.MsgspecError, UnicodeError, RecursionError):
        digest, _, body = file.read_bytes().partition(b"\n") if file.is_file() else (b"", b"", b"")
        if digest == hashlib.sha256(body).hexdigest().encode():
            return msgspec.json.decode(body, type=Issued)
    return None
