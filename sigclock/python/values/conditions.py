"""Whether a condition holds, as far as the values in it tell."""

from __future__ import annotations

import ast
from collections.abc import Callable

from sigclock.python.values.values import (
    Code,
    Computed,
    Constant,
    Items,
    Member,
    Origin,
    Table,
    Value,
    identical,
    truth,
)

At = Callable[[ast.expr, Origin], Value]


def decide(test: ast.expr, origin: Origin, at: At) -> bool | None:
    """Whether it holds; None where that depends on more than is known. `at` gives values."""
    match test:
        case ast.UnaryOp(ast.Not(), operand):
            decided = decide(operand, origin, at)
            return None if decided is None else not decided
        case ast.Compare(left, [ast.Is() | ast.IsNot() as op], [right]):
            same = identical(*(at(side, origin.deeper()) for side in (left, right)))
            return None if same is None else same is isinstance(op, ast.Is)
        case ast.Call(ast.Name("callable"), [argument]):
            value = at(argument, origin.deeper())
            return None if isinstance(value, (Computed, Member)) else isinstance(value, Code)
        case ast.Call(ast.Name("isinstance"), [argument, ast.Name("str")]):
            return _is_text(at(argument, origin.deeper()))
        case ast.BoolOp(op, operands):
            outcomes = [decide(operand, origin, at) for operand in operands]
            stops_at = isinstance(op, ast.Or)
            if stops_at in outcomes:
                return stops_at
            return None if None in outcomes else not stops_at
        case _:
            return truth(at(test, origin.deeper()))


def _is_text(value: Value) -> bool | None:
    match value:
        case Constant(constant):
            return isinstance(constant, str)
        case Code() | Items() | Table():
            return False
        case _:
            return None
