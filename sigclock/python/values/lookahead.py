"""A cheap look ahead: whether a value can be made of something outside that matters."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

from sigclock.python.names.bindings import walk_statements
from sigclock.python.names.names import Names
from sigclock.python.names.nodes import children
from sigclock.python.names.scopes import (
    ClassSymbol,
    External,
    FunctionSymbol,
    Missing,
    Scope,
    Symbol,
    ValueSymbol,
)

Part = tuple[ast.expr, Scope, int | None]
"""An expression, and in which scope and at which line it is read."""
_Question = tuple[int, str, int | None]

#: Outside functions whose result is made of their arguments, as `functools.partial(task, …)` is.
_PASSING = frozenset(
    ["classmethod", "copy", "dataclasses", "dict", "functools", "getattr", "staticmethod", "types"]
)


class Leads:
    """Follows names alone: it says yes too often, but no only if evaluation finds nothing either.

    `matters` tells of a dotted outside name whether it does.
    """

    def __init__(self, names: Names, matters: Callable[[str], bool]) -> None:
        self._names = names
        self._matters = matters
        self._vain: set[int] = set()
        #: Calls that lead nowhere, held so that no other node can get the id of one.
        self._vain_parts: dict[tuple[int, int, int | None], ast.expr] = {}
        self._leading: set[int] = set()
        self._roots: dict[_Question, tuple[Symbol, ...]] = {}
        self._dull: dict[_Question, bool] = {}
        self._dull_anywhere: set[tuple[int, str]] = set()
        self._scopes: list[Scope] = []

    def lead(self, node: ast.expr, scope: Scope, line: int | None) -> bool:
        """Whether the value of `node` can be made of something that matters."""
        callee = node.func if isinstance(node, ast.Call) else node
        if (id(node), id(scope), line) in self._vain_parts:
            return False
        dotted = _dotted(callee) if isinstance(callee, (ast.Name, ast.Attribute)) else None
        if dotted is None:
            return self._search(node, [(node, scope, line)])
        # Most calls come after other calls of the same callee.
        here = (id(scope.bindings), dotted)
        if here in self._dull_anywhere:
            return False
        owner, at = _owner(dotted.partition(".")[0], scope, line)
        question = (id(owner.bindings), dotted, at)
        if question not in self._dull:
            symbols = self._root_symbols(question, callee, owner)
            self._dull[question] = all(map(self._is_dull, symbols))
        if not self._dull[question]:
            return self._search(node, [(node, scope, line)])
        if at is None and line is not None:
            # The answer is the same at every line.
            self._scopes.append(scope)
            self._dull_anywhere.add(here)
        return False

    def _is_dull(self, symbol: Symbol) -> bool:
        """Whether no call of a symbol leads anywhere, whatever its arguments; most do not."""
        outside = isinstance(symbol, External) and not self._matters(symbol.dotted)
        return outside and not _passes(symbol)

    def function(self, symbol: FunctionSymbol) -> bool:
        """Whether a function's result can be made of something that matters."""
        return self._search(symbol.node, self._parts_of(symbol))

    def _search(self, root: ast.AST, start: Iterable[Part]) -> bool:
        """Whether the search ends at what matters.

        All symbols of a search without success lead nowhere; all on the path of a successful search
        lead to what matters.
        """
        queue = [(part, id(root)) for part in start]
        origins: dict[int, int] = {}
        inside: dict[tuple[int, int, int | None], ast.expr] = {}
        while queue:
            (node, scope, line), origin = queue.pop()
            if isinstance(node, ast.Call) and origin == id(root):
                inside[id(node), id(scope), line] = node
            symbols, rest = self._symbols(node, scope, line)
            if any(map(self._ends, symbols)):
                self._remember(origin, origins)
                return True
            queue.extend(((part, scope, line), origin) for part in rest)
            for symbol in symbols:
                key = _key(symbol)
                if key and key not in origins and key not in self._vain:
                    origins[key] = origin
                    queue.extend((part, key) for part in self._parts_of(symbol))
                if _is_of_object(node):
                    queue.extend((part, origin) for part in _decorators(symbol))
        self._vain |= origins.keys()
        # Each call in a chain of them is asked about as well.
        self._vain_parts.update(inside)
        return False

    def _remember(self, origin: int, origins: dict[int, int]) -> None:
        """Note that every symbol on the path back to the start leads to what matters."""
        self._leading.add(origin)
        while origin in origins:
            origin = origins.pop(origin)
            self._leading.add(origin)

    def _ends(self, symbol: Symbol) -> bool:
        """Whether a symbol matters; `made = env.task` cannot be told, so it does."""
        if isinstance(symbol, External):
            return self._matters(symbol.dotted)
        return _is_attribute(symbol) or _key(symbol) in self._leading

    def _symbols(
        self, node: ast.expr, scope: Scope, line: int | None
    ) -> tuple[Iterable[Symbol], list[ast.expr]]:
        """What an expression starts from: names of the tree or outside, and expressions in it."""
        calls: list[ast.Call] = []
        while isinstance(node, ast.Call):
            calls.append(node)
            node = node.func
        self._names.spend(len(calls))
        symbols, rest = self._start(node, scope, line)
        for call in reversed(calls):
            if rest or any(map(_passes, symbols)):
                rest += _arguments(call)
        return symbols, rest

    def _start(
        self, node: ast.expr, scope: Scope, line: int | None
    ) -> tuple[Iterable[Symbol], list[ast.expr]]:
        if isinstance(node, (ast.Name, ast.Attribute)):
            dotted = _dotted(node)
            if dotted is not None:
                return self._root(node, dotted, scope, line), []
            return [], [node.value] if isinstance(node, ast.Attribute) else []
        parts = _spread(children(node))
        return [], [part for part in parts if isinstance(part, ast.expr)]

    def _root(
        self, node: ast.expr, dotted: str, scope: Scope, line: int | None
    ) -> tuple[Symbol, ...]:
        """What a chain refers to; of `env.task` what `env` does, if that is a value."""
        owner, line = _owner(dotted.partition(".")[0], scope, line)
        return self._root_symbols((id(owner.bindings), dotted, line), node, owner)

    def _root_symbols(
        self, question: _Question, node: ast.expr, owner: Scope
    ) -> tuple[Symbol, ...]:
        if question not in self._roots:
            self._scopes.append(owner)
            self._roots[question] = self._followed(node, owner, question[2])
        return self._roots[question]

    def _followed(self, node: ast.expr, scope: Scope, line: int | None) -> tuple[Symbol, ...]:
        """Symbols that lead on; the missing attribute behind a name that stands for one."""
        missing: list[Symbol] = []
        while True:
            symbols = self._names.possible(node, scope, line)
            followed = tuple(symbol for symbol in symbols if _is_followed(symbol))
            missing += (symbol for symbol in symbols if _is_attribute(symbol))
            if followed or not isinstance(node, ast.Attribute):
                return followed or tuple(missing)
            node = node.value

    def _parts_of(self, symbol: Symbol) -> Iterator[Part]:
        """What a variable holds, what a class extends, what a function holds and returns."""
        match symbol:
            case ValueSymbol(scope, _, node):
                yield node, scope, None if scope.kind == "function" else node.lineno - 1
            case ClassSymbol(outer, node):
                yield from ((base, outer, node.lineno) for base in node.bases)
                yield from ((keyword.value, outer, node.lineno) for keyword in node.keywords)
                scope = self._names.class_scope(symbol)
                yield from ((part, scope, None) for part in _members(node))
                for method in node.body:
                    if isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)):
                        yield from self._parts_of(FunctionSymbol(scope, method))
            case FunctionSymbol(outer, node):
                scope = self._names.function_scope(outer, node)
                for statement in walk_statements(node.body):
                    yield from ((part, scope, None) for part in _expressions(statement))
            case _:
                return


