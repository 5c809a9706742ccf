"""Two interfaces → what changed between them, as neutral facts; nothing is judged here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sigclock.model.change import Change, ChangeKind
from sigclock.model.snapshot import Definition, Extraction, Field, Place, Snapshot, Task
from sigclock.model.source import Location
from sigclock.model.types import NONE, Annotated, Apply, Literal, Name, Ref, Type, Union, spell

Places = Mapping[tuple[str, str], Place]


class Comparison:
    """Compares the types of two snapshots; classes are compared once a task, at their first path."""

    def __init__(
        self,
        baseline: Mapping[str, Definition],
        current: Mapping[str, Definition],
        places: Places,
    ) -> None:
        self._baseline = baseline
        self._current = current
        self._places = places
        self._seen: set[tuple[str, str]] = set()

    def interfaces(self, before: Task, after: Task, name: str) -> tuple[Change, ...]:
        """Every change of outputs, then of inputs."""
        self._seen.clear()
        outputs = list(self._outputs(before, after, name))
        self._seen.clear()
        return tuple([*outputs, *self._inputs(before, after, name)])

    # -- interfaces --------------------------------------------------------------------------

    def _outputs(self, before: Task, after: Task, name: str) -> Iterator[Change]:
        place = self._places.get((name, ""))
        location = place.location if place else None
        if before.void != after.void:
            kind = ChangeKind.BECAME_VOID if after.void else ChangeKind.BECAME_VALUE
            old, new = (", ".join(_spelled(task.outputs)) or "None" for task in (before, after))
            yield Change(kind, "outputs", old, new, location)
            return
        kinds = (ChangeKind.OUTPUT_ADDED, ChangeKind.OUTPUT_REMOVED, ChangeKind.OUTPUT_RENAMED)
        yield from self._fields(before.outputs, after.outputs, "outputs", kinds, name, None)

    def _inputs(self, before: Task, after: Task, name: str) -> Iterator[Change]:
        kinds = (ChangeKind.INPUT_ADDED, ChangeKind.INPUT_REMOVED, ChangeKind.FIELD_RENAMED)
        yield from self._fields(before.inputs, after.inputs, "inputs", kinds, name, None)

    def _fields(
        self,
        before: tuple[Field, ...],
        after: tuple[Field, ...],
        path: str,
        kinds: tuple[ChangeKind, ChangeKind, ChangeKind],
        owner: str,
        definition: str | None,
    ) -> Iterator[Change]:
        """Added, removed and persisted parts; one gone and one come of the same type is a rename."""
        added, removed, renamed = kinds
        old = {field.name: field.type for field in before}
        new = {field.name: field.type for field in after}
        gone = [name for name in old if name not in new]
        come = [name for name in new if name not in old]
        if len(gone) == len(come) == 1 and spell(old[gone[0]]) == spell(new[come[0]]):
            place = self._place(owner, come[0])
            yield Change(renamed, f"{path}.{come[0]}", gone[0], come[0], place, definition)
            gone, come = [], []
        for name in come:
            found = self._places.get((owner, name))
            yield Change(
                added,
                f"{path}.{name}",
                None,
                spell(new[name]),
                self._place(owner, name),
                definition,
                default=found.default if found else False,
            )
        for name in gone:
            yield Change(
                removed,
                f"{path}.{name}",
                spell(old[name]),
                None,
                self._place(owner, name),
                definition,
            )
        for name in new:
            if name in old:
                where = self._place(owner, name)
                yield from self._type(old[name], new[name], f"{path}.{name}", where, definition)

    def _place(self, owner: str, part: str) -> Location | None:
        found = self._places.get((owner, part)) or self._places.get((owner, ""))
        return found.location if found else None

    # -- types -------------------------------------------------------------------------------

    def _type(
        self, old: Type, new: Type, path: str, where: Location | None, definition: str | None
    ) -> Iterator[Change]:
        if isinstance(old, Ref) and isinstance(new, Ref):
            yield from self._reference(old, new, path, where, definition)
        elif old == new:
            yield from self._unchanged(old, path)
        elif isinstance(old, Union) or isinstance(new, Union):
            yield from self._union(old, new, path, where, definition)
        elif isinstance(old, Literal) and isinstance(new, Literal):
            yield from _literals(old, new, path, where, definition)
        elif isinstance(old, Annotated) or isinstance(new, Annotated):
            yield from self._annotated(old, new, path, where, definition)
        elif isinstance(old, Apply) and isinstance(new, Apply) and old.origin == new.origin:
            yield from self._arguments(old, new, path, where, definition)
        else:
            kind = ChangeKind.CONTAINER_CHANGED if _is_container(old, new) else ChangeKind.RETYPED
            yield Change(kind, path, spell(old), spell(new), where, definition)

    def _unchanged(self, type_: Type, path: str) -> Iterator[Change]:
        """The same spelling may still lead to classes that changed."""
        match type_:
            case Apply(origin, args):
                for index, arg in enumerate(args):
                    yield from self._type(arg, arg, _item(path, origin, index), None, None)
            case Union(members):
                for member in members:
                    yield from self._type(member, member, path, None, None)
            case Annotated(base):
                yield from self._type(base, base, path, None, None)
            case _:
                return

    def _reference(
        self, old: Ref, new: Ref, path: str, where: Location | None, definition: str | None
    ) -> Iterator[Change]:
        if old.name != new.name and old.name in self._current:
            # The old class still stands, so this is another class and not a rename.
            yield Change(ChangeKind.RETYPED, path, spell(old), spell(new), where, definition)
            return
        for index, (before, after) in enumerate(zip(old.args, new.args, strict=False)):
            yield from self._type(before, after, f"{path}[{index}]", where, definition)
        if len(old.args) != len(new.args):
            yield Change(ChangeKind.RETYPED, path, spell(old), spell(new), where, definition)
        if (old.name, new.name) in self._seen:
            return
        self._seen.add((old.name, new.name))
        before_class, after_class = self._baseline.get(old.name), self._current.get(new.name)
        if before_class is not None and after_class is not None:
            yield from self._classes(old.name, new.name, before_class, after_class, path)

    def _classes(
        self, old_key: str, new_key: str, old: Definition, new: Definition, path: str
    ) -> Iterator[Change]:
        where = self._place(new_key, "")
        old_name, new_name = old.import_name or old_key, new.import_name or new_key
        if old_name != new_name:
            yield Change(ChangeKind.CLASS_RENAMED, path, old_name, new_name, where, new_key)
        if old.kind is not new.kind:
            yield Change(
                ChangeKind.CLASS_KIND_CHANGED, path, old.kind.value, new.kind.value, where, new_key
            )
        kinds = (ChangeKind.FIELD_ADDED, ChangeKind.FIELD_REMOVED, ChangeKind.FIELD_RENAMED)
        yield from self._fields(old.fields, new.fields, path, kinds, new_key, new_key)
        yield from self._members(old, new, path, new_key)
        if old.bases != new.bases:
            before, after = (", ".join(map(spell, one.bases)) or None for one in (old, new))
            yield Change(ChangeKind.BASE_CHANGED, path, before, after, where, new_key)
        if old.target is not None and new.target is not None:
            yield from self._type(old.target, new.target, path, where, new_key)

    def _members(self, old: Definition, new: Definition, path: str, key: str) -> Iterator[Change]:
        before = {member.name: member.value for member in old.members}
        after = {member.name: member.value for member in new.members}
        for name, value in after.items():
            where = self._place(key, name)
            if name not in before:
                yield Change(ChangeKind.MEMBER_ADDED, f"{path}.{name}", None, value, where, key)
            elif before[name] != value:
                yield Change(
                    ChangeKind.MEMBER_REVALUED, f"{path}.{name}", before[name], value, where, key
                )
        for name, value in before.items():
            if name not in after:
                yield Change(
                    ChangeKind.MEMBER_REMOVED,
                    f"{path}.{name}",
                    value,
                    None,
                    self._place(key, name),
                    key,
                )
        if before == after and list(before) != list(after):
            yield Change(
                ChangeKind.ORDER_CHANGED,
                path,
                " ".join(before),
                " ".join(after),
                self._place(key, ""),
                key,
            )

    def _union(
        self, old: Type, new: Type, path: str, where: Location | None, definition: str | None
    ) -> Iterator[Change]:
        before, after = _members_of(old), _members_of(new)
        gone = [member for member in before if member not in after]
        come = [member for member in after if member not in before]
        for member in before:
            if member in after:
                yield from self._unchanged_member(member, path)
        if len(gone) == len(come) == 1:
            yield from self._type(gone[0], come[0], path, where, definition)
            gone, come = [], []
        whole = (spell(old), spell(new))
        for member in come:
            optional = member == NONE and ChangeKind.BECAME_OPTIONAL
            yield Change(optional or ChangeKind.UNION_MEMBER_ADDED, path, *whole, where, definition)
        for member in gone:
            required = member == NONE and ChangeKind.BECAME_REQUIRED
            yield Change(
                required or ChangeKind.UNION_MEMBER_REMOVED, path, *whole, where, definition
            )
        if set(before) == set(after) and before != after:
            yield Change(ChangeKind.ORDER_CHANGED, path, *whole, where, definition)

    def _unchanged_member(self, member: Type, path: str) -> Iterator[Change]:
        yield from self._type(member, member, path, None, None)

    def _annotated(
        self, old: Type, new: Type, path: str, where: Location | None, definition: str | None
    ) -> Iterator[Change]:
        before = old if isinstance(old, Annotated) else Annotated(old)
        after = new if isinstance(new, Annotated) else Annotated(new)
        yield from self._type(before.base, after.base, path, where, definition)
        if before.facts != after.facts:
            texts = (", ".join(before.facts) or None, ", ".join(after.facts) or None)
            yield Change(ChangeKind.FORMAT_CHANGED, path, *texts, where, definition)
        old_columns = {column.name: column.type for column in before.columns}
        new_columns = {column.name: column.type for column in after.columns}
        for name, type_ in new_columns.items():
            at = f"{path}[{name!r}]"
            if name not in old_columns:
                yield Change(ChangeKind.COLUMN_ADDED, at, None, spell(type_), where, definition)
            elif old_columns[name] != type_:
                pair = (spell(old_columns[name]), spell(type_))
                yield Change(ChangeKind.COLUMN_RETYPED, at, *pair, where, definition)
        for name, type_ in old_columns.items():
            if name not in new_columns:
                yield Change(
                    ChangeKind.COLUMN_REMOVED,
                    f"{path}[{name!r}]",
                    spell(type_),
                    None,
                    where,
                    definition,
                )
        if old_columns == new_columns and list(old_columns) != list(new_columns):
            orders = (" ".join(old_columns), " ".join(new_columns))
            yield Change(ChangeKind.ORDER_CHANGED, path, *orders, where, definition)

    def _arguments(
        self, old: Apply, new: Apply, path: str, where: Location | None, definition: str | None
    ) -> Iterator[Change]:
        for index, (before, after) in enumerate(zip(old.args, new.args, strict=False)):
            yield from self._type(before, after, _item(path, old.origin, index), where, definition)
        longer, kind = (
            (new, ChangeKind.ITEM_ADDED)
            if len(new.args) > len(old.args)
            else (old, ChangeKind.ITEM_REMOVED)
        )
        for index in range(min(len(old.args), len(new.args)), len(longer.args)):
            text = spell(longer.args[index])
            pair = (None, text) if longer is new else (text, None)
            yield Change(kind, _item(path, old.origin, index), *pair, where, definition)


def compare(
    baseline: Snapshot, before: Task, current: Extraction, after: Task, name: str
) -> tuple[Change, ...]:
    """What changed in one task's interface, with places from the current side."""
    comparison = Comparison(
        baseline.definitions_of(before), current.snapshot.definitions_of(after), current.places
    )
    return comparison.interfaces(before, after, name)


