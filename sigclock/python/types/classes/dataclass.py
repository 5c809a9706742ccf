"""Standard and pydantic dataclasses, inherited ones, and `make_dataclass`."""

from __future__ import annotations

import ast

from sigclock.interface.snapshot import ClassKind, Flyte1Form, Flyte2Form
from sigclock.python.names.canonical import ExternalNames
from sigclock.python.types.class_view import ClassView, RawClass, RawField, pairs

_DECORATOR = "dataclasses.dataclass"

KIND = ClassKind(
    name="dataclass",
    flyte1=Flyte1Form.FIELDS,
    flyte2=Flyte2Form.MASHUMARO,
    flyte1_transformer="Object-Dataclass-Transformer",
    stands_for_target=False,
    named_in_pickle=True,
    pickled_by_position=False,
    pickled_if_generic=True,
    fields_are_outputs=False,
)
NAMES = ExternalNames(
    makers=frozenset({"dataclasses.make_dataclass"}),
    bases=frozenset(
        {"dataclasses_json.DataClassJsonMixin", "mashumaro.mixins.json.DataClassJSONMixin"}
    ),
    spellings={
        "pydantic.dataclasses.dataclass": _DECORATOR,
        "dataclasses.InitVar": "typing.InitVar",
    },
    stars={
        "dataclasses": frozenset({"dataclass", "field", "make_dataclass", "InitVar", "KW_ONLY"})
    },
)


def claims(view: ClassView) -> bool:
    """A decorated class, a class that inherits from one, or a `make_dataclass` call."""
    return view.maker() in NAMES.makers or any(
        _DECORATOR in one.decorators for one in (view, *view.ancestors)
    )


def read(view: ClassView) -> RawClass:
    """The annotated names in order; a subclass without the decorator adds no fields."""
    if view.call is not None:
        return RawClass(KIND, tuple(_made(view.call)))
    if _DECORATOR not in view.decorators:
        return RawClass(KIND)
    fields = [field for field in view.annotated() if not _is_keyword_marker(field.annotation)]
    return RawClass(KIND, tuple(fields), slots=_has_slots(view))


def _has_slots(view: ClassView) -> bool:
    slots = view.keyword(view.decorators[_DECORATOR], "slots")
    return isinstance(slots, ast.Constant) and slots.value is True


def _is_keyword_marker(annotation: ast.expr | None) -> bool:
    match annotation:
        case ast.Name("KW_ONLY") | ast.Attribute(attr="KW_ONLY") | ast.Constant("KW_ONLY"):
            return True
        case _:
            return False


def _made(call: ast.Call) -> list[RawField]:
    spec = call.args[1] if len(call.args) > 1 else None
    fields = []
    for name, annotation, node in pairs(spec):
        default = isinstance(node, ast.Tuple) and len(node.elts) > 2  # noqa: PLR2004 - (name, type, default)
        fields.append(RawField(name, annotation, node.lineno, default=default))
    return fields
