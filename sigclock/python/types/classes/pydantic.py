"""pydantic v2 models: fields, aliases, generics and root models."""

from __future__ import annotations

import ast

from sigclock.interface.snapshot import ClassKind, Flyte1Form, Flyte2Form
from sigclock.interface.unknown import Unknown
from sigclock.python.names.canonical import ExternalNames
from sigclock.python.names.scopes import External, FunctionSymbol, ValueSymbol
from sigclock.python.names.unparse import digest_of
from sigclock.python.types.class_view import ClassView, RawClass, RawField, Unread
from sigclock.python.types.substitution import Part
from sigclock.python.values.folding import folded

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
#: Decorators of methods that make the stored form.
_SERIALIZERS = {"pydantic.field_serializer", "pydantic.model_serializer"}
#: Types that only add constraints to another one (`pydantic/types.py`): its values, and its key.
_CONSTRAINED = {
    "int": "NegativeInt NonNegativeInt NonPositiveInt PositiveInt StrictInt",
    "float": "FiniteFloat NegativeFloat NonNegativeFloat NonPositiveFloat"
    " PositiveFloat StrictFloat",
    "bool": "StrictBool",
    "str": "StrictStr",
    "bytes": "StrictBytes",
    "pathlib.Path": "DirectoryPath FilePath NewPath SocketPath",
    "uuid.UUID": "UUID1 UUID3 UUID4 UUID5 UUID6 UUID7 UUID8",
}
_CONSTRAINTS = {
    "pydantic.conbytes": "bytes",
    "pydantic.condate": "datetime.date",
    "pydantic.condecimal": "decimal.Decimal",
    "pydantic.confloat": "float",
    "pydantic.confrozenset": "frozenset",
    "pydantic.conint": "int",
    "pydantic.conlist": "list",
    "pydantic.conset": "set",
    "pydantic.constr": "str",
}
#: Classes whose place in a model another class's values take; flytekit has a pickle in its key.
_CHECKED = {
    "pydantic.AwareDatetime": "datetime.datetime",
    "pydantic.FutureDate": "datetime.date",
    "pydantic.FutureDatetime": "datetime.datetime",
    "pydantic.NaiveDatetime": "datetime.datetime",
    "pydantic.PastDate": "datetime.date",
    "pydantic.PastDatetime": "datetime.datetime",
}
_TYPES = {name: type_ for type_, names in _CONSTRAINED.items() for name in names.split()}
NAMES = ExternalNames(
    makers=frozenset({"pydantic.create_model"}),
    bases=frozenset({_MODEL, _ROOT_MODEL}),
    spellings={
        "pydantic.main.BaseModel": _MODEL,
        "pydantic.v1.BaseModel": _MODEL,
        "pydantic.root_model.RootModel": _ROOT_MODEL,
        "pydantic.generics.GenericModel": _MODEL,
        **{f"pydantic.{name}": type_ for name, type_ in _TYPES.items()},
        **{f"pydantic.types.{name}": type_ for name, type_ in _TYPES.items()},
        **{
            name.replace("pydantic.", "pydantic.types."): name
            for name in (*_CONSTRAINTS, *_CHECKED)
        },
    },
    stars={
        "pydantic": frozenset(
            {"BaseModel", "Field", "RootModel", *_TYPES}
            | {name.rpartition(".")[2] for name in (*_CONSTRAINTS, *_CHECKED)}
        )
    },
    constraints=_CONSTRAINTS,
    checked=_CHECKED,
)


def claims(view: ClassView) -> bool:
    """Anything below `BaseModel`."""
    return view.maker() in NAMES.makers or bool(_ROOTS & view.external_bases)


def read(view: ClassView) -> RawClass:
    """Public annotated names; `x: int = Field(alias="y")` is stored as `y`."""
    if view.call is not None:
        return _by_create_model(view, view.call)
    fields = [
        _aliased(view, statement)
        for statement in view.statements()
        if isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
        and not statement.target.id.startswith("_")
        and statement.target.id != "model_config"
        and not _is_class_variable(statement.annotation)
    ]
    facts, unread = _settings(view)
    facts = (*facts, *_serializers(view))
    return RawClass(KIND, (*_root(view), *fields), facts=facts, unread=unread)


def _by_create_model(view: ClassView, call: ast.Call) -> RawClass:
    """`create_model("M", x=(int, 0), **MORE)` gives the type first."""
    fields: list[RawField] = []
    for keyword in call.keywords:
        if keyword.arg is None:
            listed = view.listed(keyword.value)
            if isinstance(listed, Unknown):
                unread = (Unread(keyword.value, view.outer, "fields"),)
                return RawClass(KIND, tuple(fields), unread=unread)
            for entry in listed:
                node, scope = entry.rest[0].node, entry.rest[0].scope
                fields.append(RawField(entry.name, _type_of(node), entry.node, scope=scope))
        elif not keyword.arg.startswith("__"):
            value = keyword.value
            fields.append(RawField(keyword.arg, _type_of(value), value))
    return RawClass(KIND, tuple(fields))


def _type_of(value: ast.expr) -> ast.expr:
    """The type of `(int, 0)`."""
    return value.elts[0] if isinstance(value, ast.Tuple) and value.elts else value


