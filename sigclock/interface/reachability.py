"""Which classes the types of an interface reach, and what in them cannot be followed.

Many tasks return the same few classes, so each class is followed once for all of them.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping

from sigclock.interface.outside import outside_names
from sigclock.interface.references import definition_refs, refs
from sigclock.interface.snapshot import Definition, Field, Snapshot, Task
from sigclock.interface.type_tree import children
from sigclock.interface.types import Name, Type, Unresolved

_NONE: frozenset[str] = frozenset()


class Reachable:
    """Follows types through a set of definitions, and stops at a class that is not among them."""

    def __init__(self, definitions: Mapping[str, Definition]) -> None:
        self.definitions = definitions
        self._direct: dict[str, list[str]] = {}
        self._whole: dict[str, frozenset[str]] = {}
        self._unresolved: dict[str, list[Unresolved]] | None = None
        self._outside: dict[str, set[str]] = {}

    def keys(self, fields: Iterable[Field]) -> frozenset[str]:
        """The classes that the fields' types reach, through any number of others."""
        reached = [self._from(key) for field in fields for key in refs(field.type)]
        return reached[0] if len(reached) == 1 else _NONE.union(*reached)

    def unresolved(self, fields: Iterable[Field]) -> list[Unresolved]:
        """The parts that cannot be followed, each spelling once."""
        listed = tuple(fields)
        parts = [part for field in listed for part in _unresolved(field.type)]
        if self._in_classes:
            for key in sorted(self.keys(listed) & self._in_classes.keys()):
                parts += self._in_classes[key]
        return list({part.spelling: part for part in reversed(parts)}.values())

    def outside(self, fields: Iterable[Field], families: Container[str]) -> set[str]:
        """The classes from outside the tree that are of no family; they are compared by name."""
        listed = tuple(fields)
        names = {name for field in listed for name in outside_names(field.type, families)}
        for key in self.keys(listed):
            if key not in self._outside:
                types = _types_in(self.definitions[key])
                self._outside[key] = {n for type_ in types for n in outside_names(type_, families)}
            names |= self._outside[key]
        return names

    def _from(self, key: str) -> frozenset[str]:
        if key not in self._whole:
            reached: set[str] = set()
            queue = [key]
            while queue:
                mentioned = queue.pop()
                if mentioned in self.definitions and mentioned not in reached:
                    reached.add(mentioned)
                    queue.extend(self._next(mentioned))
            self._whole[key] = frozenset(reached)
        return self._whole[key]

    def _next(self, key: str) -> list[str]:
        if key not in self._direct:
            self._direct[key] = definition_refs(self.definitions[key])
        return self._direct[key]

    @property
    def _in_classes(self) -> dict[str, list[Unresolved]]:
        """The classes that have unresolved parts themselves; usually there are none."""
        if self._unresolved is None:
            by_class = {key: _in_class(definition) for key, definition in self.definitions.items()}
            self._unresolved = {key: parts for key, parts in by_class.items() if parts}
        return self._unresolved


def reachable_of(snapshot: Snapshot) -> Reachable:
    """The `Reachable` for the definitions that most tasks of a snapshot see; made once."""
    known = vars(snapshot)
    if "reach" not in known:
        known["reach"] = Reachable(snapshot.definitions)
    reach: Reachable = known["reach"]
    return reach


def reach_for(snapshot: Snapshot, task: Task) -> Reachable:
    """The `Reachable` for the definitions that a task sees."""
    return (
        Reachable(snapshot.definitions_of(task)) if task.own_definitions else reachable_of(snapshot)
    )


class Sameness:
    """Whether a task is the same on two sides, with all classes that it reaches.

    It says yes only if a comparison would find nothing. In most runs most tasks are the same.
    """

    def __init__(self, baseline: Snapshot, current: Snapshot) -> None:
        before, after = baseline.definitions, current.definitions
        self._reach = reachable_of(current)
        self._differing = {
            key for key, definition in after.items() if before.get(key) != definition
        }

    def of(self, before: Task, after: Task) -> bool:
        """Whether interface and classes are equal."""
        if before.own_definitions or after.own_definitions or before.sdk is not after.sdk:
            return False
        if (before.inputs, before.outputs) != (after.inputs, after.outputs):
            return False
        if before.signature != after.signature:
            return False
        if not self._differing:
            return True
        return self._differing.isdisjoint(self._reach.keys((*after.inputs, *after.outputs)))


def _in_class(definition: Definition) -> list[Unresolved]:
    types = _types_in(definition)
    return [part for type_ in types if type(type_) is not Name for part in _unresolved(type_)]


def _types_in(definition: Definition) -> list[Type]:
    types = [field.type for field in definition.fields]
    return [*types, *definition.bases, *([definition.target] if definition.target else [])]


def _unresolved(type_: Type) -> Iterator[Unresolved]:
    stack = [type_]
    while stack:
        part = stack.pop()
        if isinstance(part, Unresolved):
            yield part
        stack.extend(children(part))
