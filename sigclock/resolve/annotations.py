"""Annotation expression → Type: every spelling of a type gives one value; a class becomes a Ref."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from sigclock.model import types
from sigclock.model.types import (
    Annotated,
    Apply,
    Column,
    Group,
    Name,
    Parameter,
    Ref,
    Type,
    Unresolved,
)
from sigclock.resolve.bindings import TypeAlias, TypeParameter
from sigclock.resolve.libraries import canonical, file_format
from sigclock.resolve.names import (
    ClassSymbol,
    External,
    FunctionSymbol,
    Missing,
    ModuleSymbol,
    Scope,
    Symbol,
    ValueSymbol,
)
from sigclock.resolve.values import Evaluator

#: Why a part could not be followed. The words are locked with the part, so they stay.
REASONS = {
    "attribute": "the object has no such attribute in the source",
    "call": "it is computed by a call",
    "cycle": "its definition leads back to itself",
    "dynamic": "it is bound by something that only runs can tell",
    "expression": "it is an expression that is no type",
    "large": "it has too many parts",
    "missing-module": "no such module is in the tree",
    "several": "a condition at run time decides what it is",
    "syntax": "the string does not parse",
    "undefined": "nothing in the tree defines it",
    "unreadable": "its file does not parse",
}

_SIZE = 3_000
_WRAPPERS = {
    "typing.ClassVar",
    "typing.InitVar",
    "typing.Final",
    "typing.Required",
    "typing.NotRequired",
}
_DATASETS = {
    "pandas.DataFrame",
    "flytekit.StructuredDataset",
    "flytekit.FlyteSchema",
    "pyarrow.Table",
    "polars.DataFrame",
}
_FILES = {"flytekit.FlyteFile", "flytekit.FlyteDirectory"}
_TYPE_VARIABLES = {"typing.TypeVar", "typing.ParamSpec", "typing.TypeVarTuple"}

Registrar = Callable[[ClassSymbol | ValueSymbol], str]


class Annotations:
    """Resolves annotations; `register` gives a class's key and sees to its being read."""

    def __init__(self, evaluator: Evaluator, makers: frozenset[str], register: Registrar) -> None:
        self._evaluator = evaluator
        self._names = evaluator.names
        self._makers = makers
        self._register = register
        self._size = 0
        self._open: list[int] = []

    def resolve(self, node: ast.expr, scope: Scope, line: int | None = None) -> Type:
        """The type that an annotation means, with type variables as parameters.

        `line` is where it is evaluated; strings and postponed annotations are read at the end.
        """
        self._size = 0
        self._open = []
        return self._type(node, scope, None if _is_postponed(scope) else line)

    # -- expressions -------------------------------------------------------------------------

    def _type(self, node: ast.expr, scope: Scope, line: int | None) -> Type:
        self._size += 1
        if self._size > _SIZE:
            return Unresolved("...", "large")
        match node:
            case ast.Constant(None):
                return types.NONE
            case ast.Constant(str(text)):
                return self._string(text, scope)
            case ast.Constant(value) if value is ...:
                return types.ELLIPSIS
            case ast.Constant(value):
                return types.Literal((repr(value),))
            case ast.BinOp(left, ast.BitOr(), right):
                return union([self._type(left, scope, line), self._type(right, scope, line)])
            case ast.List(items):
                return Group(tuple(self._type(item, scope, line) for item in items))
            case ast.Tuple(items):
                return Apply("tuple", tuple(self._type(item, scope, line) for item in items))
            case ast.Subscript(head, index):
                return self._subscript(head, index, scope, line)
            case ast.Name() | ast.Attribute():
                return self._named(node, scope, line)
            case ast.Starred(inner):
                return self._type(inner, scope, line)
            case ast.Call():
                return self._call(node, scope)
            case _:
                return Unresolved(_text(node), "expression")

    def _string(self, text: str, scope: Scope) -> Type:
        try:
            node = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return Unresolved(text[:200], "syntax")
        return self._type(node, scope, None)

    def _named(self, node: ast.Name | ast.Attribute, scope: Scope, line: int | None) -> Type:
        symbols = self._names.alternatives(node, scope, line)
        if len(symbols) > 1:
            found = [self._symbol(symbol, node) for symbol in symbols]
            return (
                found[0]
                if all(f == found[0] for f in found)
                else Unresolved(_text(node), "several")
            )
        return self._symbol(symbols[0], node)

    def _symbol(self, symbol: Symbol, node: ast.expr) -> Type:
        match symbol:
            case External(dotted):
                return external(canonical(dotted))
            case ClassSymbol():
                return Ref(self._register(symbol))
            case ValueSymbol():
                return self._value(symbol, node)
            case Missing(spelling, reason):
                return _missing(spelling, reason, node)
            case ModuleSymbol() | FunctionSymbol():
                return Unresolved(_text(node), "expression")

    def _value(self, symbol: ValueSymbol, node: ast.expr) -> Type:
        """A variable in an annotation: a type variable, a class made by a call, or an alias."""
        if isinstance(symbol.node, TypeParameter):
            return Parameter(symbol.node.name)
        if isinstance(symbol.node, TypeAlias):
            return Ref(self._register(symbol))
        if isinstance(symbol.node, ast.Call):
            return self._made(symbol, symbol.node)
        if id(symbol.node) in self._open:
            return Unresolved(_text(node), "cycle")
        self._open.append(id(symbol.node))
        try:
            return self._type(symbol.node, symbol.scope, symbol.node.lineno)
        finally:
            self._open.pop()

    def _made(self, symbol: ValueSymbol, call: ast.Call) -> Type:
        maker = self._dotted(call.func, symbol.scope)
        if maker in _TYPE_VARIABLES:
            return Parameter(symbol.name)
        if maker in self._makers:
            return Ref(self._register(symbol))
        return self._call(call, symbol.scope)

    def _call(self, node: ast.Call, scope: Scope) -> Type:
        """A call written as an annotation: an inline NamedTuple, a `ForwardRef`, columns."""
        maker = self._dotted(node.func, scope)
        first = node.args[0] if node.args else None
        if maker in self._makers:
            name = first.value if isinstance(first, ast.Constant) else ""
            return Ref(self._register(ValueSymbol(scope, str(name), node)))
        if maker == "typing.ForwardRef" and isinstance(first, ast.Constant):
            return self._string(str(first.value), scope)
        if maker == "type" and isinstance(first, ast.Constant) and first.value is None:
            return types.NONE
        return Unresolved(_text(node), "call")

    # -- subscripts --------------------------------------------------------------------------

    def _subscript(self, head: ast.expr, index: ast.expr, scope: Scope, line: int | None) -> Type:
        items = index.elts if isinstance(index, ast.Tuple) else [index]
        base = self._type(head, scope, line)
        match base:
            case Name("typing.Optional"):
                return union([self._type(index, scope, line), types.NONE])
            case Name("typing.Union"):
                return union(self._type(item, scope, line) for item in items)
            case Name("typing.Annotated"):
                return self._annotated(items, scope, line)
            case Name("typing.Literal"):
                return self._literal(items, scope)
            case Name(dotted) if dotted in _FILES:
                return self._formatted(base, items, scope)
            case Name(dotted) if dotted in _WRAPPERS:
                return Apply(dotted, (self._type(index, scope, line),))
            case Name(dotted) if dotted in _DATASETS:
                return self._with_facts(base, items, scope, line)
            case Name(dotted):
                return Apply(dotted, tuple(self._type(item, scope, line) for item in items))
            case Ref(name, ()):
                return Ref(name, tuple(self._type(item, scope, line) for item in items))
            case _ if parameters := free_parameters(base):
                args = [self._type(item, scope, line) for item in items]
                return substitute(base, dict(zip(parameters, args, strict=False)))
            case _:
                return Unresolved(f"{_text(head)}[{_text(index)}]", "expression")

    def _literal(self, items: list[ast.expr], scope: Scope) -> Type:
        values: list[str] = []
        for item in items:
            match item:
                case ast.Constant(value):
                    values.append(repr(value))
                case ast.UnaryOp(ast.USub(), ast.Constant(value)):
                    values.append(f"-{value!r}")
                case ast.Subscript():
                    inner = self._type(item, scope, None)
                    values.extend(inner.values if isinstance(inner, types.Literal) else [])
                case ast.Attribute(owner, member):
                    symbol = self._names.of(owner, scope)
                    holder = (
                        self._register(symbol) if isinstance(symbol, ClassSymbol) else _text(owner)
                    )
                    values.append(f"{holder}.{member}")
                case _:
                    inner = self._type(item, scope, None)
                    values.extend(
                        inner.values if isinstance(inner, types.Literal) else [_text(item)]
                    )
        return types.Literal(tuple(dict.fromkeys(values)))

    def _formatted(self, base: Type, items: list[ast.expr], scope: Scope) -> Type:
        """`FlyteFile["csv"]`, `FlyteFile[".csv"]`, `FlyteFile[TypeVar("csv")]`: one format."""
        text = self._format(items[0], scope) if items else None
        if text is None:
            return Unresolved(_text(items[0]), "expression")
        return Annotated(base, facts=(text.lstrip("."),))

    def _format(self, node: ast.expr, scope: Scope) -> str | None:
        constant = self._evaluator.fold(node, scope)
        if constant is not None:
            return str(constant.value)
        symbol = (
            self._names.of(node, scope) if isinstance(node, (ast.Name, ast.Attribute)) else None
        )
        inner = symbol.node if isinstance(symbol, ValueSymbol) else node
        match inner:
            case ast.Call(_, [ast.Constant(str(name)), *_]):
                return name
            case ast.Subscript(_, ast.Tuple([_, ast.Call(_, [ast.Constant(str(name)), *_])])):
                return name
            case _:
                return symbol.dotted.rpartition(".")[2] if isinstance(symbol, External) else None

    def _annotated(self, items: list[ast.expr], scope: Scope, line: int | None) -> Type:
        base = self._type(items[0], scope, line)
        inner = base.base if isinstance(base, Annotated) else base
        match inner:
            case Name(dotted) if dotted in _DATASETS:
                return self._with_facts(base, items[1:], scope, line)
            case _:
                return base

    def _with_facts(
        self, base: Type, items: list[ast.expr], scope: Scope, line: int | None
    ) -> Type:
        """The columns and the format of a dataset; hash methods and other metadata are dropped."""
        columns = base.columns if isinstance(base, Annotated) else ()
        facts = base.facts if isinstance(base, Annotated) else ()
        plain = base.base if isinstance(base, Annotated) else base
        for item in items:
            found = self._columns(item, scope, line)
            text = self._fact(item, scope) if found is None else None
            columns = found if found is not None else columns
            facts = (*facts, text) if text is not None else facts
        return Annotated(plain, columns, facts) if columns or facts else plain

    def _fact(self, item: ast.expr, scope: Scope) -> str | None:
        """A format as a string or as one of the SDK's constants."""
        constant = self._evaluator.fold(item, scope)
        if constant is not None and isinstance(constant.value, str):
            return constant.value
        if not isinstance(item, (ast.Name, ast.Attribute)):
            return None
        symbol = self._names.of(item, scope)
        if isinstance(symbol, External) and symbol.dotted.startswith(("flytekit", "flyte.")):
            return symbol.dotted.rpartition(".")[2].lower()
        return None

    def _columns(self, item: ast.expr, scope: Scope, line: int | None) -> tuple[Column, ...] | None:
        """`kwtypes(a=int)`, `OrderedDict(a=int)` or `{"a": int}`, also through a constant."""
        match item:
            case ast.Call(func, args, keywords):
                maker = self._dotted(func, scope)
                if maker in {"flytekit.kwtypes", "collections.OrderedDict", "dict"}:
                    named = [(k.arg, k.value) for k in keywords if k.arg]
                    inner = self._columns(args[0], scope, line) if args else ()
                    made = tuple(
                        Column(name, self._type(node, scope, line)) for name, node in named
                    )
                    return (*(inner or ()), *made)
                return None
            case ast.Dict(keys, values):
                pairs = [
                    (k.value, v)
                    for k, v in zip(keys, values, strict=True)
                    if isinstance(k, ast.Constant)
                ]
                return tuple(
                    Column(str(name), self._type(node, scope, line)) for name, node in pairs
                )
            case ast.Name() | ast.Attribute():
                symbol = self._names.of(item, scope)
                if isinstance(symbol, ValueSymbol) and isinstance(
                    symbol.node, (ast.Call, ast.Dict)
                ):
                    return self._columns(symbol.node, symbol.scope, None)
                return None
            case _:
                return None

    def _dotted(self, node: ast.expr, scope: Scope) -> str | None:
        if not isinstance(node, (ast.Name, ast.Attribute)):
            return None
        symbol = self._names.of(node, scope)
        return canonical(symbol.dotted) if isinstance(symbol, External) else None


