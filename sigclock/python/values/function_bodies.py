"""What a function of the tree returns for given arguments, read statement by statement."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Protocol, cast

import msgspec

from sigclock.interface.unknown import Unknown
from sigclock.python.names.bindings import Function
from sigclock.python.names.names import Names
from sigclock.python.names.nodes import descendants
from sigclock.python.names.scopes import FunctionSymbol, Scope
from sigclock.python.values.control_flow import bound_names, jumps, leaves, rounds
from sigclock.python.values.local_state import LocalState
from sigclock.python.values.parameters import bound, defaults
from sigclock.python.values.values import (
    Called,
    Code,
    Computed,
    Constant,
    Deferred,
    Items,
    Known,
    Member,
    Origin,
    Partial,
    Table,
    Value,
    either,
    flattened,
)

#: The name under which a method knows its object as one of the SDK's class above.
SUPER = "super()"
#: How many blocks in each other are read; each `elif` stands in the one before it.
_BLOCKS = 40
#: Values of which a caller can make something.
_TELLING = (Called, Partial, Code, Known, Member, Table, Items, Constant)
#: How many `return`s of a function are read; what others give is not known.
_RETURNS = 30


class Expressions(Protocol):
    """The part of the evaluator that reading a body needs."""

    names: Names

    def at(self, node: ast.expr, origin: Origin) -> Value:
        """The value of an expression."""

    def apply(self, call: Called, depth: int = ...) -> Value:
        """The value of a call."""

    def decide(self, test: ast.expr, origin: Origin) -> bool | None:
        """Whether a condition holds; None where that cannot be told."""


def returned(
    expressions: Expressions,
    symbol: FunctionSymbol,
    call: Called,
    env: dict[str, Value],
    depth: int,
) -> Value | None:
    """The value that a function returns, or all that it may be if several `return`s may be reached.

    None if no `return` has a known value.
    """
    body = _body_of(expressions, symbol, call, env, depth)
    values = list(islice(body.run(symbol.node.body), _RETURNS + 1))
    if not any(isinstance(value, _TELLING) for value in flattened(values)):
        return None
    if len(values) == 1:
        return values[0]
    return either(call.node or ast.Name(symbol.node.name), values)


def super_call(
    expressions: Expressions, symbol: FunctionSymbol, call: Called, depth: int
) -> Called | None:
    """The arguments that an `__init__` gives to the class above it, or None."""
    own = call.callee if isinstance(call.callee, Code) else Computed("self")
    bound = msgspec.structs.replace(call, args=(own, *call.args))
    body = _body_of(expressions, symbol, bound, {}, depth)
    for _ in body.run(symbol.node.body):
        break
    return body.above


def instance_attributes(
    expressions: Expressions, symbol: FunctionSymbol, instance: Called, depth: int
) -> dict[str, Value]:
    """The attributes that an `__init__` sets on its `self`."""
    bound_call = msgspec.structs.replace(instance, args=(instance, *instance.args))
    body = _body_of(expressions, symbol, bound_call, {}, depth)
    for _ in body.run(symbol.node.body):
        pass
    return body.attributes


def _body_of(
    expressions: Expressions,
    symbol: FunctionSymbol,
    call: Called,
    env: dict[str, Value],
    depth: int,
) -> Body:
    variables = {**env, **bound(symbol.node, call)}
    for name, default in defaults(symbol.node):
        if name not in variables:
            variables[name] = expressions.at(default, Origin(symbol.scope, depth=depth))
    own = next(iter(variables.values()), None)
    if isinstance(own, Called) and own.kind is not None:
        variables[SUPER] = msgspec.structs.replace(own, kind=None)
    scope = expressions.names.function_scope(symbol.scope, symbol.node)
    return Body(expressions, scope, variables, depth, symbol.node)


class Body(LocalState):
    """One run through a function's statements."""

    def __init__(
        self,
        expressions: Expressions,
        scope: Scope,
        env: dict[str, Value],
        depth: int,
        node: Function,
    ) -> None:
        own = (argument.arg for argument in (*node.args.posonlyargs, *node.args.args))
        super().__init__(expressions, scope, env, depth, next(own, None))
        self._expressions = expressions
        self._scope = scope
        self._depth = depth
        self._blocks = 0

    def run(self, statements: Iterable[ast.stmt]) -> Iterator[Value]:
        """The values of the `return`s that may be reached, in order."""
        if self._blocks >= _BLOCKS:
            return
        self._blocks += 1
        try:
            yield from self._run(statements)
        finally:
            self._blocks -= 1

    def _run(self, statements: Iterable[ast.stmt]) -> Iterator[Value]:
        for statement in statements:
            match statement:
                case ast.Return(ast.expr() as node):
                    yield self._value(node)
                    return
                case ast.Return() | ast.Raise() | ast.Continue() | ast.Break():
                    return
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    self._env[statement.name] = self._function(statement)
                case ast.If(test, then, otherwise):
                    decided = self._expressions.decide(test, self._origin)
                    if decided is None:
                        yield from self._either([then, otherwise])
                        if leaves(then) and leaves(otherwise):
                            return
                        continue
                    arm = then if decided else otherwise
                    yield from self.run(arm)
                    if leaves(arm):
                        return
                case ast.With(body=inner) | ast.AsyncWith(body=inner):
                    yield from self.run(inner)
                    if leaves(inner):
                        return
                case _:
                    self._assign(statement)
                    yield from self._nested(statement)

    def _nested(self, statement: ast.stmt) -> Iterator[Value]:
        """Loops, and what takes one of several arms."""
        match statement:
            case ast.For(target, items, repeated, otherwise):
                yield from self._loop(target, items, repeated)
                yield from self.run(otherwise)
            case ast.While(_, repeated, otherwise):
                yield from self._either([repeated, []])
                yield from self.run(otherwise)
            case ast.Match(_, cases):
                yield from self._either([*(case.body for case in cases), []])
            case _ if hasattr(statement, "handlers"):
                yield from self._tried(cast("ast.Try", statement))
            case _:
                return

    def _either(self, arms: list[list[ast.stmt]]) -> Iterator[Value]:
        """All arms, of which one is taken; names that they bind are no longer known.

        What an arm that leaves the function binds makes no difference to what follows.
        """
        before, attributes = dict(self._env), dict(self.attributes)
        changed: set[str] = set()
        for arm in arms:
            yield from self.run(arm)
            if not leaves(arm):
                changed |= {n for n, value in self._env.items() if before.get(n) is not value}
            self._env.clear()
            self._env.update(before)
        for name in changed:
            self._env[name] = Computed(name)
        for name, value in self.attributes.items():
            if attributes.get(name) is not value:
                self.attributes[name] = Computed(name)

    def _loop(self, target: ast.expr, items: ast.expr, body: list[ast.stmt]) -> Iterator[Value]:
        """Run the rounds if the items are known; else the loop may run any number of times."""
        passes = rounds(target, self._value(items))
        if isinstance(passes, Unknown) or jumps(body):
            # A second round reads what the first round bound.
            for name in bound_names([target, *body]):
                self._env[name] = Computed(name)
            yield from self._either([body, []])
            return
        for variables in passes:
            self._env.update(variables)
            yield from self.run(body)
            if leaves(body):
                return

    def _tried(self, tried: ast.Try) -> Iterator[Value]:
        """`try`: its body to the end, or any of the handlers."""
        yield from self._either(
            [[*tried.body, *tried.orelse], *(handler.body for handler in tried.handlers)]
        )
        yield from self.run(tried.finalbody)

    def _later(self, name: str, node: ast.expr) -> Value:
        """A value that is evaluated when it is read, unless a variable in it may change before."""
        read = {part.id for part in descendants(node) if isinstance(part, ast.Name)}
        changing = any(isinstance(self._env.get(local), Table) for local in read)
        if name in read or changing or "dict" in read or isinstance(node, ast.Dict):
            return self._value(node)
        return Deferred(node, self._scope)

    def _function(self, node: Function) -> Value:
        """A local function as its decorators leave it."""
        value: Value = Code(FunctionSymbol(self._scope, node), self._env)
        for decorator in reversed(node.decorator_list):
            path = self._scope.module.path
            applied = Called(self._value(decorator), (value,), {}, path)
            value = self._expressions.apply(applied, self._depth)
        return value

    def _assign(self, statement: ast.stmt) -> None:
        match statement:
            case ast.Assign([ast.Name(name)], node) | ast.AnnAssign(
                ast.Name(name), value=ast.expr() as node
            ):
                self._env[name] = self._later(name, node)
                self._pop(node)
            case ast.Delete([ast.Subscript(ast.Name(name), key)]):
                self._remove(name, self._value(key))
            case ast.Assign([ast.Attribute(ast.Name(name), attribute)], node) | ast.AnnAssign(
                ast.Attribute(ast.Name(name), attribute), value=ast.expr() as node
            ) if self._is_object(name):
                self._set(name, attribute, self._value(node))
            case ast.Assign([ast.Subscript(owner, key)], node):
                self._enter(owner, self._value(key), self._value(node))
            case ast.AugAssign(ast.Name(name), ast.BitOr(), node):
                more = self._value(node)
                self._update(name, more.items if isinstance(more, Table) else None)
            case ast.Expr(ast.Call() as call):
                self._effect(call)
            case _:
                pass
