"""What an expression evaluates to, as far as its source tells; nothing is run."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TypeVar

import msgspec

from sigclock.resolve import bodies, texts
from sigclock.resolve.bindings import Import
from sigclock.resolve.conditions import decide
from sigclock.resolve.libraries import canonical
from sigclock.resolve.names import Names
from sigclock.resolve.symbols import (
    ClassSymbol,
    External,
    FunctionSymbol,
    Missing,
    ModuleSymbol,
    Scope,
    Symbol,
    ValueSymbol,
)
from sigclock.resolve.values import (
    Called,
    Code,
    Computed,
    Constant,
    Deferred,
    Env,
    Items,
    Known,
    Member,
    Partial,
    Place,
    Table,
    Use,
    Value,
    closure_with_use,
    dict_of,
    method_of,
    partial,
    truth,
    with_use,
)
from sigclock.resolve.written import line_of, repr_of

#: How deep, and how many expressions in all, one evaluation goes; real ones need a handful.
_DEPTH = 24
_STEPS = 2_000

T = TypeVar("T")


class Evaluator:
    """Evaluates decorator and version expressions without running anything.

    `homes` are the packages whose classes the tree's classes are looked through for.
    """

    def __init__(self, names: Names, homes: tuple[str, ...] = ()) -> None:
        self.names = names
        self._homes = homes
        self._steps = 0
        self._entered: set[ast.AST] = set()

    def value(
        self,
        node: ast.expr,
        scope: Scope,
        env: Env | None = None,
        line: int | None = None,
        depth: int = 0,
    ) -> Value:
        """The value of `node` as read in `scope`; `env` has known parameters."""
        return self.at(node, Place(scope, env or {}, line, depth))

    def fold(self, node: ast.expr, scope: Scope, line: int | None = None) -> Constant | None:
        """The constant behind an expression, or None."""
        value = self.value(node, scope, None, line)
        return value if isinstance(value, Constant) else None

    def at(self, node: ast.expr, place: Place) -> Value:
        """The value of `node` at a place."""
        self._steps = 0 if place.depth == 0 else self._steps + 1
        if place.depth > _DEPTH or self._steps > _STEPS:
            return Computed(node)
        match node:
            case ast.Constant(value) if not isinstance(value, complex) and value is not ...:
                return Constant(value, place.scope.module.path, node)
            case ast.Name() | ast.Attribute():
                return self._name(node, place)
            case ast.Call():
                return self._call(node, place)
            case ast.Subscript():
                return self._subscript(node, place)
            case ast.Dict():
                return self._table(node, place)
            case ast.List(items) | ast.Tuple(items) | ast.Set(items):
                return Items(tuple(self.at(item, place.deeper()) for item in items))
            case ast.IfExp() | ast.BoolOp():
                return self._choice(node, place)
            case ast.BinOp(left, ast.BitOr(), right):
                return self._merged(node, (left, right), place)
            case ast.NamedExpr(_, value):
                return self.at(value, place)
            case _:
                return self._computed(node, place)

    # -- names -------------------------------------------------------------------------------

    def _name(self, node: ast.Name | ast.Attribute, place: Place) -> Value:
        if isinstance(node, ast.Name) and node.id in place.env:
            held = place.env[node.id]
            if not isinstance(held, Deferred):
                return held
            return self.at(held.node, Place(held.scope, place.env, None, place.depth + 1))
        symbols = self.names.alternatives(node, place.scope, place.line)
        if len(symbols) > 1:
            return self._several(node, symbols, place)
        return self._meant(symbols[0], node, place)

    def _meant(
        self,
        symbol: Symbol,
        node: ast.Name | ast.Attribute,
        place: Place,
    ) -> Value:
        match symbol:
            case External(dotted):
                return Known(canonical(dotted))
            case FunctionSymbol() | ClassSymbol():
                return Code(symbol)
            case ValueSymbol():
                return self._through(symbol, node, place)
            case Missing() | ModuleSymbol():
                return self._attribute(node, place)

    def _several(
        self, node: ast.Name | ast.Attribute, symbols: list[Symbol], place: Place
    ) -> Value:
        """A name that a condition at run time decides: computed, known by all that it may be."""
        values = [self._meant(symbol, node, place.deeper()) for symbol in symbols]
        shown = [repr_of(v.value) if isinstance(v, Constant) else line_of(node) for v in values]
        reads = ((line_of(node), " or ".join(dict.fromkeys(shown))),)
        return Computed(node, reader=lambda: reads)

    def _through(self, symbol: ValueSymbol, node: ast.expr, place: Place) -> Value:
        """A variable: its value, with this use of it on the trail."""
        if symbol.name in symbol.scope.bindings.changed:
            return Computed(node)
        inside = Place(symbol.scope, {}, _line_before(symbol), place.depth + 1)
        value = self.at(symbol.node, inside)
        holder = symbol.scope.nested(symbol.name)
        path = place.scope.module.path
        use = Use(path, node.lineno, node.col_offset, symbol.scope.module.path, holder)
        return closure_with_use(value, use) if isinstance(value, Code) else with_use(value, use)

    def _attribute(self, node: ast.Name | ast.Attribute, place: Place) -> Value:
        if isinstance(node, ast.Attribute):
            owner = self.at(node.value, place.deeper())
            match owner:
                case Known(dotted):
                    return Known(canonical(f"{dotted}.{node.attr}"))
                case Constant() if node.attr == "value":
                    # A member of an Enum: the name alone is its value for us already.
                    return owner
                case Code(ClassSymbol() as symbol):
                    return self._of_class(symbol, node, place) or Member(owner, node.attr)
                case Called(Code(ClassSymbol() as symbol)):
                    return self._of_instance(symbol, node, place) or Member(owner, node.attr)
                case Called() | Partial() | Member() | Code() | Table():
                    return Member(owner, node.attr)
                case _:
                    pass
        else:
            alias = self._alias(node.id, place.scope, place.depth)
            if alias is not None:
                return alias
        return self._computed(node, place)

    def _alias(self, name: str, scope: Scope | None, depth: int) -> Value | None:
        """`job = env.task`: a name for an attribute of a value, here or where it comes from."""
        while scope is not None:
            for binding in scope.bindings.candidates(name)[0]:
                match binding.target:
                    case ast.Attribute() as node:
                        line = binding.line - 1 if scope.kind != "function" else None
                        return self.at(node, Place(scope, {}, line, depth + 1))
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

    def _of_class(self, symbol: ClassSymbol, node: ast.Attribute, place: Place) -> Value | None:
        """`self.NAME` in a method: what the class body binds it to."""
        found = self.names.member(symbol, node.attr)[0]
        if not isinstance(found, ValueSymbol) or place.depth >= _DEPTH:
            return None
        return self._through(found, node, place)

    def _of_instance(
        self, symbol: ClassSymbol, node: ast.Attribute, place: Place
    ) -> Computed | None:
        """`Settings().VERSION`: computed, known by the value that the class body gives it."""
        found = self.names.member(symbol, node.attr)[0]
        if not isinstance(found, ValueSymbol) or place.depth >= _DEPTH:
            return None
        value = self.at(found.node, Place(found.scope, {}, None, place.depth + 1))
        if not isinstance(value, Constant):
            return None
        reads = ((f"{symbol.node.name}.{node.attr}", repr_of(value.value)),)
        return Computed(node, reader=lambda: reads)

    # -- calls -------------------------------------------------------------------------------

    def _call(self, node: ast.Call, place: Place) -> Value:
        callee = self.at(node.func, place.deeper())
        args: list[Value] = []
        keywords: dict[str, Value] = {}
        open_ = False
        for argument in node.args:
            if not isinstance(argument, ast.Starred):
                args.append(self.at(argument, place.deeper()))
                continue
            more = self.at(argument.value, place.deeper())
            args.extend(more.items if isinstance(more, Items) else ())
            open_ = open_ or not isinstance(more, Items)
        for keyword in node.keywords:
            value = self.at(keyword.value, place.deeper())
            if keyword.arg is not None:
                keywords[keyword.arg] = value
            elif isinstance(value, Table):
                keywords.update(value.items)
            else:
                open_ = True
        path = place.scope.module.path
        call = Called(callee, tuple(args), keywords, path, node, open_, place.scope)
        return self.apply(call, place.depth)

    def apply(self, call: Called, depth: int = 0) -> Value:
        """Merge partials, make tables of `dict(…)`, look into functions and classes of the tree."""
        if depth >= _DEPTH:
            return call
        self._steps = self._steps if depth else 0
        match call.callee:
            case Known("functools.partial") if call.args:
                return partial(call.args[0], call.args[1:], call.keywords, open_=call.open)
            case Called(Known("functools.wraps"), (Code() as wrapped, *_)) if call.args:
                return wrapped
            case Known("dict") if not call.open and all(isinstance(a, Table) for a in call.args):
                return dict_of(call)
            case Member(Table() as table, method):
                return method_of(table, method, call)
            case Partial(callee, args, keywords, open_):
                merged = msgspec.structs.replace(
                    call,
                    callee=callee,
                    args=(*args, *call.args),
                    keywords={**keywords, **call.keywords},
                    open=open_ or call.open,
                )
                return self.apply(merged, depth + 1)
            case Code(FunctionSymbol() as symbol, env) if symbol.node not in self._entered:
                return self._returned(symbol, call, env, depth + 1)
            case Code(ClassSymbol() as symbol):
                return self._instance(symbol, call, depth + 1) or call
            case _:
                return call

    def _returned(
        self, symbol: FunctionSymbol, call: Called, env: dict[str, Value], depth: int
    ) -> Value:
        """What a function returns; one that is being read is not entered again."""
        self._entered.add(symbol.node)
        try:
            returned = bodies.returned(self, symbol, call, env, depth)
        finally:
            self._entered.discard(symbol.node)
        return call if returned is None else returned

    def _instance(self, symbol: ClassSymbol, call: Called, depth: int) -> Value | None:
        """A call of a class of the tree as a call of the SDK's class that it extends."""
        if depth >= _DEPTH:
            return None
        own = f"{symbol.scope.module.name}.{symbol.scope.nested(symbol.node.name)}"
        if self._homes and own.startswith(self._homes):
            # In an SDK's own repository: the same class as everywhere else.
            return msgspec.structs.replace(call, callee=Known(canonical(own)))
        scope = self.names.class_scope(symbol)
        for base in symbol.node.bases:
            plain = base.value if isinstance(base, ast.Subscript) else base
            parent = self.at(plain, Place(symbol.scope, {}, symbol.node.lineno, depth))
            if not isinstance(parent, (Known, Code)):
                continue
            if isinstance(parent, Known) and not parent.dotted.startswith(self._homes):
                continue
            made = msgspec.structs.replace(call, callee=parent)
            initialiser = self.names.lookup("__init__", scope)[0]
            if isinstance(initialiser, FunctionSymbol) and initialiser.scope is scope:
                inner = bodies.super_call(self, initialiser, call, depth + 1)
                made = msgspec.structs.replace(inner or made, callee=parent)
            value = self.apply(made, depth + 1)
            if isinstance(value, Called) and isinstance(value.callee, Known):
                return value
        return None

    # -- tables, choices and computed values -----------------------------------------------------

    def _subscript(self, node: ast.Subscript, place: Place) -> Value:
        owner = self.at(node.value, place.deeper())
        match owner, node.slice:
            case Table(items), ast.Constant(str(key)) if key in items:
                return items[key]
            case Items(items), ast.Constant(int(index)) if not isinstance(index, bool):
                return items[index] if -len(items) <= index < len(items) else owner
            case _:
                return self._computed(node, place)

    def _table(self, node: ast.Dict, place: Place) -> Value:
        items: dict[str, Value] = {}
        for key, item in zip(node.keys, node.values, strict=True):
            value = self.at(item, place.deeper())
            if key is None and isinstance(value, Table):
                items.update(value.items)
                continue
            name = None if key is None else self.at(key, place.deeper())
            if not isinstance(name, Constant) or not isinstance(name.value, str):
                return Computed(node)
            items[name.value] = value
        return Table(items, node, place.scope)

    def _merged(self, node: ast.expr, sides: tuple[ast.expr, ...], place: Place) -> Value:
        """`A | B` of two dicts."""
        values = [self.at(side, place.deeper()) for side in sides]
        items: dict[str, Value] = {}
        for value in values:
            if not isinstance(value, Table):
                return self._computed(node, place)
            items.update(value.items)
        return Table(items)

    def _choice(self, node: ast.IfExp | ast.BoolOp, place: Place) -> Value:
        """A conditional whose condition is known; else computed."""
        match node:
            case ast.IfExp(test, body, orelse):
                decided = self.decide(test, place)
                if decided is not None:
                    return self.at(body if decided else orelse, place.deeper())
            case ast.BoolOp(op, operands):
                stops_at = isinstance(op, ast.Or)
                for operand in operands:
                    value = self.at(operand, place.deeper())
                    if operand is operands[-1] or truth(value) is stops_at:
                        return value
                    if truth(value) is None:
                        break
        return self._computed(node, place)

    def decide(self, test: ast.expr, place: Place) -> bool | None:
        """Whether a condition holds; None where that depends on more than is known."""
        return decide(test, place, self.at)

    def _computed(self, node: ast.expr, place: Place) -> Computed:
        if place.depth >= _DEPTH:
            return Computed(node)
        return Computed(
            node,
            lambda: self._apart(lambda: texts.folded(node, place, self.at)),
            lambda: self._apart(lambda: texts.reads(node, place, self.at)),
        )

    def _apart(self, work: Callable[[], T]) -> T:
        """Work with a budget of its own, so that its outcome does not depend on who asks."""
        before, self._steps = self._steps, 0
        try:
            return work()
        finally:
            self._steps = before


def _line_before(symbol: ValueSymbol) -> int | None:
    return symbol.node.lineno - 1 if symbol.scope.kind != "function" else None
