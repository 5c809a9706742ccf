"""Annotation expression → Type: every spelling of a type gives one value; a class becomes a Ref."""

from __future__ import annotations

import ast
from collections.abc import Callable

from sigclock.interface import types
from sigclock.interface.type_tree import free_parameters, substitute, union
from sigclock.interface.types import (
    LARGE,
    Annotated,
    Apply,
    Group,
    Name,
    Parameter,
    Ref,
    Type,
    Unresolved,
)
from sigclock.interface.unknown import Unknown
from sigclock.python.names.bindings import TypeAlias, TypeParameter
from sigclock.python.names.branch_ranks import PREFERRED, if_ranks
from sigclock.python.names.canonical import file_format
from sigclock.python.names.computed_names import attribute_of
from sigclock.python.names.scopes import (
    ClassSymbol,
    External,
    FunctionSymbol,
    Missing,
    ModuleSymbol,
    Scope,
    Symbol,
    ValueSymbol,
)
from sigclock.python.names.unparse import line_of, repr_of
from sigclock.python.types.annotated import Metadata
from sigclock.python.types.literals import Literals
from sigclock.python.types.unfollowed import Registrar, Unfollowed
from sigclock.python.values.evaluator import Evaluator

#: Why a part could not be followed. The words are locked with the part, so they stay.
REASONS = {
    "changed": "something that runs may add parts to the class",
    "attribute": "the object has no such attribute in the source",
    "call": "it is computed by a call",
    "cycle": "its definition leads back to itself",
    "dynamic": "it is bound by something that only runs can tell",
    "expression": "the expression is not a type",
    "fields": "its list of fields cannot be read",
    "large": "it has too many parts",
    "link": "a symbolic link that leads out of the repository's sources is not followed",
    "missing-module": "no such module is in the tree",
    "name": "the name under which the field is stored cannot be read",
    "outside": "it belongs to a function that is not in the tree",
    "set": "its attributes are set by code that cannot be followed",
    "several": "a condition at run time decides what it is",
    "syntax": "the string does not parse",
    "undefined": "nothing in the tree defines it",
    "unreadable": "its file does not parse",
    "untold": "the source does not tell what a task of this class takes and gives",
    "value": "its value is computed",
}

#: How many parts one annotation may have, and how deep one in the other.
_SIZE = 3_000
_DEPTH = 50
_WRAPPERS = {
    f"typing.{name}" for name in ("ClassVar", "InitVar", "Final", "Required", "NotRequired")
}
_DATASETS = {
    "pandas.DataFrame",
    "flytekit.StructuredDataset",
    "flytekit.FlyteSchema",
    "flyte.io.DataFrame",
    "pyarrow.Table",
    "polars.DataFrame",
}
_FILES = {"flytekit.FlyteFile", "flytekit.FlyteDirectory"}
_OF_ITEMS = {"frozenset", "list", "set"}
_TYPE_VARIABLES = {"typing.TypeVar", "typing.ParamSpec", "typing.TypeVarTuple"}


