"""What an expression evaluates to, as far as its source tells: constants with their origin, calls, tables."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

import msgspec

from sigclock.resolve.bindings import Function, walk_statements
from sigclock.resolve.libraries import canonical
from sigclock.resolve.names import (
    ClassSymbol,
    External,
    FunctionSymbol,
    Missing,
    ModuleSymbol,
    Names,
    Scope,
    ValueSymbol,
)

#: How deep, and how many expressions in all, one evaluation goes; real ones need a handful.
_DEPTH = 24
_STEPS = 5_000

Literal = str | int | float | bool | bytes | None


class Use(msgspec.Struct, frozen=True):
    """A place where a name or table entry is read on the way to a constant.

    `holder_path` and `holder` tell what is read: the file that binds it, and its name there.
    """

    path: str
    line: int
    column: int
    holder_path: str
    holder: str


class Value(msgspec.Struct, frozen=True, eq=False):
    """Base of what an expression can evaluate to."""


class Constant(Value, frozen=True, eq=False):
    """A literal, where it stands, and the names through which it was reached (outermost first)."""

    value: Literal
    path: str
    node: ast.Constant
    trail: tuple[Use, ...] = ()


class Known(Value, frozen=True, eq=False):
    """Something outside the tree, by its canonical name."""

    dotted: str


class Code(Value, frozen=True, eq=False):
    """A function or class of the tree; `env` has the arguments of the calls around it."""

    symbol: FunctionSymbol | ClassSymbol
    env: dict[str, Value] = {}


class Member(Value, frozen=True, eq=False):
    """An attribute of a value: `env.task`."""

    owner: Value
    name: str


class Called(Value, frozen=True, eq=False):
    """A call. `open` tells that it takes arguments that cannot be read (`**unknown`)."""

    callee: Value
    args: tuple[Value, ...]
    keywords: dict[str, Value]
    path: str
    node: ast.Call | None
    open: bool = False


class Partial(Value, frozen=True, eq=False):
    """`functools.partial(callee, …)`: what a later call is merged into."""

    callee: Value
    args: tuple[Value, ...]
    keywords: dict[str, Value]
    open: bool = False


class Table(Value, frozen=True, eq=False):
    """A dict display with string keys; `name` is the variable that holds it, for messages."""

    items: dict[str, Value]


class Items(Value, frozen=True, eq=False):
    """A list, tuple or set display."""

    items: tuple[Value, ...]


class Computed(Value, frozen=True, eq=False):
    """Anything else: its source, its value where it folds to a string, and the constants it reads."""

    text: str
    path: str
    line: int
    folded: str | None = None
    reads: tuple[tuple[str, str], ...] = ()


Env = Mapping[str, Value]


class Evaluator:
    """Evaluates decorator and version expressions without running anything."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._steps = 0

    def value(
        self,
        node: ast.expr,
        scope: Scope,
        env: Env | None = None,
        line: int | None = None,
        depth: int = 0,
    ) -> Value:
        """The value of `node` as read in `scope`; `env` has known parameters."""
        self._steps = 0 if depth == 0 else self._steps + 1
        if depth > _DEPTH or self._steps > _STEPS:
            return self._computed(node, scope)
        match node:
            case ast.Constant(value) if not isinstance(value, complex) and value is not ...:
                return Constant(value, scope.module.path, node)
            case ast.Name() | ast.Attribute():
                return self._name(node, scope, env or {}, line, depth)
            case ast.Call():
                return self._call(node, scope, env or {}, line, depth)
            case ast.Subscript():
                return self._subscript(node, scope, env or {}, line, depth)
            case ast.Dict():
                return self._table(node, scope, env or {}, line, depth)
            case ast.List(items) | ast.Tuple(items) | ast.Set(items):
                return Items(tuple(self.value(i, scope, env, line, depth + 1) for i in items))
            case _:
                return self._computed(node, scope, env or {}, line, depth)

    def fold(self, node: ast.expr, scope: Scope, line: int | None = None) -> Constant | None:
        """The constant behind an expression, or None."""
        value = self.value(node, scope, None, line)
        return value if isinstance(value, Constant) else None

    # -- names -------------------------------------------------------------------------------

    def _name(
        self, node: ast.Name | ast.Attribute, scope: Scope, env: Env, line: int | None, depth: int
    ) -> Value:
        if isinstance(node, ast.Name) and node.id in env:
            return env[node.id]
        symbols = self.names.alternatives(node, scope, line)
        if len(symbols) > 1:
            return self._computed(node, scope, env, line, depth)
        symbol = symbols[0]
        match symbol:
            case External(dotted):
                return Known(canonical(dotted))
            case FunctionSymbol() | ClassSymbol():
                return Code(symbol)
            case ValueSymbol():
                return self._through(symbol, node, scope, depth)
            case Missing() | ModuleSymbol():
                return self._attribute(node, scope, env, line, depth)

    def _through(self, symbol: ValueSymbol, node: ast.expr, scope: Scope, depth: int) -> Value:
        """A variable: its value, with this use of it on the trail."""
        if symbol.name in symbol.scope.bindings.changed:
            return self._computed(node, scope)
        value = self.value(symbol.node, symbol.scope, None, _line_before(symbol), depth + 1)
        holder = symbol.scope.nested(symbol.name)
        use = Use(scope.module.path, node.lineno, node.col_offset, symbol.scope.module.path, holder)
        return _with_use(value, use)

    def _attribute(
        self, node: ast.Name | ast.Attribute, scope: Scope, env: Env, line: int | None, depth: int
    ) -> Value:
        if isinstance(node, ast.Attribute):
            owner = self.value(node.value, scope, env, line, depth + 1)
            match owner:
                case Known(dotted):
                    return Known(canonical(f"{dotted}.{node.attr}"))
                case Called() | Partial() | Member() | Code():
                    return Member(owner, node.attr)
        return self._computed(node, scope)

    # -- calls -------------------------------------------------------------------------------

    def _call(self, node: ast.Call, scope: Scope, env: Env, line: int | None, depth: int) -> Value:
        callee = self.value(node.func, scope, env, line, depth + 1)
        args: list[Value] = []
        keywords: dict[str, Value] = {}
        open_ = False
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                more = self.value(argument.value, scope, env, line, depth + 1)
                if isinstance(more, Items):
                    args.extend(more.items)
                else:
                    open_ = True
            else:
                args.append(self.value(argument, scope, env, line, depth + 1))
        for keyword in node.keywords:
            value = self.value(keyword.value, scope, env, line, depth + 1)
            if keyword.arg is not None:
                keywords[keyword.arg] = value
            elif isinstance(value, Table):
                keywords.update(value.items)
            else:
                open_ = True
        call = Called(callee, tuple(args), keywords, scope.module.path, node, open_)
        return self.apply(call, depth)

    def apply(self, call: Called, depth: int = 0) -> Value:
        """Merge partials, make tables of `dict(…)`, and look into functions of the tree."""
        match call.callee:
            case Known("functools.partial") if call.args:
                merged = self._merge(call.args[0], call.args[1:], call.keywords, call.open)
                return merged
            case Known("dict") if not call.args and not call.open:
                return Table(call.keywords)
            case Partial(callee, args, keywords, open_):
                merged_call = Called(
                    callee,
                    (*args, *call.args),
                    {**keywords, **call.keywords},
                    call.path,
                    call.node,
                    open_ or call.open,
                )
                return self.apply(merged_call, depth + 1) if depth < _DEPTH else merged_call
            case Code(FunctionSymbol() as symbol, env) if depth < _DEPTH:
                return self._enter(symbol, call, env, depth + 1)
            case _:
                return call

    def _merge(
        self, callee: Value, args: tuple[Value, ...], keywords: dict[str, Value], open_: bool
    ) -> Partial:
        if isinstance(callee, Partial):
            return Partial(
                callee.callee,
                (*callee.args, *args),
                {**callee.keywords, **keywords},
                callee.open or open_,
            )
        return Partial(callee, args, keywords, open_)

    def _enter(self, symbol: FunctionSymbol, call: Called, env: Env, depth: int) -> Value:
        """What a function of the tree returns for these arguments, if one `return` tells."""
        scope = self.names.function_scope(symbol.scope, symbol.node)
        bound = {**env, **_bind(symbol.node, call)}
        for name, default in _defaults(symbol.node):
            if name not in bound:
                bound[name] = self.value(default, symbol.scope, None, None, depth + 1)
        local = {**bound}
        for returned in _returns(symbol.node):
            value = self._local(returned, scope, local, depth)
            if _is_telling(value):
                return value
        return call

    def _local(self, node: ast.expr, scope: Scope, env: Env, depth: int) -> Value:
        """An expression inside a function: local functions and variables see the arguments."""
        if isinstance(node, ast.Name) and node.id not in env:
            for binding in scope.bindings.candidates(node.id):
                if isinstance(binding.target, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    return Code(FunctionSymbol(scope, binding.target), dict(env))
                if isinstance(binding.target, ast.expr):
                    return self.value(binding.target, scope, env, None, depth + 1)
        return self.value(node, scope, env, None, depth + 1)

    # -- tables and computed values ------------------------------------------------------------

    def _subscript(
        self, node: ast.Subscript, scope: Scope, env: Env, line: int | None, depth: int
    ) -> Value:
        owner = self.value(node.value, scope, env, line, depth + 1)
        match owner, node.slice:
            case Table(items), ast.Constant(str(key)) if key in items:
                return items[key]
            case _:
                return self._computed(node, scope, env, line, depth)

    def _table(self, node: ast.Dict, scope: Scope, env: Env, line: int | None, depth: int) -> Value:
        items: dict[str, Value] = {}
        for key, item in zip(node.keys, node.values, strict=True):
            value = self.value(item, scope, env, line, depth + 1)
            match key:
                case None if isinstance(value, Table):
                    items.update(value.items)
                case ast.Constant(str(name)):
                    items[name] = value
                case _:
                    return self._computed(node, scope)
        return Table(items)

    def _computed(
        self,
        node: ast.expr,
        scope: Scope,
        env: Env | None = None,
        line: int | None = None,
        depth: int = 0,
    ) -> Computed:
        reads: dict[str, str] = {}
        folded = None
        if depth < _DEPTH and env is not None:
            folded = self._fold_text(node, scope, env, line, depth)
            for name in _names_in(node):
                value = self.value(name, scope, env, line, depth + 1) if name is not node else None
                if isinstance(value, Constant):
                    reads[ast.unparse(name)] = repr(value.value)
                elif isinstance(value, Computed):
                    reads.update(value.reads)
        text = " ".join(ast.unparse(node).split())
        return Computed(text, scope.module.path, node.lineno, folded, tuple(sorted(reads.items())))

    def _fold_text(
        self, node: ast.expr, scope: Scope, env: Env, line: int | None, depth: int
    ) -> str | None:
        """The string that an f-string or a sum of strings comes to, if all its parts are constant."""
        match node:
            case ast.JoinedStr(parts):
                texts = [self._fold_text(part, scope, env, line, depth + 1) for part in parts]
                return None if None in texts else "".join(filter(None, texts))
            case ast.FormattedValue(value, -1, None):
                return self._text_of(value, scope, env, line, depth)
            case ast.BinOp(left, ast.Add(), right):
                sides = [self._text_of(side, scope, env, line, depth) for side in (left, right)]
                strings = [self.value(side, scope, env, line, depth + 1) for side in (left, right)]
                numeric = any(
                    isinstance(s, Constant) and not isinstance(s.value, str) for s in strings
                )
                return None if None in sides or numeric else "".join(filter(None, sides))
            case ast.Constant(str(text)):
                return text
            case ast.Call(ast.Name("str"), [argument], []):
                return self._text_of(argument, scope, env, line, depth)
            case _:
                return None

    def _text_of(
        self, node: ast.expr, scope: Scope, env: Env, line: int | None, depth: int
    ) -> str | None:
        value = self.value(node, scope, env, line, depth + 1)
        match value:
            case Constant(str() | int() | float() as constant):
                return str(constant)
            case Computed(folded=str(folded)):
                return folded
            case _:
                return None


def _with_use(value: Value, use: Use) -> Value:
    match value:
        case Constant():
            return msgspec.structs.replace(value, trail=(use, *value.trail))
        case Table(items):
            return Table({key: _with_use(item, use) for key, item in items.items()})
        case _:
            return value


def _line_before(symbol: ValueSymbol) -> int | None:
    return symbol.node.lineno - 1 if symbol.scope.kind != "function" else None


def _names_in(node: ast.expr) -> Iterator[ast.Name | ast.Attribute]:
    """The outermost names and attributes that an expression reads."""
    if isinstance(node, (ast.Name, ast.Attribute)):
        yield node
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield from _names_in(child)
        elif isinstance(child, ast.keyword):
            yield from _names_in(child.value)


def _bind(node: Function, call: Called) -> dict[str, Value]:
    """Arguments by parameter name; `**kwargs` is a table of what is left."""
    arguments = node.args
    positional = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    bound: dict[str, Value] = dict(zip(positional, call.args, strict=False))
    named = {*positional, *(argument.arg for argument in arguments.kwonlyargs)}
    rest: dict[str, Value] = {}
    for name, value in call.keywords.items():
        (bound if name in named else rest)[name] = value
    if arguments.kwarg is not None and not call.open:
        bound[arguments.kwarg.arg] = Table(rest)
    if arguments.vararg is not None:
        bound[arguments.vararg.arg] = Items(call.args[len(positional) :])
    return bound


def _defaults(node: Function) -> Iterator[tuple[str, ast.expr]]:
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    last = positional[len(positional) - len(arguments.defaults) :]
    for argument, default in zip(last, arguments.defaults, strict=True):
        yield argument.arg, default
    for argument, keyword_default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if keyword_default is not None:
            yield argument.arg, keyword_default


def _returns(node: Function) -> Iterator[ast.expr]:
    for statement in walk_statements(node.body):
        if isinstance(statement, ast.Return) and statement.value is not None:
            yield statement.value


def _is_telling(value: Value) -> bool:
    return isinstance(value, (Called, Partial, Code, Member, Table, Items, Constant))
