"""A history of trees → which version had which signature, from which commit to which. Pure.

A stretch is a connected part of the history in which a task has the same version and signature. A
version of a cached task breaks the invariant if its stretches have two signatures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from sigclock.interface.renames import match
from sigclock.interface.snapshot import Snapshot
from sigclock.lock.retention import is_unread
from sigclock.tasks.file_reader import Declared

TasksByName = Mapping[str, Declared]
Pair = tuple[str | None, str]


class Stretch(msgspec.Struct, eq=False):
    """`declared` is the task as it began, `latest` as it was last seen.

    `since` and `until` are numbers of commits, parents first; `until` is the first without it.

    `root` is the name under which Flyte's caches know the task: an older name than `name` if a file
    moved and Flyte may still use the name from before. `until` is None for a stretch at the tip.
    `ended_by` says what came next: a version, or why there is none. `came_from` is what a parent
    of its first commit had instead.
    """

    root: str
    name: str
    declared: Declared
    latest: Declared
    since: int
    until: int | None = None
    ended_by: str = ""
    previous_name: str | None = None
    joined: Stretch | None = None
    came_from: Stretch | None = None

    @property
    def pair(self) -> Pair:
        return pair(self.declared)

    @property
    def version(self) -> str | None:
        return self.pair[0]


def pair(declared: Declared) -> Pair:
    """The version (None if nothing is cached) and the signature."""
    task = declared.task
    return (task.cache.version if task.cached else None, task.signature)


class CommitNode(msgspec.Struct, frozen=True, eq=False):
    """A commit's tasks by name, as `read` and as known (`state`), and their stretches."""

    read: TasksByName
    state: TasksByName
    stretches: Mapping[str, Stretch]


_NOTHING = CommitNode({}, {}, {})


class Timeline:
    """Takes commits, parents first; `close` returns the stretches."""

    def __init__(self) -> None:
        self._all: list[Stretch] = []

    def add(
        self,
        number: int,
        parents: Sequence[CommitNode],
        read: TasksByName,
        unread: frozenset[str] = frozenset(),
    ) -> CommitNode:
        """Add a commit. `parents` are its walked parents; `unread` files do not parse."""
        if len(parents) == 1 and parents[0].read is read:
            return parents[0]
        state = _as_far_as_known(parents, read, unread)
        previous = _previous(parents, state)
        # With a single parent, the stretch of an unchanged task goes on.
        only_parent = parents[0] if len(parents) == 1 else _NOTHING
        stretches = {
            name: only_parent.stretches[name]
            if only_parent.state.get(name) is declared
            else self._stretch(number, parents, name, declared, previous.get(name))
            for name, declared in state.items()
        }
        node = CommitNode(read, state, stretches)
        renamed = {old: new for new, old in previous.items()}
        for parent in parents:
            _end(number, parent, node, renamed)
        return node

    def close(self, tip: CommitNode | None) -> list[Stretch]:
        """All stretches, oldest first, after the last commit; `tip` is where history ends."""
        for stretch in tip.stretches.values() if tip else ():
            whole = _whole(stretch)
            whole.until, whole.ended_by = None, ""
        return sorted(
            (stretch for stretch in self._all if stretch.joined is None),
            key=lambda stretch: (stretch.since, stretch.name),
        )

    def _stretch(
        self,
        number: int,
        parents: Sequence[CommitNode],
        name: str,
        declared: Declared,
        old: str | None,
    ) -> Stretch:
        inherited = _inherited(parents, name)
        carried = _inherited(parents, old) if old and declared.ambiguous else []
        same = [stretch for stretch in (*inherited, *carried) if stretch.pair == pair(declared)]
        if same:
            whole = _join(same)
            whole.name, whole.latest = name, declared
            return whole
        before = [*inherited, *carried]
        root = before[0].root if before else name
        earlier = [*before, *(_inherited(parents, old) if old else [])]
        came_from = earlier[0] if earlier else None
        new = Stretch(
            root, name, declared, declared, number, previous_name=old, came_from=came_from
        )
        self._all.append(new)
        return new


