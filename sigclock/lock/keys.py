"""The keys of a task, an account and a class in a lock: each is read, written and described here.

`reader`, `writer` and `schema` derive from these tables, in whose order keys are written. A new key
is an attribute of the struct and a line in its table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from sigclock.document import Node
from sigclock.interface.hash_schemes import short
from sigclock.interface.snapshot import (
    CacheKind,
    CacheSetting,
    Definition,
    Field,
    Member,
    Sdk,
    Task,
)
from sigclock.interface.types import Names, SpellingError, Type, parse, spell
from sigclock.lock.implied import Implied
from sigclock.lock.lock import Acceptance, Account
from sigclock.lock.text import line, natural
from sigclock.python.types.classes import KINDS

Schema = dict[str, object]

TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": TEXT}
_TYPES: Schema = {
    "type": "object",
    "additionalProperties": TEXT,
    "description": "Name of a part, as declared, to its type as Python source.",
}
_HASH: Schema = {"type": "string", "minLength": 1}
_ENDS = ("baseline", "current")


class TypeReader:
    """Reads types by the names known at one place, and remembers them: most tasks share a few."""

    def __init__(self, definitions: Iterable[str], parameters: Iterable[str] = ()) -> None:
        self.names = Names(frozenset(definitions), frozenset(parameters))
        self._known: dict[str, Type] = {}

    def read(self, node: Node) -> Type:
        try:
            return self._read(node.text())
        except SpellingError as error:
            node.fail(str(error))

    def fields(self, node: Node) -> tuple[Field, ...]:
        try:
            return tuple(Field(name, self._read(text)) for name, text in node.strings().items())
        except SpellingError:
            entries = node.entries().items()
            return tuple(Field(name, self.read(part)) for name, part in entries)

    def _read(self, text: str) -> Type:
        if text not in self._known:
            self._known[text] = parse(text, self.names)
        return self._known[text]


class Key(msgspec.Struct, frozen=True):
    """A key in the lock for an attribute of a struct, which has the same name if none is given.

    `read` makes the value from the file, `write` what stands there. An `optional` key is left out
    where that is empty, and the attribute then has its default.
    """

    name: str
    read: Callable[[Node, TypeReader], object]
    write: Callable[[Any], object]
    schema: Schema
    optional: bool = False
    attribute: str = ""


Table = tuple[Key, ...]


def members(table: Table, node: Node) -> dict[str, Node]:
    """The parts of a block, which has no other keys than the table."""
    required = [key.name for key in table if not key.optional]
    return node.members(required, [key.name for key in table if key.optional])


def attributes(table: Table, parts: Mapping[str, Node], types: TypeReader) -> dict[str, Any]:
    """The attributes that a table reads from the parts of a block."""
    return {
        key.attribute or key.name: key.read(parts[key.name], types)
        for key in table
        if key.name in parts
    }


def written(table: Table, value: object) -> dict[str, object]:
    """What stands in the file for the attributes of a struct."""
    parts = [(key, key.write(getattr(value, key.attribute or key.name))) for key in table]
    return {key.name: part for key, part in parts if part or not key.optional}


def object_schema(table: Table) -> Schema:
    """The schema of an object with the keys of a table."""
    return closed({key.name: key.schema for key in table}, [k.name for k in table if k.optional])


def closed(parts: Mapping[str, Schema], optional: Iterable[str] = ()) -> Schema:
    """The schema of an object that has only these keys."""
    missing = set(optional)
    return {
        "type": "object",
        "properties": dict(parts),
        "required": [key for key in parts if key not in missing],
        "additionalProperties": False,
    }


def map_of(value: Schema) -> Schema:
    """The schema of an object with any keys."""
    return {"type": "object", "additionalProperties": value}


def reference(name: str) -> Schema:
    """The schema that stands under this name."""
    return {"$ref": f"#/$defs/{name}"}


# -- values ------------------------------------------------------------------------------------


def _text(node: Node, _types: TypeReader) -> str:
    return node.text()


def _texts(node: Node, _types: TypeReader) -> tuple[str, ...]:
    return node.texts()


def _type(node: Node, types: TypeReader) -> Type:
    return types.read(node)


def _fields(node: Node, types: TypeReader) -> tuple[Field, ...]:
    return types.fields(node)


def _same(value: object) -> object:
    return value


def _spelled(type_: Type | None) -> object:
    return type_ and spell(type_)


def _line(values: Iterable[str]) -> object:
    listed = list(values)
    return listed and line(listed)


def _field_lines(fields: Iterable[Field]) -> dict[str, str]:
    return _lines((field.name, spell(field.type)) for field in fields)


def _lines(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    listed = list(pairs)
    lines = dict(listed)
    if len(lines) < len(listed):
        raise ValueError(f"two parts of one name: {listed}")
    return lines


def _one_of(options: type[CacheKind | Sdk]) -> Schema:
    return {"enum": [option.value for option in options]}


def _cache(node: Node, _types: TypeReader) -> CacheSetting:
    parts = node.members(["kind"], ["version"])
    version = parts["version"].text() if "version" in parts else None
    return CacheSetting(parts["kind"].choice(CacheKind), version)


def _cache_line(cache: CacheSetting) -> object:
    version = {} if cache.version is None else {"version": cache.version}
    return line({"kind": cache.kind.value, **version})


def _issued(node: Node, _types: TypeReader) -> dict[str, frozenset[str]]:
    return {
        version: frozenset(map(short, hashes.texts())) for version, hashes in node.entries().items()
    }


def _issued_lines(issued: Mapping[str, frozenset[str]]) -> dict[str, object]:
    # The newest first: a version more is a line more, and no other line gets a comma.
    versions = sorted(issued, key=natural, reverse=True)
    return {version: line(sorted(issued[version])) for version in versions}


def _accepted(node: Node, _types: TypeReader) -> frozenset[Acceptance]:
    entries = [item.members(_ENDS, ["reason"]) for item in node.items()]
    known = Acceptance.__struct_fields__
    return frozenset(
        Acceptance(**{key: parts[key].text() for key in known if key in parts}) for parts in entries
    )


def _accepted_lines(accepted: Iterable[Acceptance]) -> list[object]:
    words = [msgspec.to_builtins(acceptance) for acceptance in sorted(accepted)]
    return [line({key: text for key, text in word.items() if text}) for word in words]


# -- tables ------------------------------------------------------------------------------------

DEFINITION: Table = (
    Key(
        "kind",
        lambda node, _: KINDS[node.one_of(KINDS)],
        lambda kind: kind.name,
        {"enum": list(KINDS)},
    ),
    Key("import_name", _text, _same, TEXT, optional=True),
    Key("parameters", _texts, _line, _TEXTS, optional=True),
    Key(
        "bases",
        lambda node, types: tuple(map(types.read, node.items())),
        lambda bases: _line(map(spell, bases)),
        _TEXTS,
        optional=True,
    ),
    Key("target", _type, _spelled, TEXT, optional=True),
    Key("slots", lambda node, _: node.switch(), _same, {"type": "boolean"}, optional=True),
    Key("fields", _fields, _field_lines, _TYPES, optional=True),
    Key(
        "members",
        lambda node, _: tuple(Member(name, part.text()) for name, part in node.entries().items()),
        lambda members: _lines((member.name, member.value) for member in members),
        {**map_of(TEXT), "description": "Name to value, as Python source."},
        optional=True,
    ),
)


def definition(node: Node, types: TypeReader) -> Definition:
    """A class; `types` knows the names of all."""
    parts = members(DEFINITION, node)
    parameters = parts["parameters"].texts() if "parameters" in parts else ()
    own_types = TypeReader(types.names.definitions, parameters) if parameters else types
    return Definition(**attributes(DEFINITION, parts, own_types))


ACCOUNT: Table = (
    Key(
        "issued",
        _issued,
        _issued_lines,
        {
            **map_of({"type": "array", "items": _HASH, "minItems": 1, "uniqueItems": True}),
            "description": "Version to the signatures it was issued with.",
        },
        optional=True,
    ),
    Key(
        "accepted",
        _accepted,
        _accepted_lines,
        {
            "type": "array",
            "items": closed(dict.fromkeys(_ENDS, _HASH) | {"reason": TEXT}, ["reason"]),
            "description": "Signatures that mean the same; without a reason, of one source.",
        },
        optional=True,
    ),
)


def account(parts: Mapping[str, Node], types: TypeReader) -> Account:
    """The account among the parts of a block."""
    return Account(**attributes(ACCOUNT, parts, types))


TASK: Table = (
    Key("sdk", lambda node, _: node.choice(Sdk), lambda sdk: sdk.value, _one_of(Sdk)),
    Key(
        "path",
        _text,
        _same,
        {**TEXT, "description": "POSIX, relative to the repository's root."},
    ),
    Key("function", _text, _same, TEXT),
    Key(
        "cache",
        _cache,
        _cache_line,
        closed({"kind": _one_of(CacheKind), "version": TEXT}, ["version"]),
    ),
    Key("inputs", _fields, _field_lines, _TYPES),
    Key("outputs", _fields, _field_lines, _TYPES),
    Key(
        "signature",
        lambda node, _: short(node.text()),
        _same,
        {**_HASH, "description": "Left out where the version or the outputs tell it."},
        optional=True,
    ),
)
_HELD: Table = (
    Key(
        "held",
        lambda node, types: {name: definition(n, types) for name, n in node.entries().items()},
        lambda own: {key: written(DEFINITION, own[key]) for key in sorted(own)},
        map_of(reference("definition")),
        optional=True,
        attribute="own_definitions",
    ),
)
#: A task's block has its account in it.
TASK_BLOCK: Table = (*TASK, *ACCOUNT, *_HELD)


def task(parts: Mapping[str, Node], types: TypeReader, issued: Account, implied: Implied) -> Task:
    """The task in a block with its account; its own classes are known in its types."""
    held = parts["held"].entries() if "held" in parts else {}
    own_types = TypeReader(types.names.definitions | held.keys()) if held else types
    found = Task(**{"signature": "", **attributes((*TASK, *_HELD), parts, own_types)})
    if found.signature:
        return found
    return msgspec.structs.replace(found, signature=implied.of(found, issued))


def task_block(value: Task, issued: Account, implied: Implied) -> dict[str, object]:
    """A task and its account as one block."""
    if value.signature == implied.of(value, issued):
        value = msgspec.structs.replace(value, signature="")
    return {**written(TASK, value), **written(ACCOUNT, issued), **written(_HELD, value)}
