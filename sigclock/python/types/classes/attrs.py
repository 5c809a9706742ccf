"""attrs classes: annotated names and `attrs.field(type=…)`; Flyte pickles them."""

from __future__ import annotations

import ast

from sigclock.interface.snapshot import ClassKind
from sigclock.interface.unknown import Unknown
from sigclock.python.types.class_view import ClassView, RawClass, RawField, Unread

MAKERS = frozenset({"attrs.make_class", "attr.make_class"})
_DECORATOR = "attrs.define"
_FIELD = "attrs.field"


def claims(view: ClassView) -> bool:
    """A decorated class, or one that inherits from one."""
    return view.maker() in MAKERS or any(
        _DECORATOR in one.decorators for one in (view, *view.ancestors)
    )


def read(view: ClassView) -> RawClass:
    """Annotated names and assigned fields, in order; `these` and `make_class` give a table."""
    table = view.argument(1, "attrs") or view.keyword(view.decorators.get(_DECORATOR), "these")
    listed = view.listed(table)
    if isinstance(listed, Unknown):
        node = table or view.node
        return RawClass(ClassKind.ATTRS, unread=(Unread(node, view.outer, "fields"),))
    if table is not None:
        given = (one.rest[0] if one.rest else None for one in listed)
        made = [
            _field(view, one.name, part.node if part else None, one.line)
            for one, part in zip(listed, given, strict=True)
        ]
        return RawClass(ClassKind.ATTRS, tuple(made))
    fields: list[RawField] = []
    unread: list[Unread] = []
    for statement in view.statements():
        match statement:
            case ast.AnnAssign(ast.Name(name), annotation, value):
                fields.append(
                    RawField(name, annotation, statement.lineno, default=value is not None)
                )
            case ast.Assign([ast.Name(name)], ast.Call() as call) if (
                view.dotted(call.func) == _FIELD
            ):
                fields.append(_field(view, name, call, statement.lineno))
            case ast.Assign([ast.Name()], value) if view.is_hidden(value):
                unread.append(Unread(value, view.scope, "fields"))
            case _:
                continue
    return RawClass(ClassKind.ATTRS, tuple(fields), unread=tuple(unread))


def _field(view: ClassView, name: str, call: ast.expr | None, line: int) -> RawField:
    """What `attr.ib(type=…)` makes."""
    keywords = call.keywords if isinstance(call, ast.Call) else []
    default = any(k.arg in {"default", "factory"} for k in keywords)
    return RawField(name, view.keyword(call, "type"), line, default=default)
