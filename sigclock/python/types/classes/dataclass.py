"""Standard and pydantic dataclasses, inherited ones, and `make_dataclass`."""

from __future__ import annotations

import ast

from sigclock.interface.snapshot import ClassKind, Flyte1Form, Flyte2Form
from sigclock.interface.unknown import Unknown
from sigclock.python.names.canonical import ExternalNames
from sigclock.python.types import mashumaro
from sigclock.python.types.class_view import ClassView, RawClass, RawField, Unread
from sigclock.python.values.folding import folded

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
    decorators=frozenset({_DECORATOR}),
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
        _DECORATOR in class_view.decorators for class_view in (view, *view.ancestors)
    )


def read(view: ClassView) -> RawClass:
    """The annotated names in order; a subclass without the decorator adds no fields."""
    if view.call is not None:
        spec = view.argument(1, "fields")
        fields = _listed_fields(view, spec)
        if isinstance(fields, Unknown):
            return RawClass(KIND, unread=(Unread(spec or view.call, view.outer, "fields"),))
        return RawClass(KIND, fields)
    if _DECORATOR not in view.decorators:
        return RawClass(KIND)
    own = (field for field in view.annotated() if not _is_keyword_marker(field.annotation))
    values = _values(view)
    fields = tuple(mashumaro.stored(view, field, values.get(field.name)) for field in own)
    argument = view.keyword(view.decorators[_DECORATOR], "slots")
    slots = folded(argument, view.outer, view.names) if argument is not None else False
    facts, unread = mashumaro.settings(view)
    if argument is not None and isinstance(slots, Unknown):
        unread = (*unread, Unread(argument, view.outer, "value"))
    return RawClass(KIND, fields, slots=slots is True, unread=unread, facts=facts)


def _values(view: ClassView) -> dict[str, ast.expr]:
    """The value of each annotated name, the first if it has several."""
    values: dict[str, ast.expr] = {}
    for statement in view.statements():
        match statement:
            case ast.AnnAssign(ast.Name(name), _, ast.expr() as value):
                values.setdefault(name, value)
            case _:
                continue
    return values


def _is_keyword_marker(annotation: ast.expr | None) -> bool:
    match annotation:
        case ast.Name("KW_ONLY") | ast.Attribute(attr="KW_ONLY") | ast.Constant("KW_ONLY"):
            return True
        case _:
            return False


def _listed_fields(view: ClassView, spec: ast.expr | None) -> tuple[RawField, ...] | Unknown:
    """The fields in `["x", ("y", int), ("z", int, 0)]`, or in an expression for such a list."""
    listed = view.listed(spec)
    if isinstance(listed, Unknown):
        return listed
    fields = []
    for entry in listed:
        type_ = entry.rest[0] if entry.rest else None
        node, scope = (type_.node, type_.scope) if type_ else (None, None)
        default = len(entry.rest) > 1
        fields.append(RawField(entry.name, node, entry.node, default=default, scope=scope))
    return tuple(fields)