def _as_far_as_known(
    parents: Sequence[CommitNode], read: TasksByName, unread: frozenset[str]
) -> TasksByName:
    """The state of a commit: a task that cannot be read keeps its state from the parent."""
    first = parents[0] if parents else _NOTHING
    state: dict[str, Declared] = {}
    for name, declared in read.items():
        if first.read.get(name) is declared and name in first.state:
            state[name] = first.state[name]
        elif not is_unread(declared.task, declared.task.own_definitions):
            state[name] = declared
        elif before := next(
            (parent.state[name] for parent in parents if name in parent.state), None
        ):
            task = msgspec.structs.replace(before.task, cache=declared.task.cache)
            state[name] = msgspec.structs.replace(before, task=task)
    for parent in parents if unread else ():
        for name, declared in parent.state.items():
            if name not in read and declared.task.path in unread:
                state.setdefault(name, declared)
    return state


def _inherited(parents: Sequence[CommitNode], name: str) -> list[Stretch]:
    return [_whole(parent.stretches[name]) for parent in parents if name in parent.stretches]


def _previous(parents: Sequence[CommitNode], state: TasksByName) -> dict[str, str]:
    """New name → the name of the task in a parent."""
    added = {name for name in state if not any(name in parent.state for parent in parents)}
    previous: dict[str, str] = {}
    for parent in parents if added else ():
        if parent.state.keys() <= state.keys():
            continue
        matching = match(_snapshot(parent.state), _snapshot(state))
        for new, old in matching.previous.items():
            if new in added:
                previous.setdefault(new, old)
    return previous


def _snapshot(state: TasksByName) -> Snapshot:
    return Snapshot({name: declared.task for name, declared in state.items()})


def _whole(stretch: Stretch) -> Stretch:
    """The stretch into which this one was joined, or itself."""
    while stretch.joined is not None:
        stretch = stretch.joined
    return stretch


def _join(stretches: Iterable[Stretch]) -> Stretch:
    """Join the stretches that a merge connects into the oldest of them."""
    distinct = {id(stretch): stretch for stretch in stretches}
    first, *rest = sorted(distinct.values(), key=lambda stretch: stretch.since)
    for stretch in rest:
        stretch.joined = first
        if stretch.until is not None and stretch.until > (first.until or -1):
            first.until, first.ended_by = stretch.until, stretch.ended_by
    return first


def _end(number: int, parent: CommitNode, node: CommitNode, renamed: Mapping[str, str]) -> None:
    """End the stretches of a parent that do not go on."""
    for name, parent_stretch in parent.stretches.items():
        if node.stretches.get(name) is parent_stretch:
            continue
        stretch = _whole(parent_stretch)
        current = renamed.get(name, name)
        successors = (node.stretches.get(current), node.stretches.get(name))
        if any(next_ is not None and _whole(next_) is stretch for next_ in successors):
            continue
        if stretch.until is None or stretch.until <= number:
            stretch.until = number
            stretch.ended_by = _ending(name, current, node.state)


def _ending(name: str, current: str, state: TasksByName) -> str:
    if name not in state and current in state:
        return f"renamed to {current}"
    if name not in state:
        # Nobody looked whether its function stands there, under what cannot be followed.
        return "removed, or no longer followed"
    version = pair(state[name])[0]
    return "no longer cached" if version is None else f'"{version}"'


def moved_along(stretches: Mapping[str, Iterable[Stretch]]) -> None:
    """A task whose project moved in a commit came from what the project before had."""
    ended = {
        (stretch.name, stretch.until): (project, stretch)
        for project, own in stretches.items()
        for stretch in own
        if stretch.until is not None
    }
    for project, own in stretches.items():
        for stretch in own:
            other, before = ended.get((stretch.name, stretch.since), (project, None))
            if stretch.came_from is None and other != project:
                stretch.came_from = before


def by_version(stretches: Iterable[Stretch]) -> Iterator[tuple[str, str, list[Stretch]]]:
    """(root name, version, its stretches oldest first) of all that was cached, sorted."""
    groups: dict[tuple[str, str], list[Stretch]] = {}
    for stretch in stretches:
        if stretch.version is not None:
            groups.setdefault((stretch.root, stretch.version), []).append(stretch)
    for (root, version), group in sorted(groups.items()):
        yield root, version, group
