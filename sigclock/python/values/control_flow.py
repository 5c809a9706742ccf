"""Which statements of a block run: the rounds of a loop over known items, and early exits."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from sigclock.interface.unknown import Unknown
from sigclock.python.names.nodes import descendants
from sigclock.python.values.values import Called, Constant, Items, Known, Member, Table, Value

#: Loops over more items than these are not followed.
ROUNDS = 16

#: What the variables of a loop are in one of its rounds.
Round = dict[str, Value]


def rounds(target: ast.expr, items: Value) -> list[Round] | Unknown:
    """The variables that each round binds, in order; `items` is the value that is looped over."""
    listed = listed_items(items)
    if isinstance(listed, Unknown):
        return listed
    passes = []
    for item in listed:
        bound = _bound(target, item)
        if isinstance(bound, Unknown):
            return bound
        passes.append(bound)
    return passes


def listed_items(value: Value) -> tuple[Value, ...] | Unknown:
    """The items of a display, of a dict's keys, values or pairs, or of one of these reversed."""
    match value:
        case Items(items):
            elements = items
        case Table():
            elements = tuple(Constant(key, "", ast.Constant(key)) for key in value.items)
        case Called(Member(Table(table), "items"), ()):
            elements = tuple(Items((Constant(k, "", ast.Constant(k)), v)) for k, v in table.items())
        case Called(Member(Table(table), "values"), ()):
            elements = tuple(table.values())
        case Called(Member(Table() as table, "keys"), ()):
            return listed_items(table)
        case Called(Known("reversed"), (inner,)):
            listed = listed_items(inner)
            return listed if isinstance(listed, Unknown) else listed[::-1]
        case Called(Known("list" | "tuple" | "sorted" | "set" | "iter"), (inner,)):
            return listed_items(inner)
        case Called(Known("enumerate"), (inner,)):
            listed = listed_items(inner)
            if isinstance(listed, Unknown):
                return listed
            numbered = enumerate(listed)
            elements = tuple(
                Items((Constant(n, "", ast.Constant(n)), item)) for n, item in numbered
            )
        case Called(Known("zip"), (_, *_) as columns):
            rows = [listed_items(column) for column in columns]
            if any(isinstance(row, Unknown) for row in rows):
                return Unknown("what is looped over cannot be read")
            known = [row for row in rows if not isinstance(row, Unknown)]
            elements = tuple(map(Items, zip(*known, strict=False)))
        case _:
            return Unknown("what is looped over cannot be read")
    return Unknown("the loop has too many items") if len(elements) > ROUNDS else elements


def _bound(target: ast.expr, item: Value) -> Round | Unknown:
    match target:
        case ast.Name(name):
            return {name: item}
        case ast.Tuple(parts) | ast.List(parts):
            if not isinstance(item, Items) or len(item.items) != len(parts):
                return Unknown("what the loop's variables are cannot be read")
            bound: Round = {}
            for part, value in zip(parts, item.items, strict=True):
                inner = _bound(part, value)
                if isinstance(inner, Unknown):
                    return inner
                bound.update(inner)
            return bound
        case _:
            return Unknown("what the loop's variables are cannot be read")


def leaves(statements: Sequence[ast.stmt]) -> bool:
    """Whether a block always ends the function."""
    match statements[-1:]:
        case [ast.Return() | ast.Raise()]:
            return True
        case [ast.If(_, then, otherwise)]:
            return leaves(then) and leaves(otherwise)
        case [ast.With(body=inner) | ast.AsyncWith(body=inner)]:
            return leaves(inner)
        case _:
            return False


def jumps(body: Iterable[ast.stmt]) -> bool:
    """Whether a round of a loop may end before its last statement."""
    parts = (part for statement in body for part in descendants(statement))
    return any(isinstance(part, (ast.Break, ast.Continue)) for part in parts)


def bound_names(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that a block, or the target of a loop, binds."""
    parts = (part for node in nodes for part in descendants(node))
    return {p.id for p in parts if isinstance(p, ast.Name) and isinstance(p.ctx, ast.Store)}
