"""A class that moves together with its task is the same class: neither was renamed by itself."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from sigclock.interface.hash_schemes import signature
from sigclock.interface.reachability import Reachable
from sigclock.interface.snapshot import Definition, Snapshot, Task


def moved_along(baseline: Snapshot, before: Task, current: Snapshot, after: Task) -> Task:
    """The earlier task, with the classes that moved as it did under the names that they have now.

    A folder that is renamed with all that is in it moves the task's own name as well, or it is
    where Python starts and no name has it. Other classes keep their names, and so does every class
    where the signature of `before` is not what its definitions say.
    """
    known, now = baseline.definitions_of(before), current.definitions_of(after)
    moves = list(_moves(_module(before.path), _module(after.path)))
    if not moves or signature(before, known) != before.signature:
        return before
    names = {definition.import_name or key for key, definition in now.items()}
    renamed: dict[str, Definition] = {}
    for key in Reachable(known).keys((*before.inputs, *before.outputs)):
        name = known[key].import_name or key
        new = next((new for new in _under(name, moves) if new in names), None)
        if new is not None and name not in names:
            renamed[key] = msgspec.structs.replace(known[key], import_name=new)
    if not renamed:
        return before
    return msgspec.structs.replace(
        before,
        signature=signature(before, {**known, **renamed}),
        own_definitions={**before.own_definitions, **renamed},
    )


def _module(path: str) -> list[str]:
    return path.removesuffix(".py").split("/")


def _moves(old: list[str], new: list[str]) -> Iterator[tuple[str, str]]:
    """What a module's name began with and begins with now, wherever Python may start to count."""
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    while old or new:
        yield ".".join(old), ".".join(new)
        if not (old and new and old[0] == new[0]):
            return
        old, new = old[1:], new[1:]


def _under(name: str, moves: list[tuple[str, str]]) -> Iterator[str]:
    """The names that one may have after these moves."""
    for old, new in moves:
        if not old or name.startswith(f"{old}."):
            rest = name[len(old) :].lstrip(".")
            yield f"{new}.{rest}".lstrip(".")
