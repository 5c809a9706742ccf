"""Stored literals of flytekit, read from their bytes without an SDK; nothing in them is executed.

Field numbers are those of flyteidl's `core/literals.proto` and of protobuf's `struct.proto`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from enum import Enum

import msgspec


class Form(Enum):
    """What a literal holds; the words are for people."""

    INTEGER = "an integer"
    FLOAT = "a float"
    STRING = "a string"
    BOOLEAN = "a boolean"
    DATETIME = "a datetime"
    DURATION = "a duration"
    NONE = "nothing"
    RECORD = "a record"
    BLOB = "a file"
    DATASET = "a dataset"
    LIST = "a list"
    MAP = "a map"
    OTHER = "something else"


class Stored(msgspec.Struct, frozen=True):
    """A literal: `value` of a primitive or a record, `parts` of a container, the `uri` of data.

    `packed` is set for a record in MessagePack, which tells integers from floats. `tagged` is set
    for the member of a union.
    """

    form: Form
    value: object = None
    parts: dict[str, Stored] = {}
    uri: str = ""
    packed: bool = False
    tagged: bool = False

    def uris(self) -> Iterator[str]:
        """Where its data lies, at any depth."""
        if self.uri:
            yield self.uri
        for part in self.parts.values():
            yield from part.uris()


class NotReadError(Exception):
    """Bytes that are no literal."""


_PRIMITIVES = {
    1: Form.INTEGER,
    2: Form.FLOAT,
    3: Form.STRING,
    4: Form.BOOLEAN,
    5: Form.DATETIME,
    6: Form.DURATION,
}
_DEEPEST = 50
_UNREADABLE = (
    *(ValueError, TypeError, LookupError, struct.error),
    *(msgspec.MsgspecError, RecursionError),
)

Value = int | bytes


def literal_map(data: bytes) -> dict[str, Stored]:
    """The outputs that an entry holds, by name; `NotReadError` for other bytes."""
    try:
        return dict(_entry(value, 0) for number, value in _fields(data) if number == 1)
    except _UNREADABLE as error:
        raise NotReadError(str(error)) from error


def _fields(data: Value) -> Iterator[tuple[int, Value]]:
    """The fields of a message: numbers, and bytes of all that has a length."""
    if isinstance(data, int):
        raise TypeError("a number where a message is expected")
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        match key & 7:
            case 0:
                value, at = _varint(data, at)
                yield key >> 3, value
            case 1:
                yield key >> 3, data[at : at + 8]
                at += 8
            case 2:
                length, at = _varint(data, at)
                if at + length > len(data):
                    raise ValueError("a field is cut off")
                yield key >> 3, data[at : at + length]
                at += length
            case 5:
                yield key >> 3, data[at : at + 4]
                at += 4
            case other:
                raise ValueError(f"wire type {other}")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value, shift = 0, 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:  # noqa: PLR2004 - the highest bit says that more follows
            return value, at


def _text(value: Value) -> str:
    if isinstance(value, int):
        raise TypeError("a number where a text is expected")
    return value.decode()


def _entry(data: Value, depth: int) -> tuple[str, Stored]:
    parts = dict(_fields(data))
    return _text(parts.get(1, b"")), _literal(parts.get(2, b""), depth)


def _literal(data: Value, depth: int) -> Stored:
    if depth > _DEEPEST:
        raise ValueError("nested too deeply")
    for number, value in _fields(data):
        match number:
            case 1:
                return _scalar(value, depth)
            case 2:
                items = [item for number, item in _fields(value) if number == 1]
                listed = {str(i): _literal(item, depth + 1) for i, item in enumerate(items)}
                return Stored(Form.LIST, parts=listed)
            case 3:
                entries = (item for number, item in _fields(value) if number == 1)
                return Stored(Form.MAP, parts=dict(_entry(item, depth + 1) for item in entries))
            case _:
                continue
    return Stored(Form.OTHER)


def _scalar(data: Value, depth: int) -> Stored:
    for number, value in _fields(data):
        match number:
            case 1:
                return _primitive(value)
            case 2:
                return Stored(Form.BLOB, uri=_text(dict(_fields(value)).get(3, b"")))
            case 3:
                return _binary(value)
            case 5:
                return Stored(Form.NONE)
            case 7:
                return Stored(Form.RECORD, _struct(value, depth))
            case 8:
                return Stored(Form.DATASET, uri=_text(dict(_fields(value)).get(1, b"")))
            case 9:
                member = _literal(dict(_fields(value)).get(1, b""), depth + 1)
                return msgspec.structs.replace(member, tagged=True)
            case _:
                continue
    return Stored(Form.OTHER)


def _primitive(data: Value) -> Stored:
    for number, value in _fields(data):
        form = _PRIMITIVES.get(number, Form.OTHER)
        shown = _text(value) if form is Form.STRING else value
        return Stored(form, shown)
    return Stored(Form.OTHER)


def _binary(data: Value) -> Stored:
    parts = dict(_fields(data))
    value = parts.get(1, b"")
    if parts.get(2) != b"msgpack" or isinstance(value, int):
        return Stored(Form.OTHER)
    return Stored(Form.RECORD, msgspec.msgpack.decode(value), packed=True)


def _struct(data: Value, depth: int) -> dict[str, object]:
    found: dict[str, object] = {}
    for number, entry in _fields(data):
        if number == 1:
            parts = dict(_fields(entry))
            found[_text(parts.get(1, b""))] = _struct_value(parts.get(2, b""), depth + 1)
    return found


def _struct_value(data: Value, depth: int) -> object:
    if depth > _DEEPEST:
        raise ValueError("nested too deeply")
    for number, value in _fields(data):
        match number, value:
            case 2, bytes():
                return struct.unpack("<d", value)[0]
            case 3, _:
                return _text(value)
            case 4, _:
                return bool(value)
            case 5, _:
                return _struct(value, depth)
            case 6, _:
                return [_struct_value(item, depth + 1) for _, item in _fields(value)]
            case _:
                continue
    return None
