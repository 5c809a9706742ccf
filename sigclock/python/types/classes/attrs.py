"""attrs classes: annotated names and `attrs.field(type=…)`; Flyte pickles them."""

from __future__ import annotations

import ast

from sigclock.interface.snapshot import ClassKind, Flyte1Form, Flyte2Form
from sigclock.interface.unknown import Unknown
from sigclock.python.names.canonical import ExternalNames
from sigclock.python.types.class_view import ClassView, RawClass, RawField, Unread

_DECORATOR = "attrs.define"
_FIELD = "attrs.field"

KIND = ClassKind(
    name="attrs",
    flyte1=Flyte1Form.PICKLE,
    flyte2=Flyte2Form.PICKLE,
    flyte1_transformer="",
    stands_for_target=False,
    named_in_pickle=True,
    pickled_by_position=False,
    pickled_if_generic=False,
    fields_are_outputs=False,
)
NAMES = ExternalNames(
    makers=frozenset({"attrs.make_class", "attr.make_class"}),
    decorators=frozenset({_DECORATOR}),
    spellings={
        **dict.fromkeys(("attr.s", "attr.attrs", "attr.dataclass", "attr.define"), _DECORATOR),
        **dict.fromkeys(("attr.mutable", "attr.frozen", "attrs.mutable"), _DECORATOR),
        **dict.fromkeys(("attrs.frozen",), _DECORATOR),
        **dict.fromkeys(("attr.attrib", "attr.ib", "attr.field"), _FIELD),
    },
)


def claims(view: ClassView) -> bool:
    """A decorated class, or one that inherits from one."""
    return view.maker() in NAMES.makers or any(
        _DECORATOR in class_view.decorators for class_view in (view, *view.ancestors)
    )


def read(view: ClassView) -> RawClass:
    """Annotated names and assigned fields, in order; `these` and `make_class` give a table."""
    table = view.argument(1, "attrs") or view.keyword(view.decorators.get(_DECORATOR), "these")
    listed = view.listed(table)
    if isinstance(listed, Unknown):
        node = table or view.node
        return RawClass(KIND, unread=(Unread(node, view.outer, "fields"),))
    if table is not None:
        parts = (entry.rest[0] if entry.rest else None for entry in listed)
        raw_fields = [
            _field(view, entry.name, part.node if part else None, entry.node)
            for entry, part in zip(listed, parts, strict=True)
        ]
        return RawClass(KIND, tuple(raw_fields))
    fields: list[RawField] = []
    unread: list[Unread] = []
    for statement in view.statements():
        match statement:
            case ast.AnnAssign(ast.Name(name), annotation, value):
                fields.append(RawField(name, annotation, statement, default=value is not None))
            case ast.Assign([ast.Name(name)], ast.Call() as call) if (
                view.dotted(call.func) == _FIELD
            ):
                fields.append(_field(view, name, call, statement))
            case ast.Assign([ast.Name()], value) if view.is_hidden(value):
                unread.append(Unread(value, view.scope, "fields"))
            case _:
                continue
    return RawClass(KIND, tuple(fields), unread=tuple(unread))


def _field(view: ClassView, name: str, call: ast.expr | None, node: ast.AST) -> RawField:
    """What `attr.ib(type=…)` makes."""
    keywords = call.keywords if isinstance(call, ast.Call) else []
    default = any(k.arg in {"default", "factory"} for k in keywords)
    return RawField(name, view.keyword(call, "type"), node, default=default)
