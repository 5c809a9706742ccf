"""Which task of the baseline is which current task: by name, else by what stayed the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from sigclock.interface.snapshot import Snapshot, Task


class Matching(msgspec.Struct, frozen=True):
    """`previous` maps new names to the baseline's where they differ; `removed` has the rest."""

    previous: dict[str, str]
    removed: tuple[str, ...]


def match(baseline: Snapshot, current: Snapshot) -> Matching:
    """A removed and an added task are the same if they agree and no other task agrees too."""
    removed = {name: task for name, task in baseline.tasks.items() if name not in current.tasks}
    added = {name: task for name, task in current.tasks.items() if name not in baseline.tasks}
    previous: dict[str, str] = {}
    for identity in (_exact, _same_function, _same_interface):
        for new, old in _unique_pairs(added, removed, identity):
            previous[new] = old
            del added[new], removed[old]
    return Matching(previous, tuple(sorted(removed)))


Identity = Callable[[Task], object]


def _unique_pairs(
    added: dict[str, Task], removed: dict[str, Task], identity: Identity
) -> list[tuple[str, str]]:
    new, old = _by(added.items(), identity), _by(removed.items(), identity)
    return [
        (names[0], old[key][0])
        for key, names in sorted(new.items(), key=lambda item: item[1])
        if len(names) == 1 and len(old.get(key, ())) == 1
    ]


def _by(tasks: Iterable[tuple[str, Task]], identity: Identity) -> dict[object, list[str]]:
    groups: dict[object, list[str]] = {}
    for name, task in tasks:
        groups.setdefault(identity(task), []).append(name)
    return groups


def _inputs(task: Task) -> tuple[str, ...]:
    return tuple(field.name for field in task.inputs)


def _exact(task: Task) -> object:
    return (task.sdk, task.function, task.signature, _inputs(task))


def _same_function(task: Task) -> object:
    return (task.sdk, task.function)


def _same_interface(task: Task) -> object:
    """For a task that was renamed in its file: everything else about it stays."""
    return (task.sdk, task.path, task.signature, task.inputs, task.cache)
