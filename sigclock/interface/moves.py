"""Under which names stored values have a class: where it moved with its task, or left its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from sigclock.interface.hash_schemes import signature
from sigclock.interface.reachability import Reachable
from sigclock.interface.signature import Mode, modes
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
    names = {_name(*item) for item in now.items()}
    renamed: dict[str, Definition] = {}
    for key in Reachable(known).keys((*before.inputs, *before.outputs)):
        name = _name(key, known[key])
        new = next((new for new in _under(name, moves) if new in names), None)
        if new is not None and name not in names:
            renamed[key] = msgspec.structs.replace(known[key], import_name=new)
    return _called(before, known, renamed) if renamed else before


def left_names(baseline: Snapshot, before: Task, current: Snapshot, after: Task) -> set[str]:
    """The names under which pickles of the earlier task have classes, and no class has now."""
    known, now = baseline.definitions_of(before), current.definitions_of(after)
    names = {_name(key, known[key]) for key in _pickled(before, known)}
    return names - {_name(*item) for item in now.items()} if names else names


def as_stored(tree: Snapshot, task: Task, former: Mapping[str, str]) -> Task:
    """The task with its pickled classes under their former names, where they have any.

    `former` has names that lead to a class still, each with that class's name.
    """
    known = tree.definitions_of(task)
    before = {new: old for old, new in sorted(former.items())}
    renamed = {
        key: msgspec.structs.replace(known[key], import_name=before[name])
        for key in _pickled(task, known)
        if (name := _name(key, known[key])) in before
    }
    return _called(task, known, renamed) if renamed else task


def _called(task: Task, known: Mapping[str, Definition], renamed: Mapping[str, Definition]) -> Task:
    """The task whose classes are called otherwise."""
    return msgspec.structs.replace(
        task,
        signature=signature(task, {**known, **renamed}),
        own_definitions={**task.own_definitions, **renamed},
    )


def _name(key: str, definition: Definition) -> str:
    return definition.import_name or key


def _pickled(task: Task, known: Mapping[str, Definition]) -> Iterator[str]:
    """The classes whose names are in a pickle of what a task takes and returns."""
    for key, found in modes((*task.outputs, *task.inputs), known, task.sdk).items():
        if Mode.PICKLED in found or known[key].kind.pickled:
            yield key


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
