"""Parsed JSON or TOML, read by known keys, with errors that name the place."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from enum import Enum
from typing import NoReturn, TypeVar

import msgspec

Place = tuple[str | int, ...]
"""Keys and indices that lead from the document to a value in it."""

_E = TypeVar("_E", bound=Enum)
_KINDS = {
    dict: "an object",
    list: "an array",
    str: "a string",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    type(None): "null",
}


class MisfitError(Exception):
    """A value is not what its place requires."""

    def __init__(self, message: str, place: Place) -> None:
        super().__init__(message)
        self.message = message
        self.place = place


class Twice(msgspec.Struct, frozen=True):
    """The value that `once` gives to a key that an object has twice."""


class Node(msgspec.Struct, frozen=True, gc=False):
    """A value and its place; each method reads it as a certain type or raises `MisfitError`.

    `lenient` allows unknown keys, in it and below.
    """

    value: object
    place: Place = ()
    lenient: bool = False

    def fail(self, message: str) -> NoReturn:
        raise MisfitError(message, self.place)

    def members(self, required: Iterable[str], optional: Iterable[str] = ()) -> dict[str, Node]:
        """The members of an object that has only known keys."""
        entries = self.entries()
        known = [*required, *optional]
        unknown = [] if self.lenient else [key for key in entries if key not in known]
        if unknown:
            entries[unknown[0]].fail(f"unknown key {unknown[0]!r}{nearest(unknown[0], known)}")
        missing = [key for key in required if key not in entries]
        if missing:
            self.fail(f"the key {missing[0]!r} is missing")
        return entries

    def entries(self) -> dict[str, Node]:
        """The members of an object with any keys."""
        value = self.value if isinstance(self.value, dict) else self._wrong("an object")
        return {key: self._part(key, part) for key, part in value.items()}

    def items(self) -> list[Node]:
        value = self.value if isinstance(self.value, list) else self._wrong("an array")
        return [self._part(index, part) for index, part in enumerate(value)]

    def text(self) -> str:
        return self.value if isinstance(self.value, str) else self._wrong("a string")

    def texts(self) -> tuple[str, ...]:
        """An array of strings."""
        return tuple(item.text() for item in self.items())

    def strings(self) -> dict[str, str]:
        """An object with any keys and strings as values."""
        value = self.value
        if isinstance(value, dict) and all(type(part) is str for part in value.values()):
            return value
        return {key: part.text() for key, part in self.entries().items()}

    def number(self) -> int:
        return self.value if type(self.value) is int else self._wrong("a whole number")

    def switch(self) -> bool:
        return self.value if isinstance(self.value, bool) else self._wrong("true or false")

    def choice(self, options: type[_E]) -> _E:
        """The member of an enum with this value."""
        try:
            return options(self.text())
        except ValueError:
            return options(self.one_of(option.value for option in options))

    def one_of(self, options: Iterable[str]) -> str:
        known = list(options)
        text = self.text()
        if text not in known:
            self.fail(f"expected {' or '.join(map(repr, known))}, found {text!r}")
        return text

    def _part(self, key: str | int, value: object) -> Node:
        return Node(value, (*self.place, key), self.lenient)

    def _wrong(self, expected: str) -> NoReturn:
        if isinstance(self.value, Twice):
            self.fail("the key stands here twice")
        kind = _KINDS.get(type(self.value), f"a {type(self.value).__name__}")
        self.fail(f"expected {expected}, found {kind}")


def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An `object_pairs_hook` that marks a key which an object has twice."""
    entries = dict(pairs)
    if len(entries) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                entries[key] = Twice()
            seen.add(key)
    return entries


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` if a known word is similar, else nothing."""
    matches = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"; did you mean {matches[0]!r}?" if matches else ""


def json_path(place: Place) -> str:
    """`$.tasks.'pkg.fit'.inputs.x`."""
    return "$" + "".join(map(_step, place))


def _step(key: str | int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    return f".{key}" if key.isascii() and key.isidentifier() else f".{key!r}"