def _settings(view: ClassView) -> tuple[tuple[str, ...], tuple[Unread, ...]]:
    """The generator of aliases, if the model is stored under them."""
    settings = _configuration(view)
    if isinstance(settings, Unread):
        return (), (settings,)
    generator = settings.get("alias_generator")
    if generator is None or not _is_by_alias(settings, view):
        return (), ()
    symbol = view.names.of(generator.node, generator.scope)
    match symbol:
        case External(dotted) if view.names.modules.is_known(view.names.canonical(dotted)):
            return (f"alias_generator={view.names.canonical(dotted)}",), ()
        case FunctionSymbol(_, node):
            return (f"alias_generator={digest_of(node)}",), ()
        case ValueSymbol(node=ast.Lambda() as node):
            return (f"alias_generator={digest_of(node)}",), ()
        case _ if isinstance(generator.node, ast.Lambda):
            return (f"alias_generator={digest_of(generator.node)}",), ()
        case _:
            return (), (Unread(generator.node, generator.scope, "name"),)


def _is_by_alias(settings: dict[str, Part] | Unread, view: ClassView) -> bool:
    """Whether values are stored under aliases; what cannot be read may say so."""
    if isinstance(settings, Unread):
        return True
    option = settings.get("serialize_by_alias")
    return option is not None and folded(option.node, option.scope, view.names) is not False


def _configuration(view: ClassView) -> dict[str, Part] | Unread:
    """The settings of a model by key: its own, then those of the classes above it."""
    settings: dict[str, Part] = {}
    for class_view in (view, *view.ancestors):
        for statement in class_view.statements():
            match statement:
                case ast.Assign([ast.Name("model_config")], value) | ast.AnnAssign(
                    ast.Name("model_config"), _, ast.expr() as value
                ):
                    listed = class_view.listed(value)
                    if isinstance(listed, Unknown):
                        return Unread(value, class_view.scope, "name")
                    own = {entry.name: entry.rest[0] for entry in listed if entry.rest}
                case ast.ClassDef(name="Config", body=body):
                    assigned = (s for s in body if isinstance(s, ast.Assign))
                    own = {
                        target.id: Part(s.value, class_view.scope)
                        for s in assigned
                        for target in s.targets
                        if isinstance(target, ast.Name)
                    }
                case _:
                    continue
            settings = {**own, **settings}
        if isinstance(class_view.node, ast.ClassDef):
            keywords = class_view.node.keywords
            given = {k.arg: Part(k.value, class_view.outer) for k in keywords if k.arg}
            settings = {**given, **settings}
    return settings


def _serializers(view: ClassView) -> tuple[str, ...]:
    """The functions that decide what is stored of a model or its fields, each by its source."""
    facts: list[str] = []
    for statement in view.statements():
        if isinstance(statement, ast.FunctionDef):
            applied = map(view.dotted, statement.decorator_list)
            if any(dotted in _SERIALIZERS for dotted in applied if dotted):
                facts.append(f"serializer {digest_of(statement)}")
    return tuple(facts)


def _root(view: ClassView) -> list[RawField]:
    for base, _ in view.bases:
        if isinstance(base, ast.Subscript) and view.dotted(base) == _ROOT_MODEL:
            return [RawField("root", base.slice, base)]
    return []


def _is_class_variable(annotation: ast.expr) -> bool:
    head = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    return isinstance(head, (ast.Name, ast.Attribute)) and ast.unparse(head).endswith("ClassVar")


def _aliased(view: ClassView, statement: ast.AnnAssign) -> RawField:
    assert isinstance(statement.target, ast.Name)
    calls = [statement.value, *_metadata(statement.annotation)]
    field_calls = [call for call in calls if isinstance(call, ast.Call)]
    if statement.value is not None and view.is_hidden(statement.value):
        stored: str | Unread | None = Unread(statement.value, view.scope, "name")
        return RawField(
            statement.target.id, statement.annotation, statement, default=True, stored=stored
        )
    stored = next((name for call in field_calls if (name := _alias(view, call)) is not None), None)
    return RawField(
        statement.target.id,
        statement.annotation,
        statement,
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


def _alias(view: ClassView, call: ast.Call) -> str | Unread | None:
    """The name under which the field is stored; "" for one that is left out."""
    excluded = view.keyword(call, "exclude")
    if excluded is not None:
        value = folded(excluded, view.outer, view.names)
        if isinstance(value, Unknown):
            return Unread(excluded, view.outer, "name")
        if value is True:
            return ""
    given = [view.keyword(call, name) for name in ("serialization_alias", "alias")]
    node = next(filter(None, given), None)
    if node is None or not _is_by_alias(_configuration(view), view):
        return None
    text = folded(node, view.outer, view.names)
    return text if isinstance(text, str) else Unread(node, view.outer, "name")


def _has_default(value: ast.expr | None) -> bool:
    match value:
        case None:
            return False
        case ast.Call(_, args, keywords):
            names = {keyword.arg for keyword in keywords}
            required = bool(args) and isinstance(args[0], ast.Constant) and args[0].value is ...
            return (bool(args) and not required) or bool(names & {"default", "default_factory"})
        case ast.Constant(constant):
            return constant is not ...
        case _:
            return True
