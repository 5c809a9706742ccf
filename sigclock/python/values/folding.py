"""Folds expressions of constants into Python values; no code of the tree is run."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from sigclock.interface.unknown import Unknown
from sigclock.python.names.names import Names
from sigclock.python.names.scopes import External, FunctionSymbol, Scope, ValueSymbol
from sigclock.source import Location

#: How deep expressions lead to each other, and how long a text or list may get.
_DEPTH = 24
_LONGEST = 2_000
_BITS = 512

T = TypeVar("T")

_OPERATORS: dict[type[ast.operator], Callable[..., object]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
    ast.BitXor: operator.xor,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[..., object]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda item, some: item in some,
    ast.NotIn: lambda item, some: item not in some,
}
_METHODS = frozenset(
    """capitalize casefold format join lower lstrip removeprefix removesuffix replace rstrip split
    startswith endswith strip swapcase title upper get""".split()  # noqa: SIM905 - a line a method else
)
_FUNCTIONS: dict[str, Callable[..., object]] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    "len": len,
    "tuple": tuple,
    "list": tuple,
    "sorted": lambda some: tuple(sorted(some)),
    "repr": repr,
}
#: A width in a format that asks for a text of thousands of blanks, or an attribute of a value.
_HUGE = re.compile(r"\{[^{}]*(?:\d{4}|\.[a-zA-Z_]|\[|\{)|%[^a-zA-Z%]*(?:\d{4}|\*)")


class _UnreadableError(Exception):
    """Raised with the expression that cannot be read."""

    def __init__(self, node: ast.expr, scope: Scope) -> None:
        super().__init__()
        self.unknown = Unknown(
            "it is not made of constants alone",
            Location(scope.module.path, getattr(node, "lineno", 1)),
        )


class _At(msgspec.Struct, frozen=True, eq=False):
    """Where an expression is read; `env` has what is known of local names."""

    scope: Scope
    env: Mapping[str, object]
    depth: int

    def deeper(self) -> _At:
        return _At(self.scope, self.env, self.depth + 1)


def folded(
    node: ast.expr, scope: Scope, names: Names, env: Mapping[str, object] | None = None
) -> object | Unknown:
    """The value: a number, text, bytes, None, or a tuple or dict of such; never an `ast` node."""
    try:
        return _Folder(names).fold(node, _At(scope, env or {}, 0))
    except _UnreadableError as problem:
        return problem.unknown
    except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError):
        return Unknown(
            "it raises an error", Location(scope.module.path, getattr(node, "lineno", 1))
        )


def called(function: FunctionSymbol, values: tuple[object, ...], names: Names) -> object | Unknown:
    """What a function of the tree returns for plain arguments, if it is one expression."""
    node = function.node
    try:
        return _Folder(names).returned(function, list(values), {}, 0)
    except _UnreadableError as problem:
        return problem.unknown
    except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError):
        return Unknown("it raises an error", Location(function.scope.module.path, node.lineno))


class _Folder:
    def __init__(self, names: Names) -> None:
        self._names = names

    def fold(self, node: ast.expr, at: _At) -> object:  # noqa: C901, PLR0912 - a table
        self._names.spend()
        if at.depth > _DEPTH:
            raise _UnreadableError(node, at.scope)
        match node:
            case ast.Constant(value) if value is not ...:
                return value
            case ast.Name() | ast.Attribute():
                return self._named(node, at)
            case ast.JoinedStr(parts):
                return _short("".join(str(self.fold(part, at.deeper())) for part in parts))
            case ast.FormattedValue():
                return self._formatted(node, at)
            case ast.BinOp(left, op, right):
                return self._sum(node, self._both(left, right, at), op, at)
            case ast.UnaryOp(ast.USub(), operand):
                return operator.neg(self.fold(operand, at.deeper()))  # type: ignore[arg-type]
            case ast.UnaryOp(ast.Not(), operand):
                return not self.fold(operand, at.deeper())
            case ast.UnaryOp(ast.Invert(), operand):
                return operator.invert(self.fold(operand, at.deeper()))  # type: ignore[arg-type]
            case ast.Compare(left, [op], [right]) if type(op) in _COMPARISONS:
                return _COMPARISONS[type(op)](*self._both(left, right, at))
            case ast.BoolOp(op, values):
                result: object = None
                for operand in values:
                    result = self.fold(operand, at.deeper())
                    if bool(result) is isinstance(op, ast.Or):
                        break
                return result
            case ast.IfExp(test, body, orelse):
                return self.fold(body if self.fold(test, at.deeper()) else orelse, at.deeper())
            case ast.Tuple(items) | ast.List(items) | ast.Set(items):
                return tuple(self._items(items, at))
            case ast.Dict(keys, values) if None not in keys:
                return {
                    self.fold(key, at.deeper()): self.fold(value, at.deeper())
                    for key, value in zip(keys, values, strict=True)
                    if key is not None
                }
            case ast.Subscript(owner, index):
                return self.fold(owner, at.deeper())[self.fold(index, at.deeper())]  # type: ignore[index]
            case ast.Call():
                return self._call(node, at)
            case _:
                raise _UnreadableError(node, at.scope)

    def _both(self, left: ast.expr, right: ast.expr, at: _At) -> tuple[object, object]:
        return self.fold(left, at.deeper()), self.fold(right, at.deeper())

    def _items(self, items: list[ast.expr], at: _At) -> list[object]:
        values: list[object] = []
        for item in items:
            if isinstance(item, ast.Starred):
                values.extend(self.fold(item.value, at.deeper()))  # type: ignore[arg-type]
            else:
                values.append(self.fold(item, at.deeper()))
        return values

    def _named(self, node: ast.Name | ast.Attribute, at: _At) -> object:
        if isinstance(node, ast.Name) and node.id in at.env:
            return at.env[node.id]
        match self._names.alternatives(node, at.scope):
            case [ValueSymbol() as symbol] if symbol.name not in symbol.scope.bindings.changed:
                return self.fold(symbol.node, _At(symbol.scope, {}, at.depth + 1))
            case _:
                pass
        if isinstance(node, ast.Attribute) and node.attr in {"value", "name"}:
            match self._names.alternatives(node.value, at.scope):
                case [ValueSymbol(Scope(kind="class")) as member]:
                    if node.attr == "name":
                        return member.name
                    return self.fold(member.node, _At(member.scope, {}, at.depth + 1))
                case _:
                    pass
        raise _UnreadableError(node, at.scope)

    def _formatted(self, node: ast.FormattedValue, at: _At) -> str:
        value = self.fold(node.value, at.deeper())
        spec = self.fold(node.format_spec, at.deeper()) if node.format_spec else ""
        if not isinstance(spec, str) or re.search(r"\d{4}", spec):
            raise _UnreadableError(node, at.scope)
        turned: dict[int, Callable[[object], str]] = {114: repr, 115: str, 97: ascii}
        shown = turned[node.conversion](value) if node.conversion in turned else value
        return _short(format(shown, spec))

    def _sum(
        self, node: ast.expr, sides: tuple[object, object], op: ast.operator, at: _At
    ) -> object:
        left, right = sides
        work = _OPERATORS.get(type(op))
        numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
        shift = isinstance(op, ast.LShift) and not (numbers and 0 <= right < _BITS)  # type: ignore[operator]
        texts = isinstance(op, ast.Mod) and _HUGE.search(str(left)) is not None
        copies = isinstance(op, ast.Mult) and not numbers
        if work is None or shift or texts or copies:
            raise _UnreadableError(node, at.scope)
        return _short(work(left, right))

    def _call(self, node: ast.Call, at: _At) -> object:
        match node.func:
            case ast.Attribute(owner, method) if method in _METHODS and not node.keywords:
                symbol = self._names.of(node.func, at.scope)
                if not isinstance(symbol, FunctionSymbol):
                    return self._method(node, self.fold(owner, at.deeper()), method, at)
            case ast.Attribute(owner, "format"):
                return self._method(node, self.fold(owner, at.deeper()), "format", at)
            case _:
                symbol = self._names.of(node.func, at.scope)
        match symbol:
            case External(dotted) if dotted in _FUNCTIONS and not node.keywords:
                return _short(_FUNCTIONS[dotted](*self._items(node.args, at)))
            case FunctionSymbol():
                keywords = {k.arg: self.fold(k.value, at.deeper()) for k in node.keywords if k.arg}
                if len(keywords) != len(node.keywords):
                    raise _UnreadableError(node, at.scope)
                return self.returned(symbol, self._items(node.args, at), keywords, at.depth + 1)
            case _:
                raise _UnreadableError(node, at.scope)

    def _method(self, node: ast.Call, owner: object, method: str, at: _At) -> object:
        known = isinstance(owner, str) if method != "get" else isinstance(owner, dict)
        wild = method == "format" and _HUGE.search(str(owner)) is not None
        if not known or wild or None in [k.arg for k in node.keywords]:
            raise _UnreadableError(node, at.scope)
        keywords = {str(k.arg): self.fold(k.value, at.deeper()) for k in node.keywords}
        result = getattr(owner, method)(*self._items(node.args, at), **keywords)
        return _short(tuple(result) if isinstance(result, list) else result)

    def returned(
        self,
        function: FunctionSymbol,
        arguments: list[object],
        keywords: dict[str, object],
        depth: int,
    ) -> object:
        """The value of a body that is one `return`, perhaps after a docstring."""
        node, scope = function.node, function.scope
        statements = [s for s in node.body if not isinstance(s, (ast.Expr, ast.Pass))]
        decorated = [
            decorator
            for decorator in node.decorator_list
            if self._names.of(decorator, scope)
            not in (External("staticmethod"), External("enum.member"))
        ]
        match statements:
            case [ast.Return(ast.expr() as value)] if not decorated:
                env = self._bound(node.args, arguments, keywords, value, scope)
                inside = self._names.function_scope(scope, node)
                return self.fold(value, _At(inside, env, depth + 1))
            case _:
                raise _UnreadableError(ast.Name(node.name, ast.Load(), lineno=node.lineno), scope)

    def _bound(
        self,
        args: ast.arguments,
        arguments: list[object],
        keywords: dict[str, object],
        value: ast.expr,
        scope: Scope,
    ) -> dict[str, object]:
        positional = [argument.arg for argument in (*args.posonlyargs, *args.args)]
        if args.vararg or args.kwarg or len(arguments) > len(positional):
            raise _UnreadableError(value, scope)
        first = len(positional) - len(args.defaults)
        defaults: dict[str, ast.expr | None] = dict(
            zip(positional[first:], args.defaults, strict=True)
        )
        defaults.update(
            zip((argument.arg for argument in args.kwonlyargs), args.kw_defaults, strict=True)
        )
        env = {**dict(zip(positional, arguments, strict=False)), **keywords}
        for name, default in defaults.items():
            if name not in env and default is not None:
                env[name] = self.fold(default, _At(scope, {}, 1))
        return env


def _short(value: T) -> T:
    """The value, unless it is longer than anybody writes."""
    length = len(value) if isinstance(value, (str, bytes, tuple)) else 0
    if length > _LONGEST or (isinstance(value, int) and value.bit_length() > _BITS):
        raise OverflowError
    return value
