"""A task's output signature as the guard puts it into a key, with lines that say what it is of.

As in the lock, if the process imported what is on disk; else as the imported objects say it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from sigclock.errors import SigclockError
from sigclock.flyte.live_function import Signed, read_as_imported
from sigclock.flyte.policy import canonical
from sigclock.guard.live_types import lines_of
from sigclock.interface.hash_schemes import Signatures
from sigclock.interface.reachability import Reachable
from sigclock.interface.signature import digest
from sigclock.interface.snapshot import Definition, Task
from sigclock.interface.types import spell
from sigclock.lock.lock import Account

#: How a signature is made of sources, and of live objects; a new way gets a new number, and an old
#: number never means another way, so that an upgrade recomputes nothing.
STATIC, LIVE = "s1", "l1"

_DIGITS = 16
_MARK = "+sigclock."
_GUARDED = re.compile(r"(?P<plain>.*)\+sigclock\.(?P<name>[a-z]\d+\.[0-9a-f]{16})", re.DOTALL)


class Signature(msgspec.Struct, frozen=True):
    """`name` is `<way><number>.<digits>`; `lines` are only for words."""

    name: str
    lines: tuple[str, ...]


def guarded_version(version: object, name: str) -> str:
    """The cache version under which the guard stores: the task's own, and the signature's name."""
    return f"{version}{_MARK}{name}"


def split_version(version: str) -> tuple[str, str | None]:
    """A stored cache version as the task's own and the signature's name; None if unguarded."""
    match = _GUARDED.fullmatch(version)
    return (match["plain"], match["name"]) if match else (version, None)


def of_function(
    function: Callable[..., object] | None, outputs: Mapping[str, Any], start: int
) -> Signature:
    """The signature of a task with these outputs, made of a function in a process begun then."""
    signed = _signed(function, start) if function else None
    if signed and _tells_all(signed.task, outputs):
        return of_source(signed.task, signed.task.own_definitions, signed.account)
    lines = tuple(lines_of(outputs))
    return Signature(f"{LIVE}.{digest('live', *lines)[:_DIGITS]}", lines)


def _tells_all(task: Task, outputs: Mapping[str, Any]) -> bool:
    """Whether the source has these outputs, and all of it could be followed.

    Whoever wraps a function may give it another interface than its source has.
    """
    same = {field.name for field in task.outputs} == set(outputs)
    return same and not Reachable(task.own_definitions).unresolved(task.outputs)


def _signed(function: Callable[..., object], start: int) -> Signed | None:
    try:
        return read_as_imported(function, start)
    except SigclockError:
        return None


def of_source(task: Task, definitions: Mapping[str, Definition], account: Account) -> Signature:
    """The signature of a task as its source has it, with what was accepted as the same."""
    long = Signatures(definitions).long(task.outputs, task.sdk)
    lines = [f"{field.name}: {spell(field.type)}" for field in task.outputs]
    for key in sorted(Reachable(definitions).keys(task.outputs)):
        lines += _parts(key, definitions[key])
    return Signature(f"{STATIC}.{canonical(long, account)[:_DIGITS]}", tuple(lines))


def _parts(key: str, definition: Definition) -> Iterator[str]:
    yield from (f"{key}.{field.name}: {spell(field.type)}" for field in definition.fields)
    yield from (f"{key}.{member.name}: {member.value}" for member in definition.members)
    yield from (f"{key} is based on {spell(base)}" for base in definition.bases)
    if definition.target:
        yield f"{key} is {spell(definition.target)}"


def difference(before: Signature, after: Signature, most: int = 3) -> str:
    """What differs between two signatures, in words."""
    if before.name[:2] != after.name[:2]:
        which = "the process" if after.name.startswith(LIVE) else "the one that stored its entry"
        return f"{which} did not import what its sources say now"
    sides = (before.lines, after.lines)
    old, new = (dict(line.partition(": ")[::2] for line in side) for side in sides)
    words = [f"{name}: {new[name]} was added" for name in new.keys() - old.keys()]
    words += [f"{name}: {old[name]} was removed" for name in old.keys() - new.keys()]
    words += [
        f"{name} was {old[name]}, is {new[name]}"
        for name in old.keys() & new.keys()
        if old[name] != new[name]
    ]
    more = [f"and {len(words) - most} more"] if len(words) > most else []
    return "; ".join([*sorted(words)[:most], *more]) or "its order or its way of storing changed"
