"""msgspec structs: annotated names; Flyte pickles them."""

from __future__ import annotations

from sigclock.interface.snapshot import ClassKind
from sigclock.python.types.class_view import ClassView, RawClass

MAKERS: frozenset[str] = frozenset()


def claims(view: ClassView) -> bool:
    """Anything below `msgspec.Struct`."""
    return "msgspec.Struct" in view.external_bases


def read(view: ClassView) -> RawClass:
    """The annotated names, in order."""
    return RawClass(ClassKind.MSGSPEC, tuple(view.annotated()))