def _spelled(fields: tuple[Field, ...]) -> list[str]:
    return [spell(field.type) for field in fields]


def _literals(
    old: Literal, new: Literal, path: str, where: Location | None, definition: str | None
) -> Iterator[Change]:
    for value in new.values:
        if value not in old.values:
            yield Change(ChangeKind.LITERAL_ADDED, path, None, value, where, definition)
    for value in old.values:
        if value not in new.values:
            yield Change(ChangeKind.LITERAL_REMOVED, path, value, None, where, definition)


def _item(path: str, origin: str, index: int) -> str:
    """`stats[]` for an element, `stats[key]` for a mapping's key, `pair[0]` for a tuple's item."""
    if origin == "tuple":
        return f"{path}[{index}]"
    if origin == "dict" and index == 0:
        return f"{path}[key]"
    return f"{path}[]"


def _members_of(type_: Type) -> tuple[Type, ...]:
    return type_.members if isinstance(type_, Union) else (type_,)


def _is_container(old: Type, new: Type) -> bool:
    return (
        isinstance(old, Apply) or isinstance(new, Apply) or {_name(old), _name(new)} <= _CONTAINERS
    )


def _name(type_: Type) -> str:
    return type_.dotted if isinstance(type_, Name) else ""


_CONTAINERS = {"list", "dict", "set", "tuple", "frozenset"}
