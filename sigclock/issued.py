"""What all locks of a history issued, joined; of those that were joined before, none is read again.

Nothing ever changes behind a commit, so a join up to one is kept in the Git directory and is true
for every history that holds it. A kept one that is damaged or missing is made again.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from weakref import WeakKeyDictionary

import msgspec

from sigclock import __version__, ledger, lockfile
from sigclock.errors import LockError
from sigclock.model.ledger import Account
from sigclock.model.lock import REVISION
from sigclock.repository import Repository

#: A kept join is looked for among so many commits, and made after so many locks or commits more.
_RECENT, _LOCKS, _COMMITS = 400, 4, 200
_KEPT = 32
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
        return lockfile.loads(content).ledger
    except LockError:
        unreadable.add(hashlib.sha256(content).hexdigest())
        return {}


def _sides(content: bytes) -> Iterator[bytes]:
    """The content, or the two in it; nothing for the empty file that `git add -N` stages."""
    try:
        both = lockfile.split_conflict(content)
    except LockError:
        both = None
    if content:
        yield from both or [content]


def join(issued: Iterable[Issued]) -> Issued:
    """All that any has."""
    found = list(issued)
    unreadable = frozenset[str]().union(*(one.unreadable for one in found))
    return Issued(ledger.join(one.ledger for one in found), unreadable)


def of_history(repository: Repository, path: str, tips: Sequence[str]) -> Issued:
    """What the locks at `path` issued in the history of commits, given by their full ids."""
    kept = _Kept(repository, path)
    found: list[Issued] = []
    covered: set[str] = set()
    for tip in tips:
        if tip not in covered:
            recent = repository.recent(tip, _RECENT)
            covered.update(recent)
            found.append(_of_tip(repository, path, kept, recent))
    return found[0] if len(found) == 1 else join(found)


def _of_tip(repository: Repository, path: str, kept: _Kept, recent: Sequence[str]) -> Issued:
    """`recent` are the last commits of one history, its tip first."""
    joined = _JOINED.setdefault(repository, {})
    key = (path, recent[0])
    if key not in joined:
        joined[key] = _joined(repository, path, kept, recent)
    return joined[key]


def _joined(repository: Repository, path: str, kept: _Kept, recent: Sequence[str]) -> Issued:
    known, since = kept.nearest(recent)
    if since == recent[0]:
        return known
    oids = repository.lock_oids(path, recent[:1], [since] if since else [])
    missing: list[str] = []
    joined = join([known, of_contents(_fetched(repository, oids, missing))])
    distance = recent.index(since) if since else len(recent)
    if not missing and (len(oids) >= _LOCKS or distance >= _COMMITS):
        kept.keep(recent[0], joined)
    return joined


def _fetched(repository: Repository, oids: Iterable[str], missing: list[str]) -> Iterator[bytes]:
    """One lock after the other; a partial clone may lack some."""
    for oid in oids:
        content = repository.objects.read_if_fetched(oid)
        if content is None:
            missing.append(oid)
        else:
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
        files = {} if self._off else {one.name: one for one in self._files()}
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
            self._folder.mkdir(exist_ok=True)
            draft = self._folder / f".{secrets.token_hex(8)}.tmp"
            draft.write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
            draft.replace(self._folder / (self._prefix + commit))
            for old in self._files()[_KEPT:]:
                old.unlink()

    def _files(self) -> list[Path]:
        """The newest first."""
        found = self._folder.glob(f"{self._prefix}*")
        return sorted(found, key=lambda one: one.lstat().st_mtime_ns, reverse=True)


def _read(file: Path) -> Issued | None:
    with suppress(OSError, msgspec.MsgspecError, UnicodeError, RecursionError):
        digest, _, body = file.read_bytes().partition(b"\n") if file.is_file() else (b"", b"", b"")
        if digest == hashlib.sha256(body).hexdigest().encode():
            return msgspec.json.decode(body, type=Issued)
    return None