def external(dotted: str) -> Type:
    """A type outside the tree by its canonical name; a named file format as file and format."""
    formatted = file_format(dotted)
    if formatted is not None:
        return Annotated(Name(formatted[0]), facts=(formatted[1],))
    return Name(dotted)


def union(members: Iterable[Type]) -> Type:
    """Flat, without twins, in the order given; a single member is itself."""
    flat: list[Type] = []
    for member in members:
        flat.extend(member.members if isinstance(member, types.Union) else [member])
    distinct = tuple(dict.fromkeys(flat))
    return types.Union(distinct) if len(distinct) > 1 else distinct[0]


def children(type_: Type) -> tuple[Type, ...]:
    """The types directly inside a type."""
    match type_:
        case Ref(_, args) | Apply(_, args) | types.Union(args) | Group(args):
            return args
        case Annotated(base, columns):
            return (base, *(column.type for column in columns))
        case _:
            return ()


def free_parameters(type_: Type) -> list[str]:
    """The type variables in order of appearance, each once."""
    if isinstance(type_, Parameter):
        return [type_.name]
    return list(dict.fromkeys(name for child in children(type_) for name in free_parameters(child)))


def substitute(type_: Type, args: dict[str, Type]) -> Type:
    """Put types in the place of type variables."""
    if not args:
        return type_
    match type_:
        case Parameter(name):
            return args.get(name, type_)
        case Ref(name, inner):
            return Ref(name, tuple(substitute(one, args) for one in inner))
        case Apply(origin, inner):
            return Apply(origin, tuple(substitute(one, args) for one in inner))
        case types.Union(members):
            return union(substitute(one, args) for one in members)
        case Group(items):
            return Group(tuple(substitute(one, args) for one in items))
        case Annotated(base, columns, facts):
            replaced = tuple(Column(c.name, substitute(c.type, args)) for c in columns)
            return Annotated(substitute(base, args), replaced, facts)
        case _:
            return type_


def bind_free(type_: Type, parameters: Iterable[str]) -> Type:
    """Make of type variables that no class binds what Flyte does: a pickle of anything."""
    bound = set(parameters)
    free = [name for name in free_parameters(type_) if name not in bound]
    return substitute(type_, dict.fromkeys(free, Name("typing.TypeVar")))


def _missing(spelling: str, reason: str, node: ast.expr) -> Type:
    # Generated protobuf modules build their classes at import; their import name is all there is.
    if any(part.endswith("_pb2") for part in spelling.split(".")):
        return Name(spelling)
    return Unresolved(_text(node), reason)


def _is_postponed(scope: Scope) -> bool:
    """`from __future__ import annotations`: every annotation is read after the module has run."""
    bindings = scope.module.bindings.by_name.get("annotations", ())
    return any(getattr(binding.target, "module", None) == "__future__" for binding in bindings)


def _text(node: ast.expr) -> str:
    return " ".join(ast.unparse(node).split())[:200]
