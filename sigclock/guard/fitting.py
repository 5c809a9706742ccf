"""Whether a stored literal can be of a type as the code declares it now, and if not, why.

`sure` is for what nothing but another signature explains. A part that is missing though it has a
default, or a part too many, may also come from how a class writes its values.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

import msgspec

from sigclock.guard.wire import Form, Stored
from sigclock.interface.locations import PartLocations, location_of
from sigclock.interface.signature import is_stored
from sigclock.interface.snapshot import Definition, Field, Flyte1Form
from sigclock.interface.types import NONE, Annotated, Apply, Literal, Name, Ref, Type, Union, spell

_PRIMITIVES = {
    "int": Form.INTEGER,
    "float": Form.FLOAT,
    "str": Form.STRING,
    "bool": Form.BOOLEAN,
    "datetime.datetime": Form.DATETIME,
    "datetime.date": Form.DATETIME,
    "datetime.timedelta": Form.DURATION,
    "None": Form.NONE,
}
#: What a value of MessagePack is in Python, by the type that is declared for it.
_PACKED: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "str": (str,),
    "bool": (bool,),
}
_LISTS = {"list", "collections.abc.Iterator"}


class Misfit(msgspec.Struct, frozen=True):
    """Why a literal is not of a type; `owner` is the class whose parts are missing or too many."""

    text: str
    sure: bool = True
    owner: str = ""


class Fitting:
    """Holds literals against the types of one tree."""

    def __init__(self, definitions: Mapping[str, Definition], places: PartLocations) -> None:
        self._definitions = definitions
        self._places = places

    def outputs(self, stored: Mapping[str, Stored], fields: tuple[Field, ...]) -> list[Misfit]:
        """Why an entry is not of these outputs; empty if it may be."""
        declared = {field.name for field in fields}
        if stored.keys() != declared:
            old, new = (", ".join(sorted(names)) or "nothing" for names in (stored, declared))
            return [Misfit(f"it holds {old}, and {new} is declared")]
        return [misfit for f in fields for misfit in self._literal(stored[f.name], f.type, f.name)]

    def _literal(self, stored: Stored, type_: Type, path: str) -> Iterator[Misfit]:
        match type_:
            case Annotated(base):
                yield from self._literal(stored, base, path)
            case Union(members):
                yield from self._union(stored, members, path)
            case Name(dotted) if dotted in _PRIMITIVES:
                yield from _form(stored, _PRIMITIVES[dotted], type_, path)
            case Literal(values) if not any("." in value for value in values):
                yield from _choice(stored, values, path)
            case Apply(origin, (item,)) if origin in _LISTS:
                yield from _form(stored, Form.LIST, type_, path)
                for number, part in stored.parts.items():
                    yield from self._literal(part, item, f"{path}[{number}]")
            case Apply("dict", (Name("str"), value)):
                yield from _form(stored, Form.MAP, type_, path)
                for name, part in stored.parts.items():
                    yield from self._literal(part, value, f"{path}[{name!r}]")
            case Ref(key, ()) if key in self._definitions:
                yield from self._class(stored, key, self._definitions[key], path)
            case _:
                return

    def _union(self, stored: Stored, members: tuple[Type, ...], path: str) -> Iterator[Misfit]:
        """A member fits, or none does; what is least wrong tells why."""
        if not stored.tagged:
            yield Misfit(f"{path} is stored as {stored.form.value}, without a word on its type")
            return
        plain = untagged(stored)
        tried = [list(self._literal(plain, member, path)) for member in members]
        yield from min(tried, key=lambda misfits: (len(misfits), *(m.sure for m in misfits)))

    def _class(
        self, stored: Stored, key: str, definition: Definition, path: str
    ) -> Iterator[Misfit]:
        kind = definition.kind
        if kind.flyte1 is Flyte1Form.ENUM:
            yield from _choice(stored, [member.value for member in definition.members], path)
        elif kind.flyte1 is Flyte1Form.FIELDS and not definition.parameters:
            misfits = list(_form(stored, Form.RECORD, Ref(key), path))
            yield from misfits or self._record(stored.value, key, packed=stored.packed)
        elif kind.pickled:
            yield from _form(stored, Form.BLOB, Ref(key), path)

    def _record(self, value: object, key: str, *, packed: bool) -> Iterator[Misfit]:
        if not isinstance(value, dict):
            return
        declared = self._definitions[key].fields
        fields = {field.name: field.type for field in declared if is_stored(field.type)}
        for name in sorted(fields.keys() - value.keys()):
            place = location_of(self._places, key, name)
            sure = place is not None and not place.default
            yield Misfit(f"field {name} of {key} is not in it", sure, key)
        for name in sorted(map(str, value.keys() - fields.keys())):
            yield Misfit(f"it has a field {name}, and {key} has none", sure=False, owner=key)
        for name, type_ in fields.items():
            if name in value:
                yield from self._field(value[name], type_, f"field {name} of {key}", packed=packed)

    def _field(self, value: object, type_: Type, path: str, *, packed: bool) -> Iterator[Misfit]:
        match type_:
            case Annotated(base):
                yield from self._field(value, base, path, packed=packed)
            case Name(dotted) if packed and dotted in _PACKED:
                wrong = not isinstance(value, _PACKED[dotted])
                if wrong or (isinstance(value, bool) and dotted != "bool"):
                    said = type(value).__name__.replace("NoneType", "None")
                    yield Misfit(f"{path} is stored as {said}, and {dotted} is declared")
            case Apply("list", (item,)) if isinstance(value, list):
                for part in value:
                    yield from self._field(part, item, path, packed=packed)
            case Union((member, other)) if NONE in {member, other} and value is not None:
                inner = other if member == NONE else member
                yield from self._field(value, inner, path, packed=packed)
            case Ref(key, ()) if key in self._definitions:
                kind = self._definitions[key].kind
                if kind.flyte1 is Flyte1Form.FIELDS:
                    yield from self._record(value, key, packed=packed)
            case _:
                return


def untagged(stored: Stored) -> Stored:
    """The member of a union as it would be stored alone."""
    return msgspec.structs.replace(stored, tagged=False)


def _form(stored: Stored, expected: Form, type_: Type, path: str) -> Iterator[Misfit]:
    if stored.tagged:
        yield Misfit(f"{path} is stored as a member of a union, and {spell(type_)} is declared")
    elif stored.form is not expected and stored.form is not Form.OTHER:
        yield Misfit(f"{path} is stored as {stored.form.value}, and {spell(type_)} is declared")


def _choice(stored: Stored, values: tuple[str, ...] | list[str], path: str) -> Iterator[Misfit]:
    """A value among those that an enum or a `Literal` has; each is Python source."""
    try:
        allowed = [ast.literal_eval(value) for value in values]
    except (ValueError, SyntaxError):
        return
    if stored.tagged:
        yield Misfit(f"{path} is stored as a member of a union")
    elif stored.form in {Form.STRING, Form.INTEGER} and stored.value not in allowed:
        yield Misfit(f"{path} is {stored.value!r}, which is no longer a value")
