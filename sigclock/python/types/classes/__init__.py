"""How each family of classes declares its parts and travels: a family a file, first claim wins."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from sigclock.interface.snapshot import ClassKind
from sigclock.python.names.canonical import ExternalNames, joined
from sigclock.python.types.class_view import ClassView, RawClass


class ClassReader(Protocol):
    """A module of this folder."""

    KIND: ClassKind
    NAMES: ExternalNames

    def claims(self, view: ClassView) -> bool:
        """Whether this family reads the class."""

    def read(self, view: ClassView) -> RawClass:
        """What the class body itself declares; bases are merged by the caller."""


def _family(name: str) -> ClassReader:
    return cast("ClassReader", import_module(f"{__name__}.{name}"))


#: In order of precedence: a pydantic model may also be a dataclass, and `plain` takes what is left.
CLASS_READERS: tuple[ClassReader, ...] = (
    _family("enum"),
    _family("namedtuple"),
    _family("typeddict"),
    _family("pydantic"),
    _family("msgspec"),
    _family("attrs"),
    _family("dataclass"),
    _family("newtype"),
    _family("alias"),
    _family("pandera"),
    _family("plain"),
)

#: The kinds by the names that a lock has for them.
KINDS: dict[str, ClassKind] = {reader.KIND.name: reader.KIND for reader in CLASS_READERS}

#: What all families are known by.
EXTERNAL_NAMES = joined(reader.NAMES for reader in CLASS_READERS)


def read(view: ClassView) -> RawClass:
    """Read a class with the first reader that claims it."""
    return _reader(view).read(view)


def kind_of(view: ClassView) -> ClassKind:
    """How the values of a class travel, by the first reader that claims it."""
    return _reader(view).KIND


def _reader(view: ClassView) -> ClassReader:
    return next(reader for reader in CLASS_READERS if reader.claims(view))
