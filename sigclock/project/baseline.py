"""The lock that a tree is compared with, and the ledgers of all locks in the clone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import msgspec

from sigclock.errors import LockError
from sigclock.git.repository import Repository
from sigclock.incremental import cabinet, issued
from sigclock.incremental.cabinet import Cabinet
from sigclock.interface.snapshot import Snapshot
from sigclock.lock import merge, reader
from sigclock.lock.lock import Account, Lock
from sigclock.source import SourceTree

_OF_THE_INDEX = ("worktree", "index")
#: A lock of at most so many bytes is parsed as fast as its stored form is loaded.
_SMALL = 100_000
#: How many locks are stored.
_CAPACITY = 4


class Baseline(msgspec.Struct, frozen=True):
    """What is known before a tree is analysed.

    `data` are the bytes of the tree's lock, None if there is no lock. `visible` is the join of all
    ledgers. `notes` say what is unusual. `as_written` is set if the bytes are known to be those
    that sigclock writes for this lock.
    """

    data: bytes | None
    lock: Lock
    visible: dict[str, Account]
    notes: tuple[str, ...] = ()
    as_written: bool = False


def remember(repository: Repository, data: bytes, lock: Lock) -> None:
    """Store a lock whose bytes are those that sigclock writes."""
    if len(data) > _SMALL:
        _cabinet(repository).store(hashlib.sha256(data).hexdigest(), lock)


def _stored(repository: Repository, data: bytes, snapshot: Snapshot) -> Lock | None:
    if len(data) <= _SMALL:
        return None
    lock = _cabinet(repository).load(hashlib.sha256(data).hexdigest(), Lock)
    cabinet.let_go()
    if lock is None:
        return None
    tasks, definitions = lock.snapshot.tasks, lock.snapshot.definitions
    shared = Snapshot(
        {name: reader.shared(task, snapshot.tasks.get(name)) for name, task in tasks.items()},
        {
            key: reader.shared(definition, snapshot.definitions.get(key))
            for key, definition in definitions.items()
        },
    )
    return msgspec.structs.replace(lock, snapshot=shared)


def _cabinet(repository: Repository) -> Cabinet:
    return Cabinet(repository.common_dir, "lock", _CAPACITY)


def find(
    repository: Repository,
    tree: SourceTree,
    path: str,
    others: Sequence[str] = (),
    snapshot: Snapshot | None = None,
) -> Baseline:
    """The lock at `path`; the history of the revisions `others` counts as well as HEAD's.

    Where the lock equals `snapshot`, both share the same objects.
    """
    snapshot = snapshot or Snapshot()
    data = read(tree, path)
    if data is None:
        visible, history_notes = _visible(repository, path, None, others, {})
        lock, notes = _restored(repository, path, visible)
        return Baseline(None, lock, visible, (*notes, *history_notes))
    known = _stored(repository, data, snapshot)
    lock, notes = (known, []) if known else _lock(repository, tree, path, data, snapshot)
    # Most of the history has the same bytes, which need no second read unless they conflict.
    seen = {} if notes else {data: lock.ledger}
    visible, history_notes = _visible(repository, path, data, others, seen)
    return Baseline(data, lock, visible, (*notes, *history_notes), as_written=known is not None)


def past(
    repository: Repository,
    tree: SourceTree,
    path: str,
    revisions: Sequence[str],
    snapshot: Snapshot,
) -> Baseline:
    """The lock of a commit's tree as it was visible then, with the history of `revisions`.

    Where the lock equals `snapshot`, both share the same objects.
    """
    data = read(tree, path)
    tips = list(map(repository.commit_id, revisions))
    if data is None:
        return Baseline(None, Lock(), issued.of_history(repository, path, tips).ledger)
    known = _stored(repository, data, snapshot)
    lock = known or _lock(repository, tree, path, data, snapshot)[0]
    history = issued.of_history(repository, path, tips, {data: lock.ledger})
    return Baseline(data, lock, history.ledger, as_written=known is not None)


def read(tree: SourceTree, path: str) -> bytes | None:
    """The bytes of a file that a tree may lack."""
    try:
        return tree.read(path)
    except KeyError:
        return None


def merged(base: bytes | None, ours: bytes, theirs: bytes, path: str) -> merge.Merged:
    """The merge of three locks as bytes; an unreadable base counts as none."""
    before = None if base is None else _readable(base)
    return merge.merge(before, reader.loads(ours, path), reader.loads(theirs, path))


def _lock(
    repository: Repository, tree: SourceTree, path: str, data: bytes, snapshot: Snapshot
) -> tuple[Lock, list[str]]:
    """The tree's lock, or both sides of a conflict in it."""
    sides = reader.split_conflict(data, path)
    if sides is None:
        return reader.loads(data, path, snapshot), []
    staged = repository.sides(path) if tree.label in _OF_THE_INDEX else {}
    # Git's three stages are whole; a side between markers contains the other's clean hunks.
    ours, theirs = staged.get("2", sides[0]), staged.get("3", sides[1])
    joined = merged(staged.get("1"), ours, theirs, path)
    return joined.lock, [
        f"{path} has merge conflicts; both sides were merged",
        *collision_notes(joined),
    ]


def collision_notes(joined: merge.Merged) -> list[str]:
    """A sentence for each version that two branches issued for two signatures."""
    return [
        f'{collision.task}: both branches issued "{collision.version}", with signatures '
        f'{" and ".join(h[:12] for h in collision.signatures)}; "{collision.free}" is free'
        for collision in joined.collisions
    ]


def _restored(
    repository: Repository, path: str, visible: Mapping[str, Account]
) -> tuple[Lock, list[str]]:
    """The last lock in history, with every version that was issued since and on other branches."""
    past = [lock for lock in map(_readable, _past(repository, path)) if lock is not None]
    if not past:
        return Lock(), []
    note = f"{path} is missing: restored from history, with all issued versions"
    return msgspec.structs.replace(past[-1], ledger=dict(visible)), [note]


def _past(repository: Repository, path: str) -> Sequence[bytes]:
    head = repository.head()
    if head is None:
        return []
    committed = read(repository.revision(head), path)
    history = repository.lock_history(path)
    return [*history, committed] if committed is not None else history


def _visible(
    repository: Repository,
    path: str,
    data: bytes | None,
    others: Sequence[str],
    known: Mapping[bytes, Mapping[str, Account]],
) -> tuple[dict[str, Account], tuple[str, ...]]:
    """The join of all ledgers in the clone; unreadable locks are counted, not fatal.

    `known` maps contents to their ledgers, where those are known.
    """
    contents = dict.fromkeys([*repository.uncommitted(path), *([] if data is None else [data])])
    new = issued.of_contents(content for content in contents if content not in known)
    history = issued.of_history(repository, path, repository.tips(others), known)
    joined = issued.join([history, new, *map(issued.Issued, map(dict, known.values()))])
    unreadable = len(joined.unreadable)
    notes = (f"{unreadable} older versions of {path} cannot be read",) if unreadable else ()
    return joined.ledger, notes


def _readable(data: bytes) -> Lock | None:
    try:
        return reader.loads(data)
    except LockError:
        return None
