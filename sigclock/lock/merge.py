"""Three-way merge of locks by meaning: ledgers are joined, tasks and classes go part by part."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from sigclock.interface.hash_schemes import signature
from sigclock.interface.snapshot import Definition, Field, Member, Snapshot, Task
from sigclock.lock import ledger
from sigclock.lock.lock import Lock
from sigclock.lock.retention import reached, snapshot

_Part = TypeVar("_Part")
_Struct = TypeVar("_Struct", bound=msgspec.Struct)
_Named = TypeVar("_Named", Field, Member)
_Settle = Callable[[_Part | None, _Part, _Part], _Part]
_EMPTY = Lock()


class Collision(msgspec.Struct, frozen=True):
    """A version that the merge gives to several signatures, and for which each side issued it.

    Where both issued it for the same, or one side alone, the merged task has another one.
    """

    task: str
    version: str
    ours: tuple[str, ...]
    theirs: tuple[str, ...]

    @property
    def apart(self) -> bool:
        """Whether the sides issued it for different signatures."""
        return bool(self.ours and self.theirs) and self.ours != self.theirs


class Merged(msgspec.Struct, frozen=True):
    """The merged lock, valid also with collisions: those versions are burnt, `update` bumps."""

    lock: Lock
    collisions: tuple[Collision, ...] = ()


def merge(base: Lock | None, ours: Lock, theirs: Lock) -> Merged:
    """Merge two locks that grew from `base`; without it, keep what either side has.

    If both sides changed a part differently, keep ours: the merged source decides, and `update`
    follows it.
    """
    before = base or _EMPTY
    joined = ledger.join([before.ledger, ours.ledger, theirs.ledger])
    definitions = _three_way(
        before.snapshot.definitions,
        ours.snapshot.definitions,
        theirs.snapshot.definitions,
        _definition,
    )
    chosen = _three_way(before.snapshot.tasks, ours.snapshot.tasks, theirs.snapshot.tasks, _task)
    # What one side removed may still be reached through what the other added.
    known = {**theirs.snapshot.definitions, **ours.snapshot.definitions, **definitions}
    sides = (ours.snapshot, theirs.snapshot)
    tasks = [
        (name, _signed(name, task, known, sides), {**known, **task.own_definitions})
        for name, task in chosen.items()
    ]
    # What was merged is written anew, so it is no longer of an older revision.
    newest = max((_EMPTY, ours, theirs), key=lambda lock: lock.revision)
    lock = Lock(snapshot(tasks), joined, newest.revision, newest.requires)
    return Merged(lock, tuple(_collisions(lock, ours, theirs)))


def _three_way(
    base: Mapping[str, _Part],
    ours: Mapping[str, _Part],
    theirs: Mapping[str, _Part],
    settle: _Settle[_Part],
) -> dict[str, _Part]:
    """Merge by key: the side that changed an entry wins; a change wins over a removal."""
    merged: dict[str, _Part] = {}
    for key in dict.fromkeys([*ours, *theirs]):
        before, part, other = base.get(key), ours.get(key), theirs.get(key)
        if part == before or (part is None and other != before):
            part = other
        elif part is not None and other is not None and other not in (before, part):
            part = settle(before, part, other)
        if part is not None:
            merged[key] = part
    return merged


def _either(base: object, ours: _Part, theirs: _Part) -> _Part:
    """Theirs if ours is unchanged; else ours."""
    return theirs if ours == base else ours


def _task(base: Task | None, ours: Task, theirs: Task) -> Task:
    """A task that both sides changed, part by part."""
    # Not the outputs part by part: nobody wrote a return type with parts of both.
    return _by_part(base, ours, theirs, {"inputs": _fields})


def _definition(base: Definition | None, ours: Definition, theirs: Definition) -> Definition:
    """A class that both sides changed, field by field."""
    if ours.kind != theirs.kind:
        return _either(base, ours, theirs)
    return _by_part(base, ours, theirs, {"fields": _fields, "members": _fields})


def _by_part(
    base: _Struct | None,
    ours: _Struct,
    theirs: _Struct,
    settle: Mapping[str, Callable[[Any, Any, Any], object]],
) -> _Struct:
    """Each attribute that the structs have, by its function in `settle`, else from either side."""
    merged = {
        name: settle.get(name, _either)(
            None if base is None else getattr(base, name),
            getattr(ours, name),
            getattr(theirs, name),
        )
        for name in ours.__struct_fields__
    }
    return msgspec.structs.replace(ours, **merged)


def _fields(
    base: Iterable[_Named] | None, ours: Iterable[_Named], theirs: Iterable[_Named]
) -> tuple[_Named, ...]:
    """The fields or members, by name."""
    our_fields, their_fields, base_fields = (
        {field.name: field for field in side} for side in (ours, theirs, base or ())
    )
    return tuple(_three_way(base_fields, our_fields, their_fields, _either).values())


def _signed(
    name: str,
    task: Task,
    definitions: Mapping[str, Definition],
    sides: Iterable[Snapshot],
) -> Task:
    """The task with the signature of the side whose structure it has; else with a new one."""
    visible = {**definitions, **task.own_definitions}
    needed = reached(task, visible)
    for side in sides:
        own = side.tasks.get(name)
        if own is None or (own.outputs, own.own_definitions) != (
            task.outputs,
            task.own_definitions,
        ):
            continue
        theirs = side.definitions_of(own)
        if all(theirs.get(key) == visible[key] for key in needed):
            return msgspec.structs.replace(task, signature=own.signature)
    return msgspec.structs.replace(task, signature=signature(task, visible))


# -- collisions --------------------------------------------------------------------------------


def _collisions(lock: Lock, ours: Lock, theirs: Lock) -> Iterable[Collision]:
    """The versions that this merge burns, without those that a side had burnt before."""
    sides = (ours, theirs)
    burnt = {(name, version): hashes for name, version, hashes in ledger.broken(lock.ledger)}
    for name, task in lock.snapshot.tasks.items():
        account, version = lock.ledger.get(name, ledger.EMPTY), task.cache.version
        if version is not None and ledger.conflicts(account, version, task.signature):
            burnt[name, version] = account.issued[version] | {task.signature}
    for (name, version), signatures in sorted(burnt.items()):
        if not any(signatures <= _named(side, name, version) for side in sides):
            yield Collision(name, version, *(_issued(side, name, version) for side in sides))


def _named(side: Lock, name: str, version: str) -> frozenset[str]:
    """The signatures that the version names on a side, in its ledger and of its task."""
    issued = side.ledger.get(name, ledger.EMPTY).issued.get(version, frozenset())
    task = side.snapshot.tasks.get(name)
    return issued | {task.signature} if task and task.cache.version == version else issued


def _issued(side: Lock, name: str, version: str) -> tuple[str, ...]:
    issued = side.ledger.get(name, ledger.EMPTY).issued
    return tuple(sorted(issued.get(version, frozenset())))
