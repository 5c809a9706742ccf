"""Two interfaces → what changed between them, as neutral facts; nothing is judged here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from sigclock.interface.change import Change, ChangeKind
from sigclock.interface.locations import PartLocations, location_of
from sigclock.interface.snapshot import Definition, Extraction, Field, Member, Snapshot, Task
from sigclock.interface.type_tree import substitute
from sigclock.interface.types import (
    ARTIFACT,
    BESIDE_VALUE,
    CHECKED_BY,
    NONE,
    Annotated,
    Apply,
    Literal,
    Name,
    Parameter,
    Ref,
    Type,
    Union,
    spell,
)
from sigclock.source import Location

#: What is written around a type and holds no value itself.
_QUALIFIERS = {"typing.NotRequired", "typing.Required", "typing.Final"}
_CONTAINERS = {"list", "dict", "set", "tuple", "frozenset"}


class At(msgspec.Struct, frozen=True):
    """Where the comparison is: the path from the task, and the declaration around it."""

    path: str
    location: Location | None = None
    definition: str | None = None

    def below(self, suffix: str) -> At:
        """The same declaration, further inside its type."""
        return At(f"{self.path}{suffix}", self.location, self.definition)

    def change(self, kind: ChangeKind, old: str | None, new: str | None) -> Change:
        return Change(kind, self.path, old, new, self.location, self.definition)

    def retyped(self, kind: ChangeKind, old: Type, new: Type) -> Change:
        return self.change(kind, spell(old), spell(new))


class Pair(msgspec.Struct, frozen=True):
    """Two versions of a class to compare next; `at.definition` is its current key."""

    old: Definition
    new: Definition
    at: At


#: Changes, and pairs of classes with more of them.
Steps = Iterator[Change | Pair]


class Kinds(msgspec.Struct, frozen=True):
    """The kinds of change for the parts of an owner: added, removed, renamed."""

    added: ChangeKind
    removed: ChangeKind
    renamed: ChangeKind


_OUTPUTS = Kinds(ChangeKind.OUTPUT_ADDED, ChangeKind.OUTPUT_REMOVED, ChangeKind.OUTPUT_RENAMED)
_INPUTS = Kinds(ChangeKind.INPUT_ADDED, ChangeKind.INPUT_REMOVED, ChangeKind.FIELD_RENAMED)
_FIELDS = Kinds(ChangeKind.FIELD_ADDED, ChangeKind.FIELD_REMOVED, ChangeKind.FIELD_RENAMED)


def compare(
    baseline: Snapshot, before: Task, current: Extraction, after: Task, name: str
) -> tuple[Change, ...]:
    """What changed in one task's interface, outputs first, with places from the current side."""
    old, new = baseline.definitions_of(before), current.snapshot.definitions_of(after)
    # A class is reported once among outputs and once among inputs, at the first path to it.
    outputs = tuple(Comparison(old, new, current.places).outputs(before, after, name))
    if not outputs and before.signature != after.signature:
        pickled = Comparison(old, new, current.places, pickled=True)
        outputs = tuple(pickled.outputs(before, after, name))
    inputs = Comparison(old, new, current.places).inputs(before, after, name)
    return (*outputs, *inputs)


