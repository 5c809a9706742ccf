"""Python types as a process has them, as lines of text: equal where stored values are of one shape.

For what has no source on disk, or another one than was imported: notebooks, `python -c`, files that
were edited meanwhile. A class that Flyte sends by structure counts without its name, a pickled one
with it; docstrings, defaults and the order of fields do not count.
"""

from __future__ import annotations

import collections.abc
import enum
import types
import typing
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, NamedTuple

from sigclock.guard.live_classes import (
    Family,
    family_of,
    is_by_position,
    is_foreign,
    name_of,
    parts_of,
)

#: More of them, and the walk gives up.
_MOST_LINES = 5_000
_UNIONS = (typing.Union, types.UnionType)
_WRAPPERS = {"Required", "NotRequired", "ReadOnly", "Final", "ClassVar"}
#: Containers that Flyte's type engine knows itself.
_TRANSPARENT = {list, dict, collections.abc.Iterator}


class Storage(Enum):
    """How a value is stored where it stands; see `interface.signature.Mode`."""

    OUTPUT = "output"
    VARIANT = "variant"
    FIELD = "field"
    PICKLED = "pickled"


class Place(NamedTuple):
    """The path from the task, how a value is stored there, and the classes around it."""

    path: str
    storage: Storage = Storage.OUTPUT
    above: tuple[type, ...] = ()

    @property
    def by_engine(self) -> bool:
        """Whether Flyte's type engine stores the value, and not a class around it."""
        return self.storage in {Storage.OUTPUT, Storage.VARIANT}

    def stored(self, storage: Storage) -> Place:
        return self._replace(storage=storage)

    def below(self, suffix: str) -> Place:
        return self._replace(path=f"{self.path}{suffix}")

    def inside(self, class_: type, storage: Storage) -> Place:
        return Place(self.path, storage, (*self.above, class_))


class TooLargeError(Exception):
    """A type with more parts than anybody's."""


def lines_of(outputs: Mapping[str, Any]) -> list[str]:
    """A line for each output of a task, and for each part of each class below it, sorted."""
    walk = _Walk()
    for name, type_ in outputs.items():
        walk.write(type_, Place(name))
    return sorted(walk.lines)


class _Walk:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, type_: Any, at: Place) -> None:  # noqa: ANN401 - whatever an annotation has
        """The line of a type, and those of what is in it."""
        origin, arguments = typing.get_origin(type_), typing.get_args(type_)
        target = getattr(type_, "__supertype__", None) or getattr(type_, "__value__", None)
        if target is not None:
            self._line(at, "another name for")
            self.write(target, at.stored(Storage.PICKLED) if at.by_engine else at)
        elif isinstance(type_, typing.TypeVar):
            bounds = [*type_.__constraints__, *([type_.__bound__] if type_.__bound__ else [])]
            self._all("variable", bounds, at)
        elif origin is None:
            self._single(type_, at)
        elif origin is typing.Annotated:
            self._annotated(arguments[0], arguments[1:], at)
        elif origin in _UNIONS:
            self._line(at, "one of")
            inner = at.stored(Storage.VARIANT) if at.storage is Storage.OUTPUT else at
            for member in arguments:
                self.write(member, inner.below("|"))
        elif origin is typing.Literal:
            self._line(at, f"Literal[{', '.join(sorted(map(repr, arguments)))}]")
        elif getattr(origin, "_name", "") in _WRAPPERS or origin is typing.ClassVar:
            self.write(arguments[0], at)
        elif origin is collections.abc.Callable:
            self._line(at, "Callable")
        else:
            self._applied(origin, arguments, at)

    def _line(self, at: Place, text: str) -> None:
        if len(self.lines) >= _MOST_LINES:
            raise TooLargeError(f"{at.path}: more than {_MOST_LINES} parts")
        self.lines.append(f"{at.path}: {text}")

    def _all(self, head: str, types_: Iterable[object], at: Place) -> None:
        self._line(at, head)
        for number, type_ in enumerate(types_):
            self.write(type_, at.below(f"[{number}]"))

    def _annotated(self, base: object, facts: tuple[object, ...], at: Place) -> None:
        """A type with the columns and the format of a table; other facts are not stored."""
        self.write(base, at)
        for fact in facts:
            if isinstance(fact, Mapping):
                for number, (column, type_) in enumerate(fact.items()):
                    self.write(type_, at.below(f"[{number} {column!r}]"))
            elif isinstance(base, type) and base.__module__ != "builtins" and is_foreign(base):
                known = isinstance(fact, str) or type(fact).__module__.startswith("pyarrow")
                self._line(at.below(" as"), str(fact) if known else "")

    def _applied(self, origin: object, arguments: tuple[object, ...], at: Place) -> None:
        """A generic with arguments: a container, or a class that is pickled because of them."""
        if at.by_engine and origin not in _TRANSPARENT:
            at = at.stored(Storage.PICKLED)
        if isinstance(origin, type) and not is_foreign(origin):
            self._class(origin, at)
            self._all("with", arguments, at)
        else:
            self._all(name_of(origin), arguments, at)

    def _single(self, type_: object, at: Place) -> None:
        if isinstance(type_, type):
            self._class(type_, at)
        else:
            self._line(at, type_ if isinstance(type_, str) else name_of(type_))

    def _class(self, class_: type, at: Place) -> None:
        family = family_of(class_)
        if class_ in at.above:
            self._line(at, f"as {len(at.above) - at.above.index(class_)} above")
            return
        if family is Family.NONE:
            self._line(at, "None" if class_ is type(None) else name_of(class_))
            return
        pickled = at.storage is Storage.PICKLED or family in {Family.STRUCT, Family.PLAIN}
        variant = family.value if at.storage is Storage.VARIANT else ""
        named = name_of(class_) if pickled else variant
        if issubclass(class_, enum.Enum):
            values = [repr(member.value) for member in class_]
            shown = values if at.storage is Storage.VARIANT else sorted(values)
            self._line(at, f"enum {named}({', '.join(shown)})")
            return
        self._line(at, f"class {named}".strip())
        inside = at.inside(class_, Storage.PICKLED if pickled else Storage.FIELD)
        numbered = pickled and is_by_position(class_, family)
        for number, (name, type_) in enumerate(parts_of(class_, family)):
            part = f"{number} {name}" if numbered else name
            self.write(type_, inside.below(f".{part}"))
