"""attrs classes: annotated names and `attrs.field(type=…)`; Flyte pickles them."""

from __future__ import annotations

import ast

from sigclock.interface.snapshot import ClassKind, Flyte1Form, Flyte2Form
from sigclock.python.names.canonical import ExternalNames
from sigclock.python.types.class_view import ClassView, RawClass, RawField

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
    return RawClass(KIND, tuple(fields))
