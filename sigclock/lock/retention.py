"""What a lock keeps of tasks whose state is unknown now, and of tasks that are not bumped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from sigclock.interface.reachability import Reachable
from sigclock.interface.snapshot import CacheKind, Definition, Extraction, Snapshot, Task
from sigclock.interface.type_tree import children
from sigclock.interface.types import Type, Unresolved
from sigclock.lock.lock import Lock

Definitions = Mapping[str, Definition]


def as_far_as_known(lock: Lock, extraction: Extraction) -> Extraction:
    """The tree, but with the locked state of each task that needs a file that does not parse.

    It may need the file for a class or for the version. A file that is broken for a moment must
    cost no version. A new task of that kind is left out until all of it can be read; until then
    there is the finding about the file.
    """
    if not extraction.unparsed:
        return extraction
    snapshot = extraction.snapshot
    tasks = {name: _known(name, task, lock, extraction) for name, task in snapshot.tasks.items()}
    known = {name: task for name, task in tasks.items() if task is not None}
    return msgspec.structs.replace(extraction, snapshot=Snapshot(known, snapshot.definitions))


def is_unknown(name: str, locked: Task, extraction: Extraction) -> bool:
    """Whether a locked task's state is unknown: its file, or one that declares it, is not read."""
    if name in extraction.unseen:
        return True
    missing = name not in extraction.snapshot.tasks
    return locked.path in extraction.unparsed or (missing and locked.path in extraction.unsettled)


def _known(name: str, task: Task, lock: Lock, extraction: Extraction) -> Task | None:
    """The task of the tree or of the lock; None for a new task that cannot be read whole."""
    unsettled = task.path in extraction.unsettled and task.cache.kind is not CacheKind.PINNED
    if unsettled:
        locked = lock.snapshot.tasks.get(name)
        if locked is not None and locked.cache != task.cache:
            return _locked(msgspec.structs.replace(task, cache=locked.cache), name, lock)
        if locked is None and task.cached:
            return None
    unread = is_unread(task, extraction.snapshot.definitions)
    return _locked(task, name, lock) if unread else task


def snapshot(tasks: Iterable[tuple[str, Task, Definitions]]) -> Snapshot:
    """A snapshot of tasks that may see a class differently.

    Each task comes with the definitions that it sees. The shared definitions have a class as the
    first task sees it; a later task that sees another definition of it gets its own.
    """
    shared: dict[str, Definition] = {}
    stored: dict[str, Task] = {}
    reaches: dict[int, Reachable] = {}
    for name, task, definitions in tasks:
        # Nearly all tasks see the same definitions.
        if id(definitions) not in reaches:
            reaches[id(definitions)] = Reachable(definitions)
        reach = reaches[id(definitions)]
        own_definitions = {}
        for key in reach.keys((*task.inputs, *task.outputs)):
            definition = definitions[key]
            if shared.setdefault(key, definition) is not definition and shared[key] != definition:
                own_definitions[key] = definition
        own_definitions = dict(sorted(own_definitions.items()))
        stored[name] = (
            msgspec.structs.replace(task, own_definitions=own_definitions)
            if own_definitions or task.own_definitions
            else task
        )
    return Snapshot(dict(sorted(stored.items())), dict(sorted(shared.items())))


def _locked(task: Task, name: str, lock: Lock) -> Task | None:
    """The task with its locked interface and its own definitions; None if it is not locked."""
    locked = lock.snapshot.tasks.get(name)
    if locked is None:
        return None
    definitions = lock.snapshot.definitions_of(locked)
    own_definitions = {key: definitions[key] for key in reached(locked, definitions)}
    return msgspec.structs.replace(
        locked, path=task.path, cache=task.cache, own_definitions=own_definitions
    )


def is_unread(task: Task, definitions: Definitions) -> bool:
    """Whether a part of the interface is in a file that does not parse."""
    fields = (*task.inputs, *task.outputs)
    types_ = [field.type for field in fields]
    for key in reached(task, definitions):
        definition = definitions[key]
        types_ += [field.type for field in definition.fields]
        types_ += [*definition.bases, *([definition.target] if definition.target else [])]
    return any(
        isinstance(part, Unresolved) and part.reason == "unreadable"
        for type_ in types_
        for part in _parts(type_)
    )


def _parts(type_: Type) -> Iterator[Type]:
    yield type_
    for child in children(type_):
        yield from _parts(child)


def reached(task: Task, definitions: Definitions) -> frozenset[str]:
    """The keys of all classes that a task reaches."""
    return Reachable(definitions).keys((*task.inputs, *task.outputs))
