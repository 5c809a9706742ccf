"""What Flyte 2's cache key sees of an interface: its types with the JSON schema of every record.

Of a pickled value the key has the spelling of its type, so qualified names; of an enum the names
of its members. Defaults and descriptions are in the key too, but sigclock does not record them.
https://github.com/flyteorg/flyte-sdk/blob/main/src/flyte/types/_type_engine.py
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping

from sigclock.interface.snapshot import ClassKind, Definition, Field, Flyte1Form, Flyte2Form
from sigclock.interface.type_tree import substitute
from sigclock.interface.types import (
    CHECKED_BY,
    Annotated,
    Apply,
    Literal,
    Name,
    Ref,
    Type,
    Union,
    spell,
)

Definitions = Mapping[str, Definition]
#: The keys of the classes around a place, outermost first.
Path = tuple[str, ...]

#: What both SDKs send as one simple value.
SIMPLE = {
    "int": "integer",
    "float": "float",
    "str": "string",
    "bool": "boolean",
    "datetime.datetime": "datetime",
    "datetime.date": "datetime",
    "datetime.timedelta": "duration",
    "None": "none",
    "dict": "struct",
}
_SENT = {
    **SIMPLE,
    "flyte.io.File": "file",
    "flyte.io.Dir": "directory",
    "flyte.io.DataFrame": "dataset",
    # The name of a frame's library goes with it.
    "pandas.DataFrame": "dataset(pandas)",
    "polars.DataFrame": "dataset(polars)",
    "pyarrow.Table": "dataset(pyarrow)",
}
#: What a JSON schema can say, apart from records, containers and enums.
_IN_SCHEMA = frozenset(
    [
        *("None", "bool", "bytes", "dict", "float", "int", "list", "object", "set", "str", "tuple"),
        *("datetime.date", "datetime.datetime", "datetime.time", "datetime.timedelta"),
        *("decimal.Decimal", "frozenset", "pathlib.Path", "typing.Any", "uuid.UUID"),
    ]
)
_SEQUENCES = {"list", "set", "frozenset", "tuple", "collections.abc.Sequence", "collections.deque"}
_MAPPINGS = {
    "dict",
    "collections.abc.Mapping",
    "collections.OrderedDict",
    "collections.defaultdict",
}
_TRANSPARENT = {"typing.Final", "typing.Required"}
_NOT_STORED = {"typing.ClassVar", "typing.InitVar"}


#: How deep classes are followed into each other, and how many parts in all: the text of a key
#: grows with every path that leads to a class.
DEPTH = 40
_PARTS = 50_000
_LARGE = Definition(
    ClassKind(
        name="large",
        flyte1=Flyte1Form.STRUCT,
        flyte2=Flyte2Form.PYDANTIC,
        flyte1_transformer="",
        stands_for_target=False,
        named_in_pickle=False,
        pickled_by_position=False,
        pickled_if_generic=False,
        fields_are_outputs=False,
    )
)


class LimitedDefinitions(Mapping[str, Definition]):
    """Definitions for one view; after too many lookups it gives records without parts."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self._left = _PARTS

    def __getitem__(self, key: str) -> Definition:
        definition = self._definitions[key]
        self._left -= 1 + len(definition.fields)
        return definition if self._left > 0 or not definition.fields else _LARGE

    def __iter__(self) -> Iterator[str]:
        return iter(self._definitions)

    def __len__(self) -> int:
        return len(self._definitions)


class _NoSchemaError(Exception):
    """A part of a record has no JSON schema; then Flyte sends the whole record without one."""


def interface_view(fields: Iterable[Field], definitions: Definitions) -> str:
    """A text that differs between two interfaces if what is recorded of them moves the key."""
    limited = LimitedDefinitions(definitions)
    return "; ".join(sorted(f"{field.name}: {_value(field.type, limited)}" for field in fields))


def key_digest(fields: Iterable[Field], definitions: Definitions) -> str:
    """A hash (64 hex digits) of the text of `interface_view`."""
    return hashlib.sha256(
        interface_view(fields, definitions).encode("utf-8", "surrogatepass")
    ).hexdigest()


def _value(type_: Type, definitions: Definitions) -> str:
    match type_:
        case Name(dotted) if dotted in _SENT:
            return _SENT[dotted]
        case Apply("list", (item,)):
            return f"list({_value(item, definitions)})"
        case Apply("dict", (Name("str"), item)):
            return f"map({_value(item, definitions)})"
        case Apply("dict"):
            return "struct"
        case Union(members):
            return f"union({', '.join(_variant(member, definitions) for member in members)})"
        case Literal(values) if all(value[:1] in "'\"" for value in values):
            return f"enum({', '.join(values)})"
        case Literal():
            return "pickle(typing.Any)"
        case Annotated(base, columns, facts):
            table = ", ".join(f"{c.name}={_value(c.type, definitions)}" for c in columns)
            return f"{_value(base, definitions)}<{table}|{','.join(_seen(facts))}>"
        case Ref(key) if (definition := definitions.get(key)) is not None:
            return _class(type_, definition, definitions)
        case _:
            return f"pickle({spell(type_)})"


