"""pydantic v2 models: fields, aliases, generics and root models."""

from __future__ import annotations

import ast

from sigclock.interface.snapshot import ClassKind, Flyte1Form, Flyte2Form
from sigclock.python.names.canonical import ExternalNames
from sigclock.python.types.class_view import ClassView, RawClass, RawField

_MODEL, _ROOT_MODEL = "pydantic.BaseModel", "pydantic.RootModel"
_ROOTS = {_MODEL, _ROOT_MODEL, "pydantic_settings.BaseSettings", "sqlmodel.SQLModel"}

KIND = ClassKind(
    name="pydantic",
    flyte1=Flyte1Form.FIELDS,
    flyte2=Flyte2Form.PYDANTIC,
    flyte1_transformer="Pydantic Transformer",
    stands_for_target=False,
    named_in_pickle=True,
    pickled_by_position=False,
    pickled_if_generic=False,
    fields_are_outputs=False,
)
NAMES = ExternalNames(
    makers=frozenset({"pydantic.create_model"}),
    bases=frozenset({_MODEL, _ROOT_MODEL}),
    spellings={
        "pydantic.main.BaseModel": _MODEL,
        "pydantic.v1.BaseModel": _MODEL,
        "pydantic.root_model.RootModel": _ROOT_MODEL,
        "pydantic.generics.GenericModel": _MODEL,
    },
    stars={"pydantic": frozenset({"BaseModel", "Field", "RootModel"})},
)


def claims(view: ClassView) -> bool:
    """Anything below `BaseModel`."""
    return view.maker() in NAMES.makers or bool(_ROOTS & view.external_bases)


def read(view: ClassView) -> RawClass:
    """Public annotated names; `x: int = Field(alias="y")` is stored as `y`."""
    if view.call is not None:
        keywords = [
            (k.arg, k.value) for k in view.call.keywords if k.arg and not k.arg.startswith("__")
        ]
        made = [RawField(name, _type_of(value), value.lineno) for name, value in keywords]
        return RawClass(KIND, tuple(made))
    fields = [
        _aliased(view, statement)
        for statement in view.statements()
        if isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
        and not statement.target.id.startswith("_")
        and statement.target.id != "model_config"
        and not _is_class_variable(statement.annotation)
    ]
    return RawClass(KIND, (*_root(view), *fields))


def _type_of(value: ast.expr) -> ast.expr:
    """`create_model("M", x=(int, 0))` gives the type first."""
    return value.elts[0] if isinstance(value, ast.Tuple) and value.elts else value


def _root(view: ClassView) -> list[RawField]:
    for base, _ in view.bases:
        if isinstance(base, ast.Subscript) and view.dotted(base) == _ROOT_MODEL:
            return [RawField("root", base.slice, base.lineno)]
    return []


def _is_class_variable(annotation: ast.expr) -> bool:
    head = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    return isinstance(head, (ast.Name, ast.Attribute)) and ast.unparse(head).endswith("ClassVar")


def _aliased(view: ClassView, statement: ast.AnnAssign) -> RawField:
    assert isinstance(statement.target, ast.Name)
    calls = [statement.value, *_metadata(statement.annotation)]
    field_calls = [call for call in calls if isinstance(call, ast.Call)]
    stored = next(filter(None, (_alias(view, call) for call in field_calls)), None)
    return RawField(
        statement.target.id,
        statement.annotation,
        statement.lineno,
        default=_has_default(statement.value),
        stored=stored,
    )


def _metadata(annotation: ast.expr) -> list[ast.expr]:
    match annotation:
        case ast.Subscript(
            ast.Name("Annotated") | ast.Attribute(attr="Annotated"), ast.Tuple([_, *rest])
        ):
            return rest
        case _:
            return []


def _alias(view: ClassView, call: ast.Call) -> str | None:
    for name in ("alias", "serialization_alias", "validation_alias"):
        node = view.keyword(call, name)
        constant = view.constant(node) if node is not None else None
        if constant is not None and isinstance(constant.value, str):
            return constant.value
    return None


def _has_default(value: ast.expr | None) -> bool:
    match value:
        case None:
            return False
        case ast.Call(_, args, keywords):
            given = {keyword.arg for keyword in keywords}
            required = bool(args) and isinstance(args[0], ast.Constant) and args[0].value is ...
            return (bool(args) and not required) or bool(given & {"default", "default_factory"})
        case ast.Constant(constant):
            return constant is not ...
        case _:
            return True