class Comparison:
    """Compares types over the definitions of two sides; each pair of classes is compared once.

    If `pickled`, it also compares what only a pickle has: the order of fields, and slots.
    """

    def __init__(
        self,
        baseline: Mapping[str, Definition],
        current: Mapping[str, Definition],
        places: PartLocations,
        *,
        pickled: bool = False,
    ) -> None:
        self._baseline = baseline
        self._current = current
        self._places = places
        self._pickled = pickled
        self._seen: set[tuple[str, str]] = set()

    def outputs(self, before: Task, after: Task, name: str) -> Iterator[Change]:
        """The changes of what a task returns; from nothing or to nothing is a single change."""
        return self._changes(self._returned(before, after, name))

    def inputs(self, old: Task, new: Task, name: str) -> Iterator[Change]:
        """The changes of what a task takes."""
        return self._changes(self._fields(old.inputs, new.inputs, At("inputs"), _INPUTS, name))

    def _changes(self, steps: Steps) -> Iterator[Change]:
        """All changes in order; without recursion, for a chain of classes may be very long."""
        stack = [steps]
        while stack:
            step = next(stack[-1], None)
            match step:
                case None:
                    stack.pop()
                case Pair(old, new, at):
                    stack.append(self._classes(old, new, at))
                case Change():
                    yield step

    def _returned(self, before: Task, after: Task, name: str) -> Steps:
        if before.void == after.void:
            yield from self._fields(before.outputs, after.outputs, At("outputs"), _OUTPUTS, name)
            return
        kind = ChangeKind.BECAME_VOID if after.void else ChangeKind.BECAME_VALUE
        old, new = (", ".join(_spelled(task.outputs)) or "None" for task in (before, after))
        yield At("outputs", self._place(name, "")).change(kind, old, new)

    def _fields(
        self,
        before: tuple[Field, ...],
        after: tuple[Field, ...],
        at: At,
        kinds: Kinds,
        owner: str,
    ) -> Steps:
        """Added, removed and persisted parts; one removed and one added of a type is a rename."""
        old = {field.name: field.type for field in before}
        new = {field.name: field.type for field in after}
        removed = {name: type_ for name, type_ in old.items() if name not in new}
        added = {name: type_ for name, type_ in new.items() if name not in old}
        if len(removed) == len(added) == 1 and list(removed.values()) == list(added.values()):
            (was,), (is_,) = removed, added
            yield self._new(self._part(at, owner, is_).change(kinds.renamed, was, is_), owner)
            removed, added = {}, {}
        for name, type_ in added.items():
            here = self._part(at, owner, name)
            yield self._new(here.change(kinds.added, None, spell(type_)), owner)
        for name, type_ in removed.items():
            yield self._part(at, owner, name).change(kinds.removed, spell(type_), None)
        for name, type_ in new.items():
            if name in old:
                yield from self._type(old[name], type_, self._part(at, owner, name))

    def _new(self, change: Change, owner: str) -> Change:
        there = location_of(self._places, owner, change.path.rpartition(".")[2])
        return msgspec.structs.replace(change, default=bool(there and there.default))

    def _part(self, at: At, owner: str, name: str) -> At:
        return At(f"{at.path}.{name}", self._place(owner, name), at.definition)

    def _place(self, owner: str, part: str) -> Location | None:
        """Where a part is declared; if it was removed, where its owner is declared."""
        declared = location_of(self._places, owner, part) or location_of(self._places, owner, "")
        return declared.location if declared else None

    # -- types -------------------------------------------------------------------------------

    def _type(self, old: Type, new: Type, at: At) -> Steps:
        match old, new:
            case Ref(), Ref():
                yield from self._reference(old, new, at)
            case _ if old == new:
                yield from self._inside(old, at)
            case (Union(), _) | (_, Union()):
                yield from self._union(old, new, at)
            case Literal(), Literal():
                yield from _literals(old, new, at)
            case (Annotated(), _) | (_, Annotated()):
                yield from self._annotated(old, new, at)
            case (Apply("typing.NotRequired", (inner,)), _) if not _may_be_absent(new):
                yield at.retyped(ChangeKind.BECAME_REQUIRED, old, new)
                yield from self._type(inner, new, at)
            case (_, Apply("typing.NotRequired", (inner,))) if not _may_be_absent(old):
                yield at.retyped(ChangeKind.BECAME_OPTIONAL, old, new)
                yield from self._type(old, inner, at)
            case Apply(origin), Apply(other) if origin == other:
                yield from self._arguments(old, new, at)
            case _:
                container = _is_container(old, new)
                kind = ChangeKind.CONTAINER_CHANGED if container else ChangeKind.RETYPED
                yield at.retyped(kind, old, new)

    def _inside(self, type_: Type, at: At) -> Steps:
        """The same spelling may still lead to classes that changed."""
        match type_:
            case Apply(origin, args):
                for index, arg in enumerate(args):
                    yield from self._type(arg, arg, at.below(_item(origin, index)))
            case Union(members):
                for member in members:
                    yield from self._type(member, member, at)
            case Annotated(base):
                yield from self._type(base, base, at)
            case _:
                return

    def _reference(self, old: Ref, new: Ref, at: At) -> Steps:
        if old.name != new.name and (old.name in self._current or new.name in self._baseline):
            # One of the two names is on both sides, so this is another class and not a rename.
            yield at.retyped(ChangeKind.RETYPED, old, new)
            return
        if len(old.args) != len(new.args):
            yield at.retyped(ChangeKind.RETYPED, old, new)
        for index, (before, after) in enumerate(zip(old.args, new.args, strict=False)):
            yield from self._type(before, after, at.below(f"[{index}]"))
        if (old.name, new.name) in self._seen:
            return
        self._seen.add((old.name, new.name))
        was, is_ = self._baseline[old.name], self._current[new.name]
        before_name, after_name = was.import_name or old.name, is_.import_name or new.name
        here = At(at.path, self._place(new.name, ""), new.name)
        if before_name != after_name:
            yield here.change(ChangeKind.CLASS_RENAMED, before_name, after_name)
        yield Pair(was, is_, here)

    def _classes(self, old: Definition, new: Definition, at: At) -> Steps:
        """Two versions of a class; `at.definition` is its current key."""
        key = at.definition or ""
        old = _in_variables_of(new, old)
        kinds = [_kind(definition, slots=self._pickled) for definition in (old, new)]
        if kinds[0] != kinds[1]:
            yield at.change(ChangeKind.CLASS_KIND_CHANGED, *kinds)
        yield from self._fields(old.fields, new.fields, at, _FIELDS, key)
        if self._pickled and (new.slots or new.kind.pickled_by_position):
            yield from _order(
                [field.name for field in old.fields], [field.name for field in new.fields], at
            )
        yield from self._members(old.members, new.members, at, key)
        if old.bases != new.bases:
            before, after = (
                ", ".join(map(spell, definition.bases)) or None for definition in (old, new)
            )
            yield at.change(ChangeKind.BASE_CHANGED, before, after)
        if old.target is not None and new.target is not None:
            yield from self._type(old.target, new.target, at.below(".target"))

    def _members(self, old: tuple[Member, ...], new: tuple[Member, ...], at: At, key: str) -> Steps:
        before = {member.name: member.value for member in old}
        after = {member.name: member.value for member in new}
        for name, value in after.items():
            here = self._part(at, key, name)
            if name not in before:
                yield here.change(ChangeKind.MEMBER_ADDED, None, value)
            elif before[name] != value:
                yield here.change(ChangeKind.MEMBER_REVALUED, before[name], value)
        for name, value in before.items():
            if name not in after:
                yield self._part(at, key, name).change(ChangeKind.MEMBER_REMOVED, value, None)
        if before == after:
            yield from _order(list(before), list(after), at)

    def _union(self, old: Type, new: Type, at: At) -> Steps:
        before, after = _members_of(old), _members_of(new)
        removed = [member for member in before if member not in after]
        added = [member for member in after if member not in before]
        for member in before:
            if member in after:
                yield from self._type(member, member, at)
        was, is_ = ([member for member in some if member != NONE] for some in (removed, added))
        if len(was) == len(is_) == 1:
            yield from self._type(was[0], is_[0], at)
            removed.remove(was[0])
            added.remove(is_[0])
        for member in added:
            optional = ChangeKind.BECAME_OPTIONAL
            kind = optional if member == NONE else ChangeKind.UNION_MEMBER_ADDED
            yield at.retyped(kind, old, new)
        for member in removed:
            required = ChangeKind.BECAME_REQUIRED
            kind = required if member == NONE else ChangeKind.UNION_MEMBER_REMOVED
            yield at.retyped(kind, old, new)
        if set(before) == set(after):
            yield at.retyped(ChangeKind.ORDER_CHANGED, old, new)

    def _annotated(self, old: Type, new: Type, at: At) -> Steps:
        before = old if isinstance(old, Annotated) else Annotated(old)
        after = new if isinstance(new, Annotated) else Annotated(new)
        yield from self._type(before.base, after.base, at)
        for kind, start in (
            (ChangeKind.FORMAT_CHANGED, ""),
            (ChangeKind.ARTIFACT_CHANGED, ARTIFACT),
            (ChangeKind.RETYPED, CHECKED_BY),
        ):
            texts = [_facts(side, start) for side in (before, after)]
            if start == CHECKED_BY and any(texts):
                sides = zip(texts, (before, after), strict=True)
                texts = [text or spell(side.base) for text, side in sides]
            if texts[0] != texts[1]:
                yield at.change(kind, *texts)
        was = {column.name: spell(column.type) for column in before.columns}
        is_ = {column.name: spell(column.type) for column in after.columns}
        for name in sorted(is_.keys() - was.keys()):
            yield at.below(f"[{name!r}]").change(ChangeKind.COLUMN_ADDED, None, is_[name])
        for name in sorted(was.keys() - is_.keys()):
            yield at.below(f"[{name!r}]").change(ChangeKind.COLUMN_REMOVED, was[name], None)
        for name in sorted(was.keys() & is_.keys()):
            if was[name] != is_[name]:
                here = at.below(f"[{name!r}]")
                yield here.change(ChangeKind.COLUMN_RETYPED, was[name], is_[name])
        if was == is_:
            yield from _order(list(was), list(is_), at)

    def _arguments(self, old: Apply, new: Apply, at: At) -> Steps:
        common = min(len(old.args), len(new.args))
        for index in range(common):
            here = at.below(_item(old.origin, index))
            yield from self._type(old.args[index], new.args[index], here)
        for index, item in enumerate(new.args[common:], common):
            here = at.below(_item(old.origin, index))
            yield here.change(ChangeKind.ITEM_ADDED, None, spell(item))
        for index, item in enumerate(old.args[common:], common):
            here = at.below(_item(old.origin, index))
            yield here.change(ChangeKind.ITEM_REMOVED, spell(item), None)