def _key(symbol: Symbol) -> int:
    """The identity of a symbol of the tree that can be looked into; else 0."""
    return id(symbol.node) if isinstance(symbol, (ClassSymbol, FunctionSymbol, ValueSymbol)) else 0


def _owner(name: str, scope: Scope, line: int | None) -> tuple[Scope, int | None]:
    """The scope that binds a name, or the module's, and the line if it makes a difference there."""
    here = scope
    while here.parent is not None:
        if name in here.bindings.by_name and (here is scope or here.kind != "class"):
            break
        if here.bindings.stars:
            break
        line = None if here.kind == "function" else line
        here = here.parent
    simple = len(here.bindings.by_name.get(name, ())) == 1 and not here.bindings.stars
    return here, None if simple and here.parent is None else line


def _expressions(statement: ast.stmt) -> list[ast.expr]:
    """What a function returns may be made of this: values, and decorators of local functions."""
    match statement:
        case (
            ast.FunctionDef(decorator_list=expressions)
            | ast.AsyncFunctionDef(decorator_list=expressions)
        ):
            return expressions
        case ast.Return(ast.expr() as value) | ast.Assign(value=value) | ast.AugAssign(value=value):
            return [value]
        case ast.AnnAssign(value=ast.expr() as value) | ast.Expr(value):
            return [value]
        case _:
            return []


def _members(node: ast.ClassDef) -> list[ast.expr]:
    """What the variables of a class body hold."""
    return [
        statement.value
        for statement in node.body
        if isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None
    ]


def _is_of_object(node: ast.expr) -> bool:
    """Whether an expression uses an attribute of what a name refers to: `fn.override(…)`."""
    callee = node.func if isinstance(node, ast.Call) else node
    return isinstance(callee, ast.Attribute)


def _decorators(symbol: Symbol) -> Iterator[Part]:
    """The decorators of a function: `fn.override(…)` uses the object that they make of it."""
    if isinstance(symbol, FunctionSymbol):
        yield from (
            (decorator, symbol.scope, decorator.lineno) for decorator in symbol.node.decorator_list
        )


def _dotted(node: ast.expr) -> str | None:
    """`a.b.c` of a chain of attributes that starts with a name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else None


def _is_followed(symbol: Symbol) -> bool:
    return isinstance(symbol, (External, ClassSymbol, FunctionSymbol, ValueSymbol))


def _is_attribute(symbol: Symbol) -> bool:
    return isinstance(symbol, Missing) and symbol.reason == "attribute"


def _passes(symbol: Symbol) -> bool:
    """Whether what a call gives may be made of its arguments."""
    if isinstance(symbol, External):
        return symbol.dotted.partition(".")[0] in _PASSING
    return isinstance(symbol, (ClassSymbol, FunctionSymbol, ValueSymbol))


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _spread(parts: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Parts, those of keywords and comprehensions taken out of them."""
    for part in parts:
        if isinstance(part, (ast.keyword, ast.comprehension)):
            yield from children(part)
        else:
            yield part
