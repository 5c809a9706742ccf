"""pandera's models: the columns of a frame, each under the name that its alias gives it."""

from __future__ import annotations

import ast

import msgspec

from sigclock.interface.snapshot import ClassKind, Flyte1Form, Flyte2Form
from sigclock.interface.unknown import Unknown
from sigclock.python.names.canonical import ExternalNames
from sigclock.python.types.class_view import ClassView, RawClass, RawField, Unread
from sigclock.python.values.folding import folded

_ENDS = (".DataFrameModel", ".SchemaModel")

#: It stands in the type of a frame; of its structure nothing is in a key, its name nowhere.
KIND = ClassKind(
    name="pandera",
    flyte1=Flyte1Form.PICKLE,
    flyte2=Flyte2Form.PICKLE,
    flyte1_transformer="",
    stands_for_target=False,
    named_in_pickle=False,
    pickled_by_position=False,
    pickled_if_generic=False,
    fields_are_outputs=False,
)
#: It is no family that Flyte's plug-ins alone decide on: what becomes of a frame is not claimed.
NAMES = ExternalNames()


def claims(view: ClassView) -> bool:
    """Models of pandera's, for whichever library of frames, that give a column another name.

    The others are as plain classes, so a lock from before aliases counted has their signatures.
    """
    bases = view.external_bases
    if not any(base.startswith("pandera.") and base.endswith(_ENDS) for base in bases):
        return False
    return any(_aliased(view, field).stored is not None for field in view.annotated())


def read(view: ClassView) -> RawClass:
    """Annotated names; `x: Series[int] = Field(alias="y")` is the column `y`."""
    return RawClass(KIND, tuple(_aliased(view, field) for field in view.annotated()))


def _aliased(view: ClassView, field: RawField) -> RawField:
    value = field.node.value if isinstance(field.node, ast.AnnAssign) else None
    alias = view.keyword(value, "alias")
    if alias is None:
        hidden = value is not None and view.is_hidden(value)
        stored: str | Unread | None = Unread(field.node, view.scope, "name") if hidden else None
    else:
        name = folded(alias, view.outer, view.names)
        known = not isinstance(name, Unknown)
        stored = str(name) if known else Unread(alias, view.outer, "name")
    return msgspec.structs.replace(field, stored=stored)