def _order(old: list[str], new: list[str], at: At) -> Steps:
    """The same names, perhaps not in the same order."""
    if old != new:
        yield at.change(ChangeKind.ORDER_CHANGED, " ".join(old), " ".join(new))


def _kind(definition: Definition, *, slots: bool) -> str:
    return f"{definition.kind.name}{' with slots' if slots and definition.slots else ''}"


def _in_variables_of(new: Definition, old: Definition) -> Definition:
    """The old class with the new class's names for type variables, which match by position."""
    if old.parameters == new.parameters:
        return old
    pairs = zip(old.parameters, new.parameters, strict=False)
    called: dict[str, Type] = {name: Parameter(other) for name, other in pairs}
    fields = tuple(Field(field.name, substitute(field.type, called)) for field in old.fields)
    bases = tuple(substitute(base, called) for base in old.bases)
    return msgspec.structs.replace(old, fields=fields, bases=bases)


def _spelled(fields: tuple[Field, ...]) -> list[str]:
    return [spell(field.type) for field in fields]


def _literals(old: Literal, new: Literal, at: At) -> Steps:
    for value in new.values:
        if value not in old.values:
            yield at.change(ChangeKind.LITERAL_ADDED, None, value)
    for value in old.values:
        if value not in new.values:
            yield at.change(ChangeKind.LITERAL_REMOVED, value, None)


def _facts(type_: Annotated, start: str) -> str | None:
    """The facts that start with a word; the formats, if that is empty."""
    others = BESIDE_VALUE if not start else ()
    facts = [fact for fact in type_.facts if fact.startswith(start) and not fact.startswith(others)]
    return ", ".join(fact.removeprefix(start) for fact in facts) or None


def _item(origin: str, index: int) -> str:
    """`[]` for an element, `[key]` for a mapping's key, `[0]` for a tuple's item."""
    if origin in _QUALIFIERS:
        return ""
    if origin == "tuple":
        return f"[{index}]"
    return "[key]" if origin == "dict" and index == 0 else "[]"


def _members_of(type_: Type) -> tuple[Type, ...]:
    return type_.members if isinstance(type_, Union) else (type_,)


def _may_be_absent(type_: Type) -> bool:
    return isinstance(type_, Apply) and type_.origin == "typing.NotRequired"


def _is_container(*types_: Type) -> bool:
    named = (t.dotted if isinstance(t, Name) else "" for t in types_ if not isinstance(t, Apply))
    return all(name in _CONTAINERS for name in named)
