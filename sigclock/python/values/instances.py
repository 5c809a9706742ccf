"""Attributes of the tree's classes and their instances, and the results of calling these."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Protocol, TypeVar

import msgspec

from sigclock.python.names.scopes import ClassSymbol, External, FunctionSymbol, ValueSymbol
from sigclock.python.names.unparse import repr_of
from sigclock.python.values import function_bodies
from sigclock.python.values.values import (
    Called,
    Code,
    Computed,
    Constant,
    Holding,
    Known,
    Origin,
    Partial,
    Use,
    Value,
)

#: How a method is given what it is asked of.
_STATIC, _OF_CLASS, _PROPERTY = "staticmethod", "classmethod", "property"


T = TypeVar("T")


class Expressions(function_bodies.Expressions, Protocol):
    """The part of the evaluator that objects need."""

    homes: tuple[str, ...]

    def through(self, symbol: ValueSymbol, node: ast.expr, origin: Origin) -> Value:
        """The value of a variable, with this use of it remembered."""

    def once(self, subject: object, depth: int, work: Callable[[], T]) -> T:
        """The result of `work` for a subject, computed once."""


def of_class(
    expressions: Expressions, symbol: ClassSymbol, node: ast.Attribute, origin: Origin
) -> Value | None:
    """`Own.NAME`: the value in the class body, or a method bound to the class."""
    match expressions.names.member(symbol, node.attr)[0]:
        case ValueSymbol() as member:
            return expressions.through(member, node, origin)
        case FunctionSymbol() as method if _kind(expressions, method) == _OF_CLASS:
            return Partial(Code(method), (Code(symbol),), {})
        case FunctionSymbol() as method:
            return Code(method)
        case _:
            return None


def of_instance(
    expressions: Expressions, instance: Called, symbol: ClassSymbol, node: ast.Attribute, depth: int
) -> Value | None:
    """`own.name`: a method bound to the instance, or the value that `__init__` or the call sets."""
    if node.attr == "__class__":
        return Code(symbol)
    if node.attr in instance.attributes:
        return instance.attributes[node.attr]
    member = expressions.names.member(symbol, node.attr)[0]
    if isinstance(member, FunctionSymbol):
        return _bound(expressions, member, instance, symbol, depth)
    value = _attribute_value(expressions, instance, symbol, node.attr, depth)
    if isinstance(value, Constant) and _readers(symbol, node.attr) <= 1:
        return _with_attribute(value, node.attr)
    if value is None and isinstance(member, ValueSymbol):
        value = expressions.at(member.node, Origin(member.scope, {}, None, depth + 1))
    if isinstance(value, Called) and _is_field(value.callee):
        value = _default(expressions, value, depth)
    if isinstance(value, Constant):
        # Known by its value, but not edited: other instances and methods read it as well.
        reads = ((f"{symbol.node.name}.{node.attr}", repr_of(value.value)),)
        return Computed(node, reader=lambda: reads)
    return value


def called(
    expressions: Expressions, instance: Called, symbol: ClassSymbol, call: Called, depth: int
) -> Value | None:
    """A call of an instance, by the `__call__` of its class."""
    method = expressions.names.member(symbol, "__call__")[0]
    if not isinstance(method, FunctionSymbol):
        return None
    bound = Partial(Code(method), (instance,), {})
    return expressions.apply(msgspec.structs.replace(call, callee=bound), depth + 1)


def base_call(
    expressions: Expressions, symbol: ClassSymbol, call: Called, depth: int
) -> Value | None:
    """A call of a class of the tree as a call of the SDK's class that it extends."""
    own = f"{symbol.scope.module.name}.{symbol.scope.nested(symbol.node.name)}"
    if expressions.homes and own.startswith(expressions.homes):
        # In an SDK's own repository: the same class as everywhere else.
        return msgspec.structs.replace(call, callee=Known(expressions.names.canonical(own)))
    scope = expressions.names.class_scope(symbol)
    for base in symbol.node.bases:
        plain = base.value if isinstance(base, ast.Subscript) else base
        parent = expressions.at(plain, Origin(symbol.scope, {}, symbol.node.lineno, depth))
        if not isinstance(parent, (Known, Code)):
            continue
        if isinstance(parent, Known) and not parent.dotted.startswith(expressions.homes):
            continue
        inner = msgspec.structs.replace(call, callee=parent)
        initialiser = expressions.names.lookup("__init__", scope)[0]
        if isinstance(initialiser, FunctionSymbol) and initialiser.scope is scope:
            above = function_bodies.super_call(expressions, initialiser, call, depth + 1)
            inner = msgspec.structs.replace(above or inner, callee=parent)
        value = expressions.apply(inner, depth + 1)
        if isinstance(value, Called) and isinstance(value.callee, Known):
            return msgspec.structs.replace(value, kind=symbol)
    return None


def _bound(
    expressions: Expressions,
    method: FunctionSymbol,
    instance: Called,
    symbol: ClassSymbol,
    depth: int,
) -> Value:
    match _kind(expressions, method):
        case "staticmethod":
            return Code(method)
        case "classmethod":
            return Partial(Code(method), (Code(symbol),), {})
        case "property":
            return expressions.apply(Called(Code(method), (instance,), {}, instance.path), depth)
        case _:
            return Partial(Code(method), (instance,), {})


def _kind(expressions: Expressions, method: FunctionSymbol) -> str:
    for decorator in method.node.decorator_list:
        symbol = expressions.names.of(decorator, method.scope, decorator.lineno)
        if isinstance(symbol, External):
            last = symbol.dotted.rpartition(".")[2]
            return _PROPERTY if last == "cached_property" else last
    return ""


def _attribute_value(
    expressions: Expressions, instance: Called, symbol: ClassSymbol, name: str, depth: int
) -> Value | None:
    """The value that `__init__` sets on `self`; without `__init__`, the class's argument."""
    initialiser = expressions.names.member(symbol, "__init__")[0]
    if isinstance(initialiser, FunctionSymbol):
        attributes = partial(
            function_bodies.instance_attributes, expressions, initialiser, instance, depth + 1
        )
        return expressions.once(instance, depth + 1, attributes).get(name)
    if name in instance.keywords:
        return instance.keywords[name]
    fields = [
        statement.target.id
        for statement in symbol.node.body
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
    ]
    index = fields.index(name) if name in fields else len(instance.args)
    return instance.args[index] if index < len(instance.args) else None


def _is_field(callee: Value) -> bool:
    return isinstance(callee, Known) and callee.dotted == "dataclasses.field"


def _default(expressions: Expressions, field: Called, depth: int) -> Value | None:
    """What `field(default=…)` or `field(default_factory=…)` gives an instance."""
    factory = field.keywords.get("default_factory")
    if factory is None:
        return field.keywords.get("default")
    return expressions.apply(Called(factory, (), {}, field.path), depth + 1)


def _readers(symbol: ClassSymbol, name: str) -> int:
    """How often the class itself reads an attribute of this name."""
    return _loads(symbol.node)[name]


@lru_cache(maxsize=16)
def _loads(node: ast.ClassDef) -> Counter[str]:
    """How often each attribute is read in a class."""
    parts = (part for part in ast.walk(node) if isinstance(part, ast.Attribute))
    return Counter(part.attr for part in parts if isinstance(part.ctx, ast.Load))


def _with_attribute(value: Constant, name: str) -> Constant:
    """The constant, whose trail now says through which attribute its object was read."""
    match value.trail:
        case (Use(holding=Holding.OBJECT) as use, *rest):
            trail = (msgspec.structs.replace(use, key=name), *rest)
            return msgspec.structs.replace(value, trail=trail)
        case _:
            return value
