"""attrs classes: annotated names and `attrs.field(type=…)`; Flyte pickles them."""

from __future__ import annotations

import ast

from sigclock.interface.snapshot import ClassKind
from sigclock.python.types.class_view import ClassView, RawClass, RawField

MAKERS = frozenset({"attrs.make_class", "attr.make_class"})
_DECORATOR = "attrs.define"
_FIELD = "attrs.field"


def claims(view: ClassView) -> bool:
    """A decorated class, or one that inherits from one."""
    return view.maker() in MAKERS or any(
        _DECORATOR in one.decorators for one in (view, *view.ancestors)
    )


def read(view: ClassView) -> RawClass:
    """Annotated names and assigned fields, in order."""
    fields: list[RawField] = []
    for statement in view.statements():
        match statement:
            case ast.AnnAssign(ast.Name(name), annotation, value):
                fields.append(
                    RawField(name, annotation, statement.lineno, default=value is not None)
                )
            case ast.Assign([ast.Name(name)], ast.Call() as call) if (
                view.dotted(call.func) == _FIELD
            ):
                default = any(k.arg in {"default", "factory"} for k in call.keywords)
                type_ = view.keyword(call, "type")
                fields.append(RawField(name, type_, statement.lineno, default=default))
            case _:
                continue
    return RawClass(ClassKind.ATTRS, tuple(fields))
