"""Displays and comprehensions as tables and items."""

from __future__ import annotations

import ast
from collections.abc import Callable

from sigclock.interface.unknown import Unknown
from sigclock.python.values.control_flow import Round, rounds
from sigclock.python.values.values import Constant, Items, Origin, Table, Value

At = Callable[[ast.expr, Origin], Value]
Decide = Callable[[ast.expr, Origin], bool | None]
Comprehension = ast.DictComp | ast.ListComp | ast.SetComp | ast.GeneratorExp


def table_of(node: ast.Dict, origin: Origin, at: At) -> Table | None:
    """The entries of a display whose keys are strings; None for any other display."""
    items: dict[str, Value] = {}
    for key, item in zip(node.keys, node.values, strict=True):
        value = at(item, origin.deeper())
        if key is None and isinstance(value, Table):
            items.update(value.items)
            continue
        name = None if key is None else at(key, origin.deeper())
        if not isinstance(name, Constant) or not isinstance(name.value, str):
            return None
        items[name.value] = value
    return Table(items, node, origin.scope)


def comprehended(
    node: Comprehension, origin: Origin, at: At, decide: Decide
) -> Table | Items | None:
    """What a comprehension over known items gives; None where that cannot be told."""
    match node.generators:
        case [ast.comprehension(target, source, conditions, 0)]:
            passes = rounds(target, at(source, origin.deeper()))
        case _:
            return None
    if isinstance(passes, Unknown):
        return None
    kept: list[Origin] = []
    for variables in passes:
        inside = _inside(origin, variables)
        decided = [decide(condition, inside) for condition in conditions]
        if None in decided:
            return None
        if all(decided):
            kept.append(inside)
    if not isinstance(node, ast.DictComp):
        return Items(tuple(at(node.elt, inside) for inside in kept))
    items: dict[str, Value] = {}
    for inside in kept:
        key = at(node.key, inside)
        if not isinstance(key, Constant) or not isinstance(key.value, str):
            return None
        items[key.value] = at(node.value, inside)
    return Table(items)


def _inside(origin: Origin, variables: Round) -> Origin:
    return Origin(origin.scope, {**origin.env, **variables}, origin.line, origin.depth + 1)


def joins(node: ast.BinOp) -> bool:
    """`A | B`, and `A + B` where one of them is a display."""
    sides = (
        isinstance(node.left, (ast.List, ast.Tuple)),
        isinstance(node.right, (ast.List, ast.Tuple)),
    )
    return isinstance(node.op, ast.BitOr) or (isinstance(node.op, ast.Add) and any(sides))


def joined(left: Value, right: Value) -> Table | Items | None:
    """Two dicts as one, or two displays; None for anything else."""
    match left, right:
        case Table(), Table():
            return Table({**left.items, **right.items})
        case Items(), Items():
            return Items((*left.items, *right.items))
        case _:
            return None
