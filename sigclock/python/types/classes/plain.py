"""Every other class: what its source shows of an instance; Flyte pickles it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import msgspec

from sigclock.interface.snapshot import ClassKind, Flyte1Form, Flyte2Form
from sigclock.interface.unknown import Unknown
from sigclock.python.names.canonical import ExternalNames
from sigclock.python.types.attributes import attributes
from sigclock.python.types.class_view import ClassView, RawClass, RawField, Unread

KIND = ClassKind(
    name="class",
    flyte1=Flyte1Form.PICKLE,
    flyte2=Flyte2Form.PICKLE,
    flyte1_transformer="",
    stands_for_target=False,
    named_in_pickle=True,
    pickled_by_position=False,
    pickled_if_generic=False,
    fields_are_outputs=False,
)
NAMES = ExternalNames()


def claims(view: ClassView) -> bool:
    """Every class that no other reader claims."""
    del view
    return True


def read(view: ClassView) -> RawClass:
    """Annotated names, `__slots__`, and what methods set on `self`; each once, typed first."""
    fields: dict[str, RawField] = {}
    unread: list[Unread] = []
    for field in (*view.annotated(), *_slots(view), *attributes(view)):
        if isinstance(field, Unread):
            unread.append(field)
            continue
        known = fields.get(field.name)
        if known is None or (known.annotation is None and field.annotation is not None):
            fields[field.name] = field
        elif known.inferred and field.inferred and known.scope and field.scope and field.annotation:
            more = ((field.annotation, field.scope), *field.others)
            fields[field.name] = msgspec.structs.replace(known, others=(*known.others, *more))
    return RawClass(KIND, tuple(fields.values()), unread=tuple(unread))


def _slots(view: ClassView) -> Iterator[RawField | Unread]:
    for statement in view.statements():
        match statement:
            case ast.Assign([ast.Name("__slots__")], value):
                names = view.texts(value)
                if isinstance(names, Unknown):
                    yield Unread(value, view.outer, "fields")
                    continue
                for name in names:
                    yield RawField(name, None, statement)
            case _:
                continue
