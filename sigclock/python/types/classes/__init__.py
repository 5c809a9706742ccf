"""How each family of classes declares its parts: a reader a file, the first claim wins."""

from __future__ import annotations

from typing import Protocol

from sigclock.python.types.class_view import ClassView, RawClass
from sigclock.python.types.classes import (
    attrs,
    dataclass,
    enum,
    msgspec,
    namedtuple,
    newtype,
    plain,
    pydantic,
    typeddict,
)


class ClassReader(Protocol):
    """A module of this folder."""

    MAKERS: frozenset[str]

    def claims(self, view: ClassView) -> bool:
        """Whether this family reads the class."""

    def read(self, view: ClassView) -> RawClass:
        """What the class body itself declares; bases are merged by the caller."""


#: In order of precedence: a pydantic model may also be a dataclass, and `plain` takes what is left.
CLASS_READERS: tuple[ClassReader, ...] = (
    enum,
    namedtuple,
    typeddict,
    pydantic,
    msgspec,
    attrs,
    dataclass,
    newtype,
    plain,
)

#: Functions outside the tree whose call makes a class.
MAKERS: frozenset[str] = frozenset().union(*(reader.MAKERS for reader in CLASS_READERS))


def read(view: ClassView) -> RawClass:
    """Read a class with the first reader that claims it."""
    reader = next(reader for reader in CLASS_READERS if reader.claims(view))
    return reader.read(view)
