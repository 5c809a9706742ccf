"""Folds expressions of constants into Python values; no code of the tree is run."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, ItemsView, Iterator, KeysView, Mapping, ValuesView

import msgspec

from sigclock.interface.unknown import Unknown
from sigclock.python.names.names import Names
from sigclock.python.names.scopes import External, FunctionSymbol, Scope, Symbol, ValueSymbol
from sigclock.python.values.folded_bodies import Body
from sigclock.python.values.pure_functions import (
    COMPARISONS,
    FUNCTIONS,
    listed,
    method_of,
    short,
    sum_of,
)

#: How deep expressions lead to each other.
_DEPTH = 24
#: Decorators that leave a function what it is.
_PLAIN = (External("staticmethod"), External("enum.member"), External("functools.cache"))


class _UnreadableError(Exception):
    """Raised with the expression that cannot be read."""

    def __init__(self, node: ast.AST, scope: Scope) -> None:
        super().__init__()
        self.unknown = Unknown("it is not made of constants alone", scope.module.location(node))


class At(msgspec.Struct, frozen=True, eq=False):
    """Where an expression is read; `env` has what is known of local names.

    `line` is up to which names are bound then, None for all.
    """

    scope: Scope
    env: Mapping[str, object]
    depth: int
    line: int | None = None

    def deeper(self) -> At:
        return At(self.scope, self.env, self.depth + 1, self.line)

    def knowing(self, names: Mapping[str, object]) -> At:
        return At(self.scope, {**self.env, **names}, self.depth + 1, self.line)


def folded(node: ast.expr, scope: Scope, names: Names, line: int | None = None) -> object | Unknown:
    """The value: a number, text, bytes, None, or a tuple or dict of such; never an `ast` node."""
    return _told(lambda: _Folder(names).fold(node, At(scope, {}, 0, line)), node, scope)


def called(
    function: FunctionSymbol,
    values: tuple[object, ...],
    names: Names,
    gives: ast.expr | None = None,
) -> object | Unknown:
    """What a function of the tree returns for plain arguments, or another expression in it."""
    folder = _Folder(names)
    return _told(
        lambda: folder.returned(function, list(values), {}, 0, gives), function.node, function.scope
    )


def _told(work: Callable[[], object], node: ast.AST, scope: Scope) -> object | Unknown:
    try:
        value = work()
    except _UnreadableError as problem:
        return problem.unknown
    except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError, StopIteration):
        return Unknown("it raises an error", scope.module.location(node))
    return Unknown("it is a function") if callable(value) else value


class _Folder:
    def __init__(self, names: Names) -> None:
        self._names = names

    def fold(self, node: ast.expr, at: At) -> object:  # noqa: C901, PLR0912 - a table
        self._names.spend()
        if at.depth > _DEPTH:
            raise _UnreadableError(node, at.scope)
        match node:
            case ast.Constant(value) if value is not ...:
                return value
            case ast.Name() | ast.Attribute():
                return self._named(node, at)
            case ast.JoinedStr(parts):
                return short("".join(str(self.fold(part, at.deeper())) for part in parts))
            case ast.FormattedValue():
                return self._formatted(node, at)
            case ast.BinOp(left, op, right):
                return sum_of(op, self.fold(left, at.deeper()), self.fold(right, at.deeper()))
            case ast.UnaryOp(ast.USub(), operand):
                return operator.neg(self.fold(operand, at.deeper()))  # type: ignore[arg-type]
            case ast.UnaryOp(ast.Not(), operand):
                return not self.fold(operand, at.deeper())
            case ast.UnaryOp(ast.Invert(), operand):
                return operator.invert(self.fold(operand, at.deeper()))  # type: ignore[arg-type]
            case ast.Compare(left, [op], [right]) if type(op) in COMPARISONS:
                sides = self.fold(left, at.deeper()), self.fold(right, at.deeper())
                return COMPARISONS[type(op)](*sides)
            case ast.BoolOp(op, values):
                return self._either(op, values, at)
            case ast.IfExp(test, body, orelse):
                return self.fold(body if self.fold(test, at.deeper()) else orelse, at.deeper())
            case ast.Tuple(items) | ast.List(items) | ast.Set(items):
                return tuple(self._items(items, at))
            case ast.Dict(keys, values):
                return self._table(keys, values, at)
            case ast.Slice(lower, upper, step):
                bounds = (lower, upper, step)
                return slice(*(part and self.fold(part, at.deeper()) for part in bounds))
            case ast.Subscript(owner, index):
                return self._item(owner, index, at)
            case ast.NamedExpr(_, inner):
                return self.fold(inner, at.deeper())
            case ast.ListComp(elt, loops) | ast.SetComp(elt, loops) | ast.GeneratorExp(elt, loops):
                return listed(self.fold(elt, inside) for inside in self._rounds(loops, at))
            case ast.DictComp(key, item, loops):
                rounds = self._rounds(loops, at)
                return short({self.fold(key, each): self.fold(item, each) for each in rounds})
            case ast.Lambda():
                return lambda *values: self._of_lambda(node, values, at)
            case ast.Call():
                return self._call(node, at)
            case _:
                raise _UnreadableError(node, at.scope)

    def _either(self, op: ast.boolop, values: list[ast.expr], at: At) -> object:
        result: object = None
        for operand in values:
            result = self.fold(operand, at.deeper())
            if bool(result) is isinstance(op, ast.Or):
                break
        return result

    def _items(self, items: list[ast.expr], at: At) -> list[object]:
        values: list[object] = []
        for item in items:
            if isinstance(item, ast.Starred):
                values.extend(self.fold(item.value, at.deeper()))  # type: ignore[arg-type]
            else:
                values.append(self.fold(item, at.deeper()))
        return values

    def _table(self, keys: list[ast.expr | None], values: list[ast.expr], at: At) -> object:
        table: dict[object, object] = {}
        for key, value in zip(keys, values, strict=True):
            item = self.fold(value, at.deeper())
            if key is not None:
                table[self.fold(key, at.deeper())] = item
            elif isinstance(item, dict):
                table.update(item)
            else:
                raise _UnreadableError(value, at.scope)
        return table

    def _item(self, owner: ast.expr, index: ast.expr, at: At) -> object:
        match owner, index:
            case ast.Call(ast.Name("globals" | "vars"), []), ast.Constant(str(name)):
                return self.fold(ast.copy_location(ast.Name(name, ast.Load()), index), at.deeper())
            case (
                ast.Call(ast.Name("vars"), [inner]) | ast.Attribute(inner, "__dict__"),
                ast.Constant(str(name)),
            ):
                read = ast.copy_location(ast.Attribute(inner, name, ast.Load()), index)
                return self.fold(read, at.deeper())
            case _:
                table = self.fold(owner, at.deeper())
                return table[self.fold(index, at.deeper())]  # type: ignore[index]

    def _rounds(self, loops: list[ast.comprehension], at: At) -> Iterator[At]:
        if not loops:
            yield at
            return
        first, *rest = loops
        for item in listed(self.fold(first.iter, at.deeper())):  # type: ignore[arg-type]
            inside = at.knowing(bound_to(first.target, item, at.scope))
            if all(self.fold(test, inside) for test in first.ifs):
                yield from self._rounds(rest, inside)

    # -- names -------------------------------------------------------------------------------

    def _named(self, node: ast.Name | ast.Attribute, at: At) -> object:
        if isinstance(node, ast.Name) and node.id in at.env:
            return at.env[node.id]
        match self._names.alternatives(node, at.scope, at.line):
            case [ValueSymbol() as symbol] if self._is_steady(symbol):
                return self.fold(
                    symbol.node, At(symbol.scope, {}, at.depth + 1, self._before(symbol))
                )
            case [FunctionSymbol() as function]:
                return lambda *values: self.returned(function, list(values), {}, at.depth + 1)
            case [External(dotted)] if self._names.canonical(dotted) in FUNCTIONS:
                return FUNCTIONS[self._names.canonical(dotted)]
            case _:
                pass
        if isinstance(node, ast.Attribute):
            return self._attribute(node, at)
        raise _UnreadableError(node, at.scope)

    def _is_steady(self, symbol: ValueSymbol) -> bool:
        """Whether the value is what it was bound to; a local variable is known by its run alone."""
        return symbol.name not in symbol.scope.bindings.changed and symbol.scope.kind != "function"

    def _before(self, symbol: ValueSymbol) -> int | None:
        """`P += "x"` reads what P was before."""
        again = len(symbol.scope.bindings.by_name.get(symbol.name, ())) > 1
        return symbol.before if again else None

    def _attribute(self, node: ast.Attribute, at: At) -> object:
        """The value or name of an enum's member, and what a namespace was made of."""
        match self._names.alternatives(node.value, at.scope, at.line):
            case [ValueSymbol(Scope(kind="class")) as member] if node.attr in {"value", "name"}:
                if node.attr == "name":
                    return member.name
                return self.fold(member.node, At(member.scope, {}, at.depth + 1))
            case [ValueSymbol(scope, _, ast.Call(func, [], keywords)) as symbol] if self._names.of(
                func, scope
            ) == External("types.SimpleNamespace") and self._is_steady(symbol):
                parts = {keyword.arg: keyword.value for keyword in keywords}
                if node.attr in parts:
                    return self.fold(parts[node.attr], At(scope, {}, at.depth + 1))
            case _:
                pass
        raise _UnreadableError(node, at.scope)

    def _formatted(self, node: ast.FormattedValue, at: At) -> str:
        value = self.fold(node.value, at.deeper())
        spec = self.fold(node.format_spec, at.deeper()) if node.format_spec else ""
        if not isinstance(spec, str) or re.search(r"\d{4}", spec):
            raise _UnreadableError(node, at.scope)
        turned: dict[int, Callable[[object], str]] = {114: repr, 115: str, 97: ascii}
        shown = turned[node.conversion](value) if node.conversion in turned else value
        return short(format(shown, spec))

    # -- calls -------------------------------------------------------------------------------

    def _call(self, node: ast.Call, at: At) -> object:
        keywords = {k.arg: self.fold(k.value, at.deeper()) for k in node.keywords if k.arg}
        if len(keywords) != len(node.keywords):
            raise _UnreadableError(node, at.scope)
        symbol = self._symbol(node.func, at)
        match symbol, node.args:
            case External("getattr"), [owner, ast.Constant(str(name))]:
                read = ast.copy_location(ast.Attribute(owner, name, ast.Load()), node)
                return self.fold(read, at.deeper())
            case External("functools.partial"), [inner, *rest]:
                work, first = self.fold(inner, at.deeper()), self._items(rest, at)
                if not callable(work):
                    raise _UnreadableError(node, at.scope)
                return lambda *values: work(*first, *values, **keywords)
            case FunctionSymbol() as code, args:
                return self.returned(code, self._items(args, at), keywords, at.depth + 1)
            case _:
                function = self._function(node, symbol, at)
        if not callable(function):
            raise _UnreadableError(node, at.scope)
        result: object = function(*self._items(node.args, at), **keywords)
        return short(tuple(result) if isinstance(result, _LISTINGS) else result)

    def _function(self, node: ast.Call, symbol: Symbol | None, at: At) -> object:
        """A function or method of Python, or what an expression gives."""
        if isinstance(symbol, External) and symbol.dotted.partition(".")[0] not in at.env:
            return FUNCTIONS.get(self._names.canonical(symbol.dotted))
        if isinstance(node.func, ast.Attribute) and not isinstance(symbol, ValueSymbol):
            return method_of(self.fold(node.func.value, at.deeper()), node.func.attr)
        return self.fold(node.func, at.deeper())

    def _symbol(self, func: ast.expr, at: At) -> Symbol | None:
        local = isinstance(func, ast.Name) and func.id in at.env
        named = isinstance(func, (ast.Name, ast.Attribute)) and not local
        return self._names.of(func, at.scope, at.line) if named else None

    def _of_lambda(self, node: ast.Lambda, values: tuple[object, ...], at: At) -> object:
        env = self._bound(node.args, list(values), {}, at.scope)
        return self.fold(node.body, at.knowing(env))

    def returned(
        self,
        function: FunctionSymbol,
        arguments: list[object],
        keywords: dict[str, object],
        depth: int,
        gives: ast.expr | None = None,
    ) -> object:
        """The value of the `return` that a body comes to, or of `gives` as read at its end."""
        node, scope = function.node, function.scope
        decorated = any(self._names.of(d, scope) not in _PLAIN for d in node.decorator_list)
        if decorated or depth > _DEPTH or isinstance(node, ast.AsyncFunctionDef):
            raise _UnreadableError(node, scope)
        inside = self._names.function_scope(scope, node)
        env = dict(self._bound(node.args, arguments, keywords, scope))
        if gives is not None:
            return self.fold(gives, At(inside, env, depth + 1))
        body = Body(env, lambda part: self.fold(part, At(inside, env, depth + 1)))
        if not body.run(node.body):
            raise _UnreadableError(body.stuck or node, scope)
        return body.result

    def _bound(
        self,
        args: ast.arguments,
        arguments: list[object],
        keywords: dict[str, object],
        scope: Scope,
    ) -> dict[str, object]:
        positional = [argument.arg for argument in (*args.posonlyargs, *args.args)]
        if args.kwarg or (len(arguments) > len(positional) and not args.vararg):
            raise TypeError
        first = len(positional) - len(args.defaults)
        defaults: dict[str, ast.expr | None] = dict(
            zip(positional[first:], args.defaults, strict=True)
        )
        defaults.update(
            zip((argument.arg for argument in args.kwonlyargs), args.kw_defaults, strict=True)
        )
        env = {**dict(zip(positional, arguments, strict=False)), **keywords}
        if args.vararg:
            env[args.vararg.arg] = tuple(arguments[len(positional) :])
        for name, default in defaults.items():
            if name not in env and default is not None:
                env[name] = self.fold(default, At(scope, {}, 1))
        return env


def bound_to(target: ast.expr, value: object, scope: Scope) -> dict[str, object]:
    """The names that a target gives to a value: `a, (b, c)`."""
    match target:
        case ast.Name(name):
            return {name: value}
        case ast.Tuple(targets) | ast.List(targets) if isinstance(value, (tuple, str)):
            if len(targets) == len(value):
                pairs = zip(targets, value, strict=True)
                return {n: v for t, item in pairs for n, v in bound_to(t, item, scope).items()}
    raise _UnreadableError(target, scope)


#: What Python's own methods and functions give that can be iterated over.
_LISTINGS = (list, ItemsView, KeysView, ValuesView)
