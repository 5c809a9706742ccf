"""What the locks at all other references of a clone issued: versions that must not be chosen.

Which commit has which lock is remembered, and how many locks have a pair; so the next run reads
only the locks of references that moved. What is remembered always equals what Git would say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property

import msgspec

from sigclock.errors import GitError, LockError
from sigclock.git import refs
from sigclock.git.names import decoded, encoded
from sigclock.git.repository import Repository
from sigclock.incremental.issued import accounts_of, sides_of
from sigclock.incremental.store import Store
from sigclock.lock.lock import Acceptance, Account
from sigclock.source import LOCK_NAME

#: One for each set of places at which locks are looked for.
_KEPT = 4

#: Version and signature, or the three words of an acceptance.
_Part = tuple[str, ...]


class _Counted(msgspec.Struct):
    """`tips` has the blobs of each commit's locks; `parts` how many blobs have a task's part.

    The locks were looked for at `paths`.
    """

    tips: dict[str, tuple[str, ...]] = {}
    parts: dict[str, dict[_Part, int]] = {}
    paths: frozenset[str] = frozenset()

    @property
    def blobs(self) -> set[str]:
        return {blob for blobs in self.tips.values() for blob in blobs}


class Elsewhere(Mapping[str, Account]):
    """The accounts of all locks at the clone's references, read when they are first asked for.

    The locks are looked for at `paths`, and wherever a commit that HEAD does not have put one.
    `hidden` is set once a lock was found that a partial clone lacks.
    """

    def __init__(self, repository: Repository, paths: Iterable[str]) -> None:
        self._repository = repository
        self._paths = frozenset(paths)
        self.hidden = False

    def __getitem__(self, name: str) -> Account:
        issued: dict[str, frozenset[str]] = {}
        accepted = set()
        for part in self._parts[name]:
            match part:
                case (version, signature):
                    issued[version] = issued.get(version, frozenset()) | {signature}
                case _:
                    accepted.add(Acceptance(*part))
        return Account(issued, frozenset(accepted))

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    @property
    def locked_tips(self) -> list[str]:
        """The commits at references that have a lock."""
        return [tip for tip, blobs in self._counted.tips.items() if blobs]

    @property
    def _parts(self) -> dict[str, dict[_Part, int]]:
        return self._counted.parts

    @cached_property
    def _counted(self) -> _Counted:
        store = Store.of(self._repository)
        key = "\0".join(sorted(self._paths))
        before = store.load("elsewhere", key, _Counted) or _Counted()
        tips = refs.everywhere(self._repository.git)
        if before.tips.keys() == tips:
            return before
        counted = self._moved(before, tips)
        if not self.hidden:
            store.keep("elsewhere", key, counted, _KEPT)
        return counted

    def _moved(self, before: _Counted, tips: frozenset[str]) -> _Counted:
        """What there is now; all of it is counted again where a lock that went cannot be read."""
        known = {tip: blobs for tip, blobs in before.tips.items() if tip in tips}
        paths = before.paths | self._paths
        if places := self._places(sorted(tips - known.keys()), known) - paths:
            paths |= places
            known = {}
        found = self._locks(sorted(tips - known.keys()), sorted(paths))
        now = _Counted({**known, **found}, paths=paths)
        old, new = before.blobs, now.blobs
        gone = self._read(old - new)
        if None in gone.values() or len(gone) > len(new):
            old, gone = set(), {}
        else:
            # The decoded value may be asked for again, so it must not change.
            now.parts = {name: dict(parts) for name, parts in before.parts.items()}
        for content in gone.values():
            _count(now.parts, content or b"", -1)
        for content in self._read(new - old).values():
            self.hidden |= content is None
            _count(now.parts, content or b"", 1)
        return now

    def _places(self, tips: Sequence[str], known: Iterable[str]) -> frozenset[str]:
        """Where the commits of other references put a lock; those behind `known` ones were seen."""
        head = self._repository.head()
        try:
            found = self._repository.named(LOCK_NAME, tips, [*filter(None, [head]), *known])
        except GitError:
            self.hidden = True
            return frozenset()
        return frozenset(path for path, _ in found)

    def _locks(self, tips: Sequence[str], paths: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The blobs of the locks of commits."""
        found: dict[str, tuple[str, ...]] = {}
        names = [f"{tip}:{path}" for tip in tips for path in paths if "\n" not in path]
        question = "".join(f"{name}\n" for name in names)
        options = ("cat-file", "--batch-check=%(objecttype) %(objectname)")
        try:
            answer = self._repository.git.run(*options, stdin=encoded(question))
        except GitError:
            # A clone without trees cannot say which lock a commit has.
            self.hidden = True
            return dict.fromkeys(tips, ())
        for name, line in zip(names, decoded(answer).splitlines(), strict=True):
            tip = name.partition(":")[0]
            kind, _, oid = line.partition(" ")
            found[tip] = (*found.get(tip, ()), *([oid] if kind == "blob" else []))
        return {tip: found.get(tip, ()) for tip in tips}

    def _read(self, blobs: Iterable[str]) -> dict[str, bytes | None]:
        ordered = sorted(blobs)
        with suppress(GitError):
            return dict(zip(ordered, self._repository.objects.read_each(ordered), strict=True))
        return dict.fromkeys(ordered)


def _count(counts: dict[str, dict[_Part, int]], content: bytes, number: int) -> None:
    """Add what a lock has, or take it away again."""
    for name, part in _parts(content):
        parts = counts.setdefault(name, {})
        parts[part] = parts.get(part, 0) + number
        if not parts[part]:
            del parts[part]
        if not parts:
            del counts[name]


def _parts(content: bytes) -> set[tuple[str, _Part]]:
    found: set[tuple[str, _Part]] = set()
    for side in sides_of(content):
        try:
            accounts = accounts_of(side)
        except LockError:
            continue
        for name, account in accounts.items():
            pairs = account.issued.items()
            found.update((name, (version, one)) for version, all_ in pairs for one in all_)
            found.update((name, msgspec.structs.astuple(word)) for word in account.accepted)
    return found
