"""The lock that a tree is compared with, and all that is known to be issued besides."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache

import msgspec

from sigclock.errors import LockError
from sigclock.git.errors import NotFetchedError
from sigclock.git.repository import Repository
from sigclock.git.trees import Disk
from sigclock.incremental import issued
from sigclock.incremental.elsewhere import Elsewhere
from sigclock.incremental.issued import Issued
from sigclock.incremental.store import Store
from sigclock.interface.snapshot import Snapshot
from sigclock.lock import ledger, merge, reader
from sigclock.lock.lock import Account, Lock
from sigclock.lock.rehash import rehashed
from sigclock.project.issuers import described
from sigclock.source import LOCK_NAME, SourceTree, named

_OF_THE_INDEX = ("worktree", "index")
#: A lock of at most so many bytes is parsed as fast as its stored form is loaded.
_SMALL = 100_000
_TANGLED = (
    "has lines twice or out of place, as a merge of its text leaves them; what they say was issued "
    "counts, and `sigclock update` puts them in order"
)
PARTIAL = (
    "this is a partial clone: versions that other commits issued are not known here; "
    "`git fetch --refetch --no-filter` brings them"
)
#: The sides of a merge, as Git calls them.
OURS, THEIRS = "our side", "their side"
#: How many locks are stored.
_CAPACITY = 4


class Baseline(msgspec.Struct, frozen=True):
    """What is known before a tree is analysed.

    `data` are the bytes of the tree's lock, None if there is no lock. `visible` is the join of all
    locks of the tree, of its history and of what is arriving, by Flyte's names of tasks. `kept` are
    accounts that the next lock must have. `elsewhere` is what the clone's other references issued.
    `locks` gives HEAD's lock and the one on disk, where they differ from the tree's. `lock_paths`
    are all places of locks, `hidden` says what of the history cannot be read. `notes` say what is
    unusual. `as_written` is set if the bytes are known to be those that sigclock writes.
    """

    data: bytes | None
    lock: Lock
    visible: dict[str, Account]
    kept: Mapping[str, Account] = {}
    elsewhere: Elsewhere | None = None
    locks: Callable[[], Sequence[Lock]] = tuple
    lock_paths: tuple[str, ...] = ()
    hidden: str = ""
    notes: tuple[str, ...] = ()
    as_written: bool = False


def remember(repository: Repository, data: bytes, lock: Lock) -> None:
    """Store a lock whose bytes are those that sigclock writes."""
    if len(data) > _SMALL:
        Store.of(repository).keep("lock", hashlib.sha256(data).hexdigest(), lock, _CAPACITY)


def _stored(repository: Repository, data: bytes, snapshot: Snapshot) -> Lock | None:
    if len(data) <= _SMALL:
        return None
    lock = Store.of(repository).load("lock", hashlib.sha256(data).hexdigest(), Lock)
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


def find(
    repository: Repository,
    tree: SourceTree,
    path: str,
    others: Sequence[str] = (),
    snapshot: Snapshot | None = None,
    *,
    whole: bool = False,
) -> Baseline:
    """The lock at `path`; the history of the revisions `others` counts as well as HEAD's.

    Where the lock equals `snapshot`, both share the same objects. The next lock after the work tree
    or the index must keep what its parents' locks have or, if `whole`, all that was ever issued at
    this path.
    """
    snapshot = snapshot or Snapshot()
    data = _present(repository, tree, path)
    tips = repository.tips(others)
    known, lock = None, Lock()
    notes: list[str] = []
    if data is not None:
        known = _stored(repository, data, snapshot)
        lock, notes = (known, []) if known else _lock(repository, tree, path, data, snapshot)
    # Most of the history has the same bytes, which need no second read unless they conflict.
    seen = {} if notes or data is None else {data: lock.ledger}
    history = issued.of_history(repository, tips, seen)
    here = _uncommitted(repository, tree, path, data, seen)
    if data is None:
        lock, notes = _restored(repository, path, issued.join([history, here]).at(path))
    joined = issued.join([history, here, issued.Issued({path: lock.ledger})])
    kept: Mapping[str, Account] = {}
    if tree.label in _OF_THE_INDEX:
        past_at = history.at(path) if whole else {}
        kept = ledger.join([committed(repository, path, repository.tips(), seen), past_at])
    unreadable = len(joined.unreadable)
    if unreadable:
        notes = [*notes, f"{unreadable} older versions of {path} cannot be read"]
    return Baseline(
        data,
        lock,
        joined.ledger,
        kept,
        Elsewhere(repository, joined.ledgers),
        # Each due task asks.
        cache(lambda: _beside(repository, path, data)),
        tuple(joined.ledgers),
        _hidden(repository, history),
        tuple(notes),
        as_written=known is not None,
    )


def committed(
    repository: Repository,
    path: str,
    tips: Sequence[str],
    known: Mapping[bytes, Mapping[str, Account]],
) -> Mapping[str, Account]:
    """What the locks of commits have at a path, by full ids; no clone lacks that of its HEAD."""
    contents = set()
    for tip in tips:
        with suppress(NotFetchedError):
            contents.add(repository.objects.blob(f"{tip}:{path}") or b"")
    new = issued.of_contents((path, data) for data in contents if data not in known)
    return ledger.join([new.at(path), *(known[data] for data in contents if data in known)])


def _uncommitted(
    repository: Repository,
    tree: SourceTree,
    path: str,
    data: bytes | None,
    known: Mapping[bytes, Mapping[str, Account]],
) -> Issued:
    """What the tree's locks issued, and the one at `path` in work tree and index."""
    contents = dict.fromkeys([*repository.uncommitted(path), *([] if data is None else [data])])
    if any(len(list(issued.sides_of(content))) > 1 for content in contents):
        # Git's stages are whole; a side between markers may give a task what another one issued.
        staged = repository.sides(path)
        if {"2", "3"} <= staged.keys():
            whole = (each for each in contents if len(list(issued.sides_of(each))) == 1)
            contents = dict.fromkeys([*whole, staged["2"], staged["3"]])
    here = [(path, content) for content in contents if content not in known]
    others = (other for other in named(tree.paths(), LOCK_NAME) if other != path)
    return issued.of_contents([*here, *((other, tree.read(other)) for other in others)])


