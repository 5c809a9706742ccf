"""TypedDicts in both spellings, with `total`, `Required` and `NotRequired`."""

from __future__ import annotations

import ast

import msgspec

from sigclock.interface.snapshot import ClassKind, Flyte1Form, Flyte2Form
from sigclock.interface.unknown import Unknown
from sigclock.python.names.canonical import ExternalNames
from sigclock.python.types.class_view import ClassView, RawClass, RawField, Unread
from sigclock.python.values.folding import folded

_BASE = "typing.TypedDict"
_NOT_REQUIRED = "typing.NotRequired"

KIND = ClassKind(
    name="typeddict",
    flyte1=Flyte1Form.STRUCT,
    flyte2=Flyte2Form.PYDANTIC,
    flyte1_transformer="",
    stands_for_target=False,
    named_in_pickle=False,
    pickled_by_position=False,
    pickled_if_generic=False,
    fields_are_outputs=False,
)
NAMES = ExternalNames(makers=frozenset({_BASE}), bases=frozenset({_BASE}))


def claims(view: ClassView) -> bool:
    """A call, or anything below TypedDict."""
    return view.maker() in NAMES.makers or _BASE in view.external_bases


def read(view: ClassView) -> RawClass:
    """The keys in order; one that may be absent has a type wrapped in `NotRequired`."""
    total = _is_total(view)
    wrapper = _NOT_REQUIRED if total is False else None
    if view.call is not None:
        spec = view.argument(1, "fields")
        listed = view.listed(spec)
        if isinstance(listed, Unknown) or not all(entry.rest for entry in listed):
            unread = (Unread(spec or view.call, view.outer, "fields"),)
            return RawClass(KIND, unread=unread)
        raw_fields = [
            RawField(entry.name, entry.rest[0].node, entry.node, scope=entry.rest[0].scope)
            for entry in listed
        ]
    else:
        raw_fields = list(view.annotated())
    fields = tuple(_wrapped(view, field, wrapper) for field in raw_fields)
    unknown = [Unread(total, view.outer, "value")] if isinstance(total, ast.expr) else []
    return RawClass(KIND, fields, unread=tuple(unknown))


def _is_total(view: ClassView) -> bool | ast.expr:
    """Whether every key must be there; the expression itself where that cannot be told."""
    keywords = view.call.keywords if view.call else getattr(view.node, "keywords", [])
    total = next((k.value for k in keywords if k.arg == "total"), None)
    if total is None:
        return True
    value = folded(total, view.outer, view.names)
    return total if isinstance(value, Unknown) else bool(value)


def _wrapped(view: ClassView, field: RawField, wrapper: str | None) -> RawField:
    annotation, own = field.annotation, wrapper
    while isinstance(annotation, ast.Subscript):
        match view.dotted(annotation.value):
            case "typing.Required":
                own = None
            case "typing.NotRequired":
                own = _NOT_REQUIRED
            case "typing.ReadOnly":
                pass
            case _:
                break
        annotation = annotation.slice
    return msgspec.structs.replace(field, annotation=annotation, wrapper=own)
