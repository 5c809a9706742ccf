"""What an expression evaluates to, as far as its source tells; nothing is run."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TypeVar, cast

import msgspec

from sigclock.python.names.bindings import Import
from sigclock.python.names.names import Names
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
from sigclock.python.values import builtin_calls, computed_text, function_bodies, instances
from sigclock.python.values.conditions import decide
from sigclock.python.values.displays import Comprehension, comprehended, joined, joins, table_of
from sigclock.python.values.function_bodies import SUPER
from sigclock.python.values.values import (
    OPTIONS,
    Called,
    Code,
    Computed,
    Constant,
    Deferred,
    Env,
    Items,
    Known,
    Member,
    Origin,
    Partial,
    Table,
    Use,
    Value,
    as_function,
    held,
    may_hold,
    options_of,
    picked,
    truth,
)

#: How deep, and how many expressions in all, one evaluation goes; real ones need a handful.
_DEPTH = 24
_STEPS = 2_000

T = TypeVar("T")
#: What something follows from, by identity, how deep that is asked for, and in which functions.
_Question = tuple[int, int, frozenset[ast.AST]]
#: A subject, how many steps it took, what was read on the way, and what follows.
_Answer = tuple[object, int, tuple[ast.expr, ...], object]


class Evaluator:
    """Evaluates decorator and version expressions without running anything.

    `homes` are packages; a class of the tree that extends one of their classes evaluates to that.
    """

    def __init__(self, names: Names, homes: tuple[str, ...] = ()) -> None:
        self.names = names
        self.homes = homes
        self._steps = 0
        self._active: set[ast.AST] = set()
        self._trace: list[ast.expr] = []
        self._lambdas: dict[ast.Lambda, ast.FunctionDef] = {}
        self._results: dict[_Question, _Answer] = {}

    def value(
        self,
        node: ast.expr,
        scope: Scope,
        env: Env | None = None,
        line: int | None = None,
        depth: int = 0,
    ) -> Value:
        """The value of `node` as read in `scope`; `env` has known parameters."""
        return self.at(node, Origin(scope, env or {}, line, depth))

    def fold(self, node: ast.expr, scope: Scope, line: int | None = None) -> Constant | None:
        """The constant behind an expression, or None."""
        value = self.value(node, scope, None, line)
        return value if isinstance(value, Constant) else None

    def traced(self) -> list[ast.expr]:
        """The names and calls that were read since the last call of this."""
        trace, self._trace = self._trace, []
        return trace

    def at(self, node: ast.expr, origin: Origin) -> Value:
        """The value of `node` as read at its origin."""
        self._steps = 0 if origin.depth == 0 else self._steps + 1
        self.names.spend()
        if origin.depth > _DEPTH or self._steps > _STEPS:
            return Computed(node)
        match node:
            case ast.Constant(value) if not isinstance(value, complex) and value is not ...:
                return Constant(value, origin.scope.module.path, node)
            case ast.Name() | ast.Attribute():
                self._trace.append(node)
                return self._name(node, origin)
            case ast.Call():
                self._trace.append(node)
                return self._call(node, origin)
            case ast.Subscript():
                return self._subscript(node, origin)
            case ast.Dict():
                return table_of(node, origin, self.at) or Computed(node)
            case ast.List(items) | ast.Tuple(items) | ast.Set(items):
                return Items(tuple(self.at(item, origin.deeper()) for item in items))
            case ast.IfExp() | ast.BoolOp():
                return self._choice(node, origin)
            case ast.BinOp(left, _, right) if joins(node):
                sides = [self.at(side, origin.deeper()) for side in (left, right)]
                return joined(*sides) or self._computed(node, origin)
            case ast.DictComp() | ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                return self._comprehension(node, origin)
            case ast.NamedExpr(ast.Name(name), value):
                return held(self.at(value, origin), _use(name, node, origin.scope, origin))
            case ast.Lambda():
                return Code(FunctionSymbol(origin.scope, self._lambda(node)), dict(origin.env))
            case _:
                return self._computed(node, origin)

    # -- names -------------------------------------------------------------------------------

    def _name(self, node: ast.Name | ast.Attribute, origin: Origin) -> Value:
        if isinstance(node, ast.Name) and node.id in origin.env:
            bound = origin.env[node.id]
            if not isinstance(bound, Deferred):
                return bound
            return self.at(bound.node, Origin(bound.scope, origin.env, None, origin.depth + 1))
        symbols = self.names.possible(node, origin.scope, origin.line)
        if len(symbols) > 1:
            return self._several(node, symbols, origin)
        return self._symbol_value(symbols[0], node, origin)

    def _symbol_value(
        self, symbol: Symbol, node: ast.Name | ast.Attribute, origin: Origin
    ) -> Value:
        match symbol:
            case External(dotted):
                return Known(self.names.canonical(dotted))
            case FunctionSymbol(Scope(kind="class")) if isinstance(node, ast.Attribute):
                attribute = self._attribute(node, origin)
                return Code(symbol) if isinstance(attribute, Computed) else attribute
            case FunctionSymbol() | ClassSymbol():
                return Code(symbol)
            case ValueSymbol():
                return self.through(symbol, node, origin)
            case Missing() | ModuleSymbol():
                return self._attribute(node, origin)

    def _several(
        self, node: ast.Name | ast.Attribute, symbols: list[Symbol], origin: Origin
    ) -> Value:
        """A name that a condition at run time decides: computed, known by all that it may be."""
        some = symbols[:OPTIONS]
        values = [self._symbol_value(symbol, node, origin.deeper()) for symbol in some]
        shown = [repr_of(v.value) if isinstance(v, Constant) else line_of(node) for v in values]
        reads = ((line_of(node), " or ".join(dict.fromkeys(shown))),)
        return Computed(node, reader=lambda: reads, options=picked(values))

    def through(self, symbol: ValueSymbol, node: ast.expr, origin: Origin) -> Value:
        """A variable: its value, with this use of it on the trail."""
        if symbol.name in symbol.scope.bindings.changed:
            return Computed(node)
        inside = Origin(symbol.scope, {}, _line_before(symbol), origin.depth + 1)
        value = self.once(symbol.node, inside.depth, lambda: self.at(symbol.node, inside))
        if symbol.name in symbol.scope.bindings.changed_within and may_hold(value):
            return Computed(node)
        others = symbol.scope.bindings.chained.get(symbol.name, ())
        for name in (*(name for name in others if name != symbol.name), symbol.name):
            value = held(value, _use(name, node, symbol.scope, origin))
        return value

    def once(self, subject: object, depth: int, work: Callable[[], T]) -> T:
        """The result of `work` for a subject, computed once; steps and trace count each time."""
        question = (id(subject), depth, frozenset(self._active))
        if question in self._results:
            _, steps, read, known = self._results[question]
            if self._steps + steps <= _STEPS:
                self._steps += steps
                self._trace += read
                return cast("T", known)
        before, start = self._steps, len(self._trace)
        result = work()
        if self._steps <= _STEPS:
            # The entry holds the subject, so that no other object can get its id.
            read = tuple(dict.fromkeys(self._trace[start:]))
            self._results[question] = (subject, self._steps - before, read, result)
        return result

    def _attribute(self, node: ast.Name | ast.Attribute, origin: Origin) -> Value:
        if isinstance(node, ast.Name):
            value = self._alias(node.id, origin.scope, origin.depth)
        else:
            owner = self.at(node.value, origin.deeper())
            value = self._member(owner, node, origin)
            if isinstance(owner, Computed) and owner.options:
                values = [self._member(option, node, origin) for option in options_of(owner)]
                return self._computed(node, origin, *filter(None, values))
        return value or self._computed(node, origin)

    def _member(self, owner: Value, node: ast.Attribute, origin: Origin) -> Value | None:
        match owner:
            case Known(dotted):
                return Known(self.names.canonical(f"{dotted}.{node.attr}"))
            case Constant() if node.attr == "value":
                # A member of an Enum already evaluates to its value.
                return owner
            case Code(ClassSymbol() as symbol) if origin.depth < _DEPTH:
                value = instances.of_class(self, symbol, node, origin)
            case Called(Code(ClassSymbol() as symbol)) | Called(kind=ClassSymbol() as symbol) if (
                origin.depth < _DEPTH
            ):
                value = instances.of_instance(self, owner, symbol, node, origin.depth)
            case Called(Known("types.SimpleNamespace"), _, keywords) if node.attr in keywords:
                value = keywords[node.attr]
            case Called() | Partial() | Member() | Code() | Table():
                value = None
            case _:
                return None
        return value or Member(owner, node.attr)

    def _alias(self, name: str, scope: Scope | None, depth: int) -> Value | None:
        """`job = env.task`: the attribute of a value that a name stands for."""
        while scope is not None:
            for binding in scope.bindings.candidates(name)[0]:
                match binding.target:
                    case ast.Attribute() as node:
                        line = binding.line - 1 if scope.kind != "function" else None
                        return self.at(node, Origin(scope, {}, line, depth + 1))
                    case Import(attribute=str(attribute)) as target if depth < _DEPTH:
                        owner = self.names.imported(target, scope.module)
                        if not isinstance(owner, ModuleSymbol) or owner.module is None:
                            return None
                        there = self.names.module_scope(owner.module)
                        return self._alias(attribute, there, depth + 1)
                    case _:
                        return None
            scope = scope.parent
        return None

    # -- calls -------------------------------------------------------------------------------

    def _call(self, node: ast.Call, origin: Origin) -> Value:
        if isinstance(node.func, ast.Name) and node.func.id == "super" and SUPER in origin.env:
            return origin.env[SUPER]
        callee = self.at(node.func, origin.deeper())
        args: list[Value] = []
        keywords: dict[str, Value] = {}
        open_ = False
        for argument in node.args:
            if not isinstance(argument, ast.Starred):
                args.append(self.at(argument, origin.deeper()))
                continue
            more = self.at(argument.value, origin.deeper())
            args.extend(more.items if isinstance(more, Items) else ())
            open_ = open_ or not isinstance(more, Items)
        for keyword in node.keywords:
            value = self.at(keyword.value, origin.deeper())
            if keyword.arg is not None:
                keywords[keyword.arg] = value
            elif isinstance(value, Table):
                keywords.update(value.items)
            else:
                open_ = True
        path = origin.scope.module.path
        call = Called(callee, tuple(args), keywords, path, node, open_, origin.scope)
        return self.apply(call, origin.depth)

    def apply(self, call: Called, depth: int = 0) -> Value:
        """Apply a call: merge partials, enter functions and classes of the tree, run builtins."""
        if depth >= _DEPTH:
            return call
        self._steps = self._steps if depth else 0
        known = builtin_calls.result_of(call)
        if known is not None:
            return known
        match call.callee:
            case Partial(callee, args, keywords, open_):
                merged = msgspec.structs.replace(
                    call,
                    callee=callee,
                    args=(*args, *call.args),
                    keywords={**keywords, **call.keywords},
                    open=open_ or call.open,
                )
                return self.apply(merged, depth + 1)
            case Code(FunctionSymbol() as symbol, env) if symbol.node not in self._active:
                return self._returned(symbol, call, env, depth + 1)
            case Code(ClassSymbol() as symbol):
                return instances.base_call(self, symbol, call, depth + 1) or call
            case Called(Code(ClassSymbol() as symbol)) as instance:
                return instances.called(self, instance, symbol, call, depth + 1) or call
            case Computed(source, options=options) if options:
                each = (msgspec.structs.replace(call, callee=option) for option in options)
                return Computed(
                    source, options=picked(self.apply(call, depth + 1) for call in each)
                )
            case _:
                return call

    def _returned(
        self, symbol: FunctionSymbol, call: Called, env: dict[str, Value], depth: int
    ) -> Value:
        """The result of a function; None for a function that is being read already."""
        self._active.add(symbol.node)
        try:
            returned = function_bodies.returned(self, symbol, call, env, depth)
        finally:
            self._active.discard(symbol.node)
        return call if returned is None else returned

    # -- tables, choices and computed values -----------------------------------------------------

    def _subscript(self, node: ast.Subscript, origin: Origin) -> Value:
        owner = self.at(node.value, origin.deeper())
        match owner, node.slice:
            case Table(items), ast.Constant(str(key)) if key in items:
                return items[key]
            case Items(items), ast.Constant(int(index)) if not isinstance(index, bool):
                return items[index] if -len(items) <= index < len(items) else owner
            case (Table(items=options), _):
                return self._computed(node, origin, *options.values())
            case ((Items(options) | Computed(options=options)), _):
                return self._computed(node, origin, *options)
            case _:
                return self._computed(node, origin)

    def _comprehension(self, node: Comprehension, origin: Origin) -> Value:
        if known := comprehended(node, origin, self.at, self.decide):
            return known
        each = node.value if isinstance(node, ast.DictComp) else node.elt
        return self._computed(node, origin, self.at(each, origin.deeper()))

    def _choice(self, node: ast.IfExp | ast.BoolOp, origin: Origin) -> Value:
        """A conditional whose condition is known; else computed, as one of its sides."""
        sides: list[ast.expr]
        match node:
            case ast.IfExp(test, body, orelse):
                decided = self.decide(test, origin)
                if decided is not None:
                    return self.at(body if decided else orelse, origin.deeper())
                sides = [body, orelse]
            case ast.BoolOp(op, operands):
                sides = operands
                stops_at = isinstance(op, ast.Or)
                for operand in operands:
                    value = self.at(operand, origin.deeper())
                    if operand is operands[-1] or truth(value) is stops_at:
                        return value
                    if truth(value) is None:
                        break
        return self._computed(node, origin, *(self.at(side, origin.deeper()) for side in sides))

    def decide(self, test: ast.expr, origin: Origin) -> bool | None:
        """Whether a condition holds; None where that depends on more than is known."""
        return decide(test, origin, self.at)

    def _lambda(self, node: ast.Lambda) -> ast.FunctionDef:
        """The function that a lambda is."""
        return self._lambdas.get(node) or self._lambdas.setdefault(node, as_function(node))

    def _computed(self, node: ast.expr, origin: Origin, *options: Value) -> Computed:
        if origin.depth >= _DEPTH:
            return Computed(node)
        return Computed(
            node,
            lambda: self._apart(lambda: computed_text.folded(node, origin, self.at)),
            lambda: self._apart(lambda: computed_text.reads(node, origin, self.at)),
            picked(options),
        )

    def _apart(self, work: Callable[[], T]) -> T:
        """Run `work` with its own budget, so that the result does not depend on the caller."""
        before, self._steps = self._steps, 0
        try:
            return work()
        finally:
            self._steps = before


def _line_before(symbol: ValueSymbol) -> int | None:
    return symbol.node.lineno - 1 if symbol.scope.kind != "function" else None


def _use(name: str, node: ast.expr, scope: Scope, origin: Origin) -> Use:
    place = (origin.scope.module.path, node.lineno, node.col_offset)
    return Use(*place, scope.module.path, scope.nested(name))
