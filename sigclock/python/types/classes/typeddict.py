"""TypedDicts in both spellings, with `total`, `Required` and `NotRequired`."""

from __future__ import annotations

import ast

from sigclock.interface.snapshot import ClassKind, Flyte1Form, Flyte2Form
from sigclock.python.names.canonical import ExternalNames
from sigclock.python.types.class_view import ClassView, RawClass, RawField, pairs

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
    wrapper = None if _is_total(view) else _NOT_REQUIRED
    if view.call is not None:
        spec = view.call.args[1] if len(view.call.args) > 1 else None
        found = [RawField(name, node, at.lineno) for name, node, at in pairs(spec)]
    else:
        found = list(view.annotated())
    fields = tuple(_wrapped(view, field, wrapper) for field in found)
    return RawClass(KIND, fields)


def _is_total(view: ClassView) -> bool:
    keywords = view.call.keywords if view.call else getattr(view.node, "keywords", [])
    total = next((k.value for k in keywords if k.arg == "total"), None)
    return not (isinstance(total, ast.Constant) and total.value is False)


def _wrapped(view: ClassView, field: RawField, wrapper: str | None) -> RawField:
    annotation, own = field.annotation, wrapper
    if isinstance(annotation, ast.Subscript):
        match view.dotted(annotation.value):
            case "typing.Required":
                annotation, own = annotation.slice, None
            case "typing.NotRequired":
                annotation, own = annotation.slice, _NOT_REQUIRED
            case _:
                pass
    return RawField(field.name, annotation, field.line, wrapper=own)
