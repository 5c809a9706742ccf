"""What all locks of a history issued, joined; of those that were joined before, none is read again.

Nothing ever changes behind a commit, so a join up to one is kept in the Git directory and is true
for every history that holds it. A kept one that is damaged or missing is made again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from weakref import WeakKeyDictionary

import msgspec

from sigclock.errors import LockError
from sigclock.git.errors import NotFetchedError
from sigclock.git.repository import Repository
from sigclock.incremental.store import Store
from sigclock.lock import ledger, reader
from sigclock.lock.lock import Account
from sigclock.source import LOCK_NAME

#: A kept join is looked for among so many commits, and made after so many locks, commits or bytes
#: more.
_RECENT, _LOCKS, _COMMITS, _BYTES = 400, 4, 200, 500_000
_KEPT = 32
#: What this process joined already: tip → the join.
_JOINED: WeakKeyDictionary[Repository, dict[str, Issued]] = WeakKeyDictionary()


class Issued(msgspec.Struct, frozen=True, dict=True):
    """A join of locks, by the path of each.

    `unreadable` has the digests of those that could not be read. `hidden` is set if a partial clone
    lacks some.
    """

    ledgers: dict[str, dict[str, Account]] = {}
    unreadable: frozenset[str] = frozenset()
    hidden: bool = False

    @cached_property
    def ledger(self) -> dict[str, Account]:
        """What all locks issued, wherever they lie: Flyte's name of a task has no folder in it."""
        parts = list(self.ledgers.values())
        return parts[0] if len(parts) == 1 else ledger.join(parts)

    def at(self, path: str) -> dict[str, Account]:
        """What the locks at one path issued."""
        return self.ledgers.get(path, {})


def of_contents(contents: Iterable[tuple[str, bytes]]) -> Issued:
    """What these locks issued, each with its path; of one with markers both sides count."""
    unreadable: set[str] = set()
    found: dict[str, list[Mapping[str, Account]]] = {}
    for path, content in contents:
        sides = found.setdefault(path, [])
        sides += (_ledger(side, unreadable) for side in sides_of(content))
    joined = {path: ledger.join(sides) for path, sides in found.items()}
    return Issued(joined, frozenset(unreadable))


def _ledger(content: bytes, unreadable: set[str]) -> Mapping[str, Account]:
    try:
        return accounts_of(content)
    except LockError:
        unreadable.add(hashlib.sha256(content).hexdigest())
        return {}


def accounts_of(content: bytes) -> Mapping[str, Account]:
    """The ledger of a lock, also of one that a text merge tangled."""
    whole, *other = reader.halves(content, reader.accounts)
    return ledger.join([whole, *other]) if other else whole


def sides_of(content: bytes) -> Iterator[bytes]:
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
    paths = sorted({path for issued in found for path in issued.ledgers})
    ledgers = {path: ledger.join(issued.at(path) for issued in found) for path in paths}
    unreadable = frozenset[str]().union(*(issued.unreadable for issued in found))
    return Issued(ledgers, unreadable, any(issued.hidden for issued in found))


def of_history(
    repository: Repository,
    tips: Sequence[str],
    known: Mapping[bytes, Mapping[str, Account]] | None = None,
) -> Issued:
    """What the locks in the history of commits issued; the commits are given by their full ids.

    `known` are the ledgers of some locks, which need no reading.
    """
    kept = _Kept(repository)
    found: list[Issued] = []
    covered: set[str] = set()
    for tip in tips:
        if tip not in covered:
            recent = repository.recent(tip, _RECENT)
            covered.update(recent)
            found.append(_of_tip(repository, kept, recent, known or {}))
    return found[0] if len(found) == 1 else join(found)


def _of_tip(
    repository: Repository,
    kept: _Kept,
    recent: Sequence[str],
    known: Mapping[bytes, Mapping[str, Account]],
) -> Issued:
    """`recent` are the last commits of one history, its tip first."""
    joined = _JOINED.setdefault(repository, {})
    if recent[0] not in joined:
        joined[recent[0]] = _joined(repository, kept, recent, known)
    return joined[recent[0]]


def _joined(
    repository: Repository,
    kept: _Kept,
    recent: Sequence[str],
    known: Mapping[bytes, Mapping[str, Account]],
) -> Issued:
    before, since = kept.nearest(recent)
    if since == recent[0]:
        return before
    try:
        found = repository.named(LOCK_NAME, recent[:1], [since] if since else [])
    except NotFetchedError:
        # A clone without trees: which commits changed a lock is not known.
        return Issued(hidden=True)
    locks = _Fetched(repository, found)
    met: list[Issued] = []

    def unread() -> Iterator[tuple[str, bytes]]:
        for path, content in locks:
            if content in known:
                met.append(Issued({path: dict(known[content])}))
            else:
                yield path, content

    new = of_contents(unread())
    joined = join([before, new, *met])
    if locks.missing:
        return msgspec.structs.replace(joined, hidden=True)
    distance = recent.index(since) if since else len(recent)
    if len(found) >= _LOCKS or distance >= _COMMITS or locks.size >= _BYTES:
        kept.keep(recent[0], joined)
    return joined


class _Fetched:
    """One lock after the other; a partial clone may lack some. `size` is in bytes."""

    def __init__(self, repository: Repository, locks: Iterable[tuple[str, str]]) -> None:
        self.missing = False
        self.size = 0
        self._objects = repository.objects
        self._locks = locks

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        for path, oid in self._locks:
            content = self._objects.read_if_fetched(oid)
            if content is None:
                self.missing = True
            else:
                self.size += len(content)
                yield path, content


class _Kept:
    """Joins up to some commits; the oldest ones go.

    None in a shallow clone, where what stands behind a commit does change.
    """

    def __init__(self, repository: Repository) -> None:
        self._store = Store.of(repository)
        self._off = repository.shallow or (repository.common_dir / "info/grafts").exists()

    def nearest(self, recent: Sequence[str]) -> tuple[Issued, str | None]:
        """The join up to the first of these commits for which there is one."""
        for commit in [] if self._off else self._store.among("issued", recent):
            found = self._store.load("issued", commit, Issued)
            if found is not None:
                return found, commit
        return Issued(), None

    def keep(self, commit: str, issued: Issued) -> None:
        """Keep a join, if the Git directory can be written."""
        if not self._off:
            self._store.keep("issued", commit, issued, _KEPT)