def _variant(type_: Type, definitions: Definitions) -> str:
    """A union's member, with the name of the transformer, which tells a date from a datetime."""
    return "date" if type_ == Name("datetime.date") else _value(type_, definitions)


def _class(ref: Ref, definition: Definition, definitions: Definitions) -> str:
    if definition.kind.has_members:
        return f"enum({', '.join(repr(member.name) for member in definition.members)})"
    if not definition.kind.has_schema:
        return f"pickle({spell(ref)})"
    try:
        return _record(ref, definition, definitions, ())
    except _NoSchemaError:
        return f"struct({definition.kind.name})"


def _record(ref: Ref, definition: Definition, definitions: Definitions, path: Path) -> str:
    if ref.name in path or len(path) > DEPTH:
        return f"recursive({ref.name})"
    inner, bound = (*path, ref.name), dict(zip(definition.parameters, ref.args, strict=False))
    parts = [
        f"{field.name}: {_schema(substitute(field.type, bound), definitions, inner)}"
        for field in definition.fields
        if not (isinstance(field.type, Apply) and field.type.origin in _NOT_STORED)
    ]
    parts += [_base(base, definitions, inner) for base in definition.bases]
    title = ref.name.rpartition(".")[2]
    if not definition.kind.named_in_pickle and path and not _is_modelled(definitions, path):
        title, parts = "", sorted(parts)
    return f"{definition.kind.name} {title}({', '.join(parts)})"


def _base(base: Type, definitions: Definitions, path: Path) -> str:
    """What a base that is not merged may add to a schema, or the settings of the class itself."""
    if isinstance(base, Annotated):
        # A setting may give other names to the fields; how they are stored is in no schema.
        return ", ".join(fact for fact in base.facts if fact.startswith("alias"))
    try:
        return _schema(base, definitions, path)
    except _NoSchemaError:
        return spell(base)


def _schema(type_: Type, definitions: Definitions, path: Path) -> str:
    def each(types_: Iterable[Type]) -> str:
        return ", ".join(_schema(type_, definitions, path) for type_ in types_)

    match type_:
        case Name(dotted) if dotted in _IN_SCHEMA:
            return dotted
        case Apply("tuple", (item, Name("..."))):
            return f"array({_schema(item, definitions, path)})"
        case Apply(origin, args) if origin in _SEQUENCES:
            return f"{_array(origin)}({each(args)})"
        case Apply(origin, (key, value)) if origin in _MAPPINGS:
            keys = "" if _is_modelled(definitions, path) else _schema(key, definitions, path)
            return f"object({keys}: {_schema(value, definitions, path)})"
        case Apply(origin, (item,)) if origin in _TRANSPARENT:
            return _schema(item, definitions, path)
        case Apply("typing.NotRequired", (item,)):
            return f"absent or {_schema(item, definitions, path)}"
        case Union(members):
            return f"any({each(members)})"
        case Literal(values):
            return f"enum({', '.join(values)})"
        case Annotated(base, _, facts):
            seen = ", ".join(_seen(facts))
            return f"{_schema(base, definitions, path)}{seen and f'<{seen}>'}"
        case Ref(key) if (definition := definitions.get(key)) is not None:
            return _part(type_, definition, definitions, path)
        case _:
            raise _NoSchemaError(spell(type_))


def _part(ref: Ref, definition: Definition, definitions: Definitions, path: Path) -> str:
    if definition.kind.has_members:
        return f"enum({', '.join(member.value for member in definition.members)})"
    if definition.target is not None and ref.name not in path:
        return _schema(definition.target, definitions, (*path, ref.name))
    if not definition.kind.has_schema:
        raise _NoSchemaError(spell(ref))
    return _record(ref, definition, definitions, path)


def _array(origin: str) -> str:
    """The schema's word for an array: with unique items, with a type for each place, or plain."""
    return {"set": "unique", "frozenset": "unique", "tuple": "places"}.get(origin, "array")


def _is_modelled(definitions: Definitions, path: Path) -> bool:
    """Whether Pydantic writes the schema; it says nothing of a mapping's keys."""
    return definitions[path[0]].kind.flyte2 is not Flyte2Form.MASHUMARO


def _seen(facts: Iterable[str]) -> list[str]:
    """The facts in the key: a schema has a date whatever checks it, and fields that none stores."""
    return [fact for fact in facts if not fact.startswith((CHECKED_BY, "not stored"))]
