"""A history of trees → which version stood for which signature, from which commit to which. Pure.

A stretch is a connected part of the history at whose commits one task stood under one version with
one signature. The invariant is broken by every version of a cached task whose stretches have two.
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

    `root` is the name under which Flyte's caches know the task: an older one than `name` where a
    file moved but Flyte may go on calling the task as before. `until` is None for what stands at
    the tip. `following` tells what came then: a version, or why there is none.
    """

    root: str
    name: str
    declared: Declared
    latest: Declared
    since: int
    until: int | None = None
    following: str = ""
    previous_name: str | None = None
    joined: Stretch | None = None

    @property
    def pair(self) -> Pair:
        return pair(self.declared)

    @property
    def version(self) -> str | None:
        return self.pair[0]


def pair(declared: Declared) -> Pair:
    """The version (None where nothing is cached) and the signature."""
    task = declared.task
    return (task.cache.version if task.cached else None, task.signature)


class CommitNode(msgspec.Struct, frozen=True, eq=False):
    """A commit's tasks by name, as they were read and as far as they are known; their stretches."""

    read: TasksByName
    state: TasksByName
    stretches: Mapping[str, Stretch]


_NOTHING = CommitNode({}, {}, {})


class Timeline:
    """Takes commits in an order with parents first; `stretches` has the result after `close`."""

    def __init__(self) -> None:
        self._all: list[Stretch] = []

    def add(
        self,
        number: int,
        parents: Sequence[CommitNode],
        read: TasksByName,
        unread: frozenset[str] = frozenset(),
    ) -> CommitNode:
        """One commit more. `parents` are those that are walked; `unread` files do not parse."""
        if len(parents) == 1 and parents[0].read is read:
            return parents[0]
        state = _as_far_as_known(parents, read, unread)
        previous = _previous(parents, state)
        # Of an only parent, what is the very same goes on as it was.
        kept = parents[0] if len(parents) == 1 else _NOTHING
        stretches = {
            name: kept.stretches[name]
            if kept.state.get(name) is declared
            else self._stretch(number, parents, name, declared, previous.get(name))
            for name, declared in state.items()
        }
        node = CommitNode(read, state, stretches)
        renamed = {old: new for new, old in previous.items()}
        for parent in parents:
            _end(number, parent, node, renamed)
        return node

    def close(self, tip: CommitNode | None) -> list[Stretch]:
        """All stretches, oldest first, once every commit is in; `tip` is where history ends now."""
        for stretch in tip.stretches.values() if tip else ():
            whole = _whole(stretch)
            whole.until, whole.following = None, ""
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
        new = Stretch(root, name, declared, declared, number, previous_name=old)
        self._all.append(new)
        return new


def _as_far_as_known(
    parents: Sequence[CommitNode], read: TasksByName, unread: frozenset[str]
) -> TasksByName:
    """What is broken for a moment goes on as it was, until all of it can be read again."""
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
    """Names that are new here → what the task was called in a parent."""
    come = {name for name in state if not any(name in parent.state for parent in parents)}
    found: dict[str, str] = {}
    for parent in parents if come else ():
        if parent.state.keys() <= state.keys():
            continue
        matching = match(_snapshot(parent.state), _snapshot(state))
        for new, old in matching.previous.items():
            if new in come:
                found.setdefault(new, old)
    return found


def _snapshot(state: TasksByName) -> Snapshot:
    return Snapshot({name: declared.task for name, declared in state.items()})


def _whole(stretch: Stretch) -> Stretch:
    """The stretch that this one was joined into."""
    while stretch.joined is not None:
        stretch = stretch.joined
    return stretch


def _join(stretches: Iterable[Stretch]) -> Stretch:
    """A merge makes one stretch of those that it connects; the oldest stays."""
    distinct = {id(stretch): stretch for stretch in stretches}
    first, *rest = sorted(distinct.values(), key=lambda stretch: stretch.since)
    for one in rest:
        one.joined = first
        if one.until is not None and one.until > (first.until or -1):
            first.until, first.following = one.until, one.following
    return first


def _end(number: int, parent: CommitNode, node: CommitNode, renamed: Mapping[str, str]) -> None:
    """Note where the stretches of a parent do not go on."""
    for name, left in parent.stretches.items():
        if node.stretches.get(name) is left:
            continue
        stretch = _whole(left)
        current = renamed.get(name, name)
        going_on = (node.stretches.get(current), node.stretches.get(name))
        if any(one is not None and _whole(one) is stretch for one in going_on):
            continue
        if stretch.until is None or stretch.until <= number:
            stretch.until = number
            stretch.following = _following(name, current, node.state)


def _following(name: str, current: str, state: TasksByName) -> str:
    if name not in state and current in state:
        return f"renamed to {current}"
    if name not in state:
        return "removed"
    version = pair(state[name])[0]
    return "no longer cached" if version is None else f'"{version}"'


def by_version(stretches: Iterable[Stretch]) -> Iterator[tuple[str, str, list[Stretch]]]:
    """(root name, version, its stretches oldest first) of all that was cached, sorted."""
    groups: dict[tuple[str, str], list[Stretch]] = {}
    for stretch in stretches:
        if stretch.version is not None:
            groups.setdefault((stretch.root, stretch.version), []).append(stretch)
    for (root, version), found in sorted(groups.items()):
        yield root, version, found
