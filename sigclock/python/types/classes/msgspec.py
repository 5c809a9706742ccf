"""msgspec structs: annotated names; Flyte pickles them."""

from __future__ import annotations

from sigclock.interface.snapshot import ClassKind, Flyte1Form, Flyte2Form
from sigclock.python.names.canonical import ExternalNames
from sigclock.python.types.class_view import ClassView, RawClass

_BASE = "msgspec.Struct"

KIND = ClassKind(
    name="msgspec",
    flyte1=Flyte1Form.PICKLE,
    flyte2=Flyte2Form.PICKLE,
    flyte1_transformer="",
    stands_for_target=False,
    named_in_pickle=True,
    pickled_by_position=True,
    pickled_if_generic=False,
    fields_are_outputs=False,
)
NAMES = ExternalNames(bases=frozenset({_BASE}))


def claims(view: ClassView) -> bool:
    """Anything below `msgspec.Struct`."""
    return _BASE in view.external_bases


def read(view: ClassView) -> RawClass:
    """The annotated names, in order."""
    return RawClass(KIND, tuple(view.annotated()))