class Annotations:
    """Resolves annotations; `register` gives a class's key and sees to its being read.

    `defaults` are the arguments of a class that is named without any.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        register: Registrar,
        defaults: Callable[[ClassSymbol], tuple[Type, ...]],
    ) -> None:
        self._evaluator = evaluator
        self._defaults = defaults
        self._names = evaluator.names
        self._makers = evaluator.names.modules.external.makers
        self._register = register
        self.unfollowed = Unfollowed(evaluator.names, register)
        self._metadata = Metadata(evaluator, self._type, self.unfollowed)
        self._literals = Literals(evaluator.names, register)
        self._size = 0
        self._depth = 0
        self._open: list[int] = []

    def resolve(self, node: ast.expr, scope: Scope, line: int | None = None) -> Type:
        """The type that an annotation means, with type variables as parameters.

        `line` is where it is evaluated; strings and postponed annotations are read at the end.
        """
        # The variables of a generic model are resolved while a type that names it is.
        outer = (self._size, self._depth, self._open)
        self._size, self._depth, self._open = 0, 0, []
        try:
            return self._type(node, scope, None if _is_postponed(scope) else line)
        finally:
            self._size, self._depth, self._open = outer

    # -- expressions -------------------------------------------------------------------------

    def _type(self, node: ast.expr, scope: Scope, line: int | None) -> Type:
        self._size += 1
        self._names.spend()
        if self._size > _SIZE or self._depth > _DEPTH:
            return LARGE
        self._depth += 1
        try:
            return self._read(node, scope, line)
        finally:
            self._depth -= 1

    def _read(self, node: ast.expr, scope: Scope, line: int | None) -> Type:
        match node:
            case ast.Constant(None):
                return types.NONE
            case ast.Constant(str(text)):
                return self._string(text, scope)
            case ast.Constant(value) if value is ...:
                return types.ELLIPSIS
            case ast.Constant(value):
                return _literal_of([repr_of(value)])
            case ast.BinOp(_, ast.BitOr(), _):
                return union(
                    [self._type(alternative, scope, line) for alternative in _alternatives(node)]
                )
            case ast.List(items):
                return Group(tuple(self._type(item, scope, line) for item in items))
            case ast.Tuple(items):
                return Apply("tuple", tuple(self._type(item, scope, line) for item in items))
            case _ if isinstance(node, ast.Name) or attribute_of(node) is not None:
                return self._named(node, scope, line)
            case ast.Subscript():
                return self._subscript(node, scope, line)
            case ast.Starred(inner):
                return self._type(inner, scope, line)
            case ast.Call():
                return self._call(node, scope, line)
            case ast.IfExp(test, body, orelse):
                return self._choice(node, if_ranks(test), (body, orelse), scope, line)
            case _:
                return self.unfollowed.of(node, scope, "expression", line)

    def _choice(
        self,
        node: ast.expr,
        ranks: dict[str, str],
        arms: tuple[ast.expr, ast.expr],
        scope: Scope,
        line: int | None,
    ) -> Type:
        """`A if condition else B`: the arm that runs, or what both agree on."""
        body, orelse = (self._type(arm, scope, line) for arm in arms)
        if ranks:
            return body if ranks["body"] == PREFERRED else orelse
        if body == orelse:
            return body
        return self.unfollowed.of(node, scope, "several", line, (body, orelse))

    def _string(self, text: str, scope: Scope) -> Type:
        try:
            node = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return Unresolved(text[:200], "syntax")
        return self._type(node, scope, None)

    def _named(self, node: ast.expr, scope: Scope, line: int | None) -> Type:
        symbols = self._possible(node, scope, line)
        if self._is_bound_later(node, scope, symbols):
            meanings = [self._symbol(symbol, node) for symbol in symbols]
            return self.unfollowed.of(node, scope, "dynamic", line, meanings)
        if len(symbols) > 1:
            meanings = [self._symbol(symbol, node) for symbol in symbols]
            if all(type_ == meanings[0] for type_ in meanings):
                return meanings[0]
            return union([Unresolved(_text(node), "several"), *meanings])
        return self._symbol(symbols[0], node)

    def _is_bound_later(self, node: ast.expr, scope: Scope, symbols: list[Symbol]) -> bool:
        """Whether a function may have given another meaning to a name by the time it is read."""
        named = isinstance(node, ast.Name) and node.id in scope.module.bound_by_functions
        return named and not all(isinstance(symbol, Missing) for symbol in symbols)

    def _possible(self, node: ast.expr, scope: Scope, line: int | None) -> list[Symbol]:
        """Strings and postponed annotations in a class are read in the module first.

        So does https://github.com/python/cpython/blob/3.13/Lib/typing.py in `get_type_hints`.
        """
        if line is None and scope.kind == "class":
            module = self._names.module_scope(scope.module)
            symbols = self._names.possible(node, module)
            if not isinstance(symbols[0], Missing) and not _is_builtin(symbols[0]):
                return symbols
        return self._names.possible(node, scope, line)

    def _symbol(self, symbol: Symbol, node: ast.expr) -> Type:
        match symbol:
            case External(dotted):
                return external(self._names.canonical(dotted))
            case ClassSymbol():
                return Ref(self._register(symbol), self._defaults(symbol))
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
            return self._assigned_call(symbol, symbol.node)
        if id(symbol.node) in self._open:
            return Unresolved(_text(node), "cycle")
        self._open.append(id(symbol.node))
        try:
            return self._type(symbol.node, symbol.scope, symbol.before)
        finally:
            self._open.pop()

    def _assigned_call(self, symbol: ValueSymbol, call: ast.Call) -> Type:
        maker = self._dotted(call.func, symbol.scope)
        if maker in _TYPE_VARIABLES:
            return Parameter(symbol.name)
        if maker in self._makers:
            return Ref(self._register(symbol))
        return self._call(call, symbol.scope, symbol.before)

    def _call(self, node: ast.Call, scope: Scope, line: int | None = None) -> Type:
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
        given = self._names.given(node, scope, line)
        if given and not any(isinstance(symbol, Missing) for symbol in given):
            return union([self._symbol(symbol, node) for symbol in given])
        constraints = self._names.modules.external.constraints
        if type_ := constraints.get(maker or ""):
            return self._constrained(type_, node, scope, line)
        return self.unfollowed.of(node, scope, "call", line)

    def _constrained(self, type_: str, node: ast.Call, scope: Scope, line: int | None) -> Type:
        """`conint(gt=0)`, `conlist(int)`: the type without its constraints."""
        if type_ not in _OF_ITEMS:
            return Name(type_)
        named = (keyword.value for keyword in node.keywords if keyword.arg == "item_type")
        item = node.args[0] if node.args else next(named, None)
        if item is None or isinstance(item, ast.Starred):
            return self.unfollowed.of(node, scope, "call", line)
        return Apply(type_, (self._type(item, scope, line),))

    # -- subscripts --------------------------------------------------------------------------

    def _subscript(self, node: ast.Subscript, scope: Scope, line: int | None) -> Type:
        head, index = node.value, node.slice
        items = index.elts if isinstance(index, ast.Tuple) else [index]
        base = self._head(head, scope, line)
        if not items and base != Name("tuple"):
            return Unresolved(f"{_text(head)}[()]", "expression")
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
                return self._metadata.file(base, items[0], scope)
            case Name(dotted) if dotted in _WRAPPERS:
                return Apply(dotted, (self._type(index, scope, line),))
            case Name(dotted) if dotted in _DATASETS:
                return self._metadata.dataset(base, items, scope, line)
            case Name(dotted):
                return Apply(dotted, tuple(self._type(item, scope, line) for item in items))
            case Ref(name, ()):
                return Ref(name, tuple(self._type(item, scope, line) for item in items))
            case _ if parameters := free_parameters(base):
                args = [self._type(item, scope, line) for item in items]
                return substitute(base, dict(zip(parameters, args, strict=False)))
            case Unresolved(_, reason):
                return Unresolved(f"{_text(head)}[{_text(index)}]", reason)
            case _:
                return self.unfollowed.of(node, scope, "expression", line)

    def _head(self, head: ast.expr, scope: Scope, line: int | None) -> Type:
        """What is subscripted; a class without the arguments that it has by default."""
        base = self._type(head, scope, line)
        if isinstance(base, Ref) and isinstance(head, (ast.Name, ast.Attribute)):
            return Ref(base.name)
        return base

    def _literal(self, items: list[ast.expr], scope: Scope) -> Type:
        """The allowed values, also those behind constants; each one that cannot be told apart."""
        values: list[str] = []
        unknown: list[Type] = []
        for item in items:
            options = self._literals.of(item, scope)
            if isinstance(options, Unknown):
                match self._type(item, scope, None):
                    case types.Literal(inner):
                        options = inner
                    case _:
                        options = ()
                        unknown.append(self.unfollowed.of(item, scope, "value"))
            values.extend(options)
        return union([*([_literal_of(values)] if values else []), *unknown])

    def _annotated(self, items: list[ast.expr], scope: Scope, line: int | None) -> Type:
        base = self._type(items[0], scope, line)
        inner = base.base if isinstance(base, Annotated) else base
        if isinstance(inner, Name) and inner.dotted in _DATASETS:
            base = self._metadata.dataset(base, items[1:], scope, line)
        return self._metadata.artifact(base, items[1:], scope)

    def _dotted(self, node: ast.expr, scope: Scope) -> str | None:
        if not isinstance(node, (ast.Name, ast.Attribute)):
            return None
        symbol = self._names.of(node, scope)
        return self._names.canonical(symbol.dotted) if isinstance(symbol, External) else None


def external(dotted: str) -> Type:
    """A type outside the tree by its canonical name; a named file format as file and format."""
    formatted = file_format(dotted)
    if formatted is not None:
        return Annotated(Name(formatted[0]), facts=(formatted[1],))
    return Name(dotted)


def _is_builtin(symbol: Symbol) -> bool:
    return isinstance(symbol, External) and "." not in symbol.dotted


def _literal_of(values: list[str]) -> Type:
    """Allowed values; a number in hexadecimal is too long to be parsed, so it stays text."""
    if any(value.startswith(("0x", "-0x")) for value in values):
        return LARGE
    return types.Literal(tuple(dict.fromkeys(values)))


def _alternatives(node: ast.expr) -> list[ast.expr]:
    """A, B and C of `A | B | C`."""
    operands: list[ast.expr] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        operands.append(node.right)
        node = node.left
    return [node, *reversed(operands)]


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
    return line_of(node)[:200]