def _beside(repository: Repository, path: str, data: bytes | None) -> list[Lock]:
    """HEAD's lock and the one on disk, where they can be read and differ from the tree's."""
    head = repository.head()
    committed = repository.objects.blob(f"{head}:{path}") if head else None
    contents = dict.fromkeys([committed, *repository.uncommitted(path)])
    locks = (_readable(each) for each in contents if each is not None and each != data)
    return [lock for lock in locks if lock is not None]


def _hidden(repository: Repository, history: Issued) -> str:
    """What cannot be read of the history, and the command that fetches it."""
    if repository.shallow:
        return (
            "this clone is shallow: versions that older commits issued are not known here; "
            "`git fetch --unshallow` brings them"
        )
    return PARTIAL if history.hidden else ""


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
        return Baseline(None, Lock(), issued.of_history(repository, tips).ledger)
    known = _stored(repository, data, snapshot)
    lock = known or _lock(repository, tree, path, data, snapshot)[0]
    history = issued.of_history(repository, tips, {data: lock.ledger})
    return Baseline(data, lock, history.ledger, as_written=known is not None)


def _present(repository: Repository, tree: SourceTree, path: str) -> bytes | None:
    """The bytes of the tree's lock; on disk also of one that Git ignores."""
    data = read(tree, path)
    if data is None and tree.label == "worktree" and repository.root is not None:
        disk = Disk(repository.root)
        return disk.read(path) if disk.holds(path) else None
    return data


def read(tree: SourceTree, path: str) -> bytes | None:
    """The bytes of a file that a tree may lack."""
    try:
        return tree.read(path)
    except KeyError:
        return None


def merged(base: bytes | None, ours: bytes, theirs: bytes, path: str) -> merge.Merged:
    """The merge of three locks as bytes; an unreadable base counts as none."""
    before = None if base is None else _readable(base)
    return merge.merge(before, _whole(ours, path), _whole(theirs, path))


def _whole(data: bytes, path: str) -> Lock:
    """A lock, also one that a text merge tangled, with the signatures that it has now."""
    whole, *other = reader.halves(data, lambda half: rehashed(reader.loads(half, path)))
    return merge.merge(None, whole, *other).lock if other else whole


def _lock(
    repository: Repository, tree: SourceTree, path: str, data: bytes, snapshot: Snapshot
) -> tuple[Lock, list[str]]:
    """The tree's lock, or both sides of a conflict in it, or of a merge that tangled it."""
    sides = reader.split_conflict(data, path)
    if sides is None:
        try:
            return reader.loads(data, path, snapshot), []
        except LockError:
            return _whole(data, path), [f"{path} {_TANGLED}"]
    staged = repository.sides(path) if tree.label in _OF_THE_INDEX else {}
    # Git's three stages are whole; a side between markers contains the other's clean hunks.
    ours, theirs = staged.get("2", sides[0]), staged.get("3", sides[1])
    joined = merged(staged.get("1"), ours, theirs, path)
    return joined.lock, [
        f"{path} has merge conflicts; both sides were merged",
        *collision_notes(joined, *(_sides(repository) if joined.collisions else ("", ""))),
    ]


def _sides(repository: Repository) -> tuple[str, str]:
    """What the two sides of a conflict are called."""
    commits = [*filter(None, [repository.head()]), *repository.arriving()]
    if len(commits) < 2:  # noqa: PLR2004 - a conflict that was committed, or an unpacked stash
        return OURS, THEIRS
    return described(repository, commits[0]), described(repository, commits[1])


def collision_notes(joined: merge.Merged, ours: str = OURS, theirs: str = THEIRS) -> list[str]:
    """A sentence for each version that a merge gives to two signatures; the sides have names."""
    return [
        f"{_collision(each, ours, theirs)}; `sigclock update` moves it"
        for each in joined.collisions
    ]


def _collision(collision: merge.Collision, ours: str, theirs: str) -> str:
    """The tree that a merge makes is no branch: it issued nothing yet."""
    task, version = collision.task, collision.version
    if not collision.apart:
        return f'{task}: merged, it has other outputs than "{version}" was issued for'
    one, other = (" and ".join(side) for side in (collision.ours, collision.theirs))
    return f'{task}: "{version}" was issued with signature {one} on {ours}, {other} on {theirs}'


def _restored(
    repository: Repository, path: str, issued_here: Mapping[str, Account]
) -> tuple[Lock, list[str]]:
    """The last lock in history, with every version that was issued at its path."""
    past = [lock for lock in map(_readable, _past(repository, path)) if lock is not None]
    if not past:
        return Lock(), []
    note = f"{path} is missing: restored from history, with all issued versions"
    return msgspec.structs.replace(past[-1], ledger=dict(issued_here)), [note]


def _past(repository: Repository, path: str) -> Sequence[bytes]:
    head = repository.head()
    if head is None:
        return []
    committed = repository.objects.blob(f"{head}:{path}")
    try:
        history = repository.lock_history(path)
    except NotFetchedError:
        # A clone without trees cannot tell which commits changed the lock.
        history = []
    return [*history, committed] if committed is not None else history


def _readable(data: bytes) -> Lock | None:
    try:
        return _whole(data, LOCK_NAME)
    except LockError:
        return None
