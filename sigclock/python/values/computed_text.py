"""The text of a computed expression, and the constants that it reads."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from sigclock.python.names.unparse import line_of, repr_of, str_of
from sigclock.python.values.values import Computed, Constant, Origin, Reads, Value

#: Evaluates an expression at a place.
At = Callable[[ast.expr, Origin], Value]


def folded(node: ast.expr, origin: Origin, at: At) -> str | None:
    """The text of an f-string, a sum of strings or a negative number with constant parts."""
    match node:
        case ast.JoinedStr(parts):
            return _joined([folded(part, origin.deeper(), at) for part in parts])
        case ast.FormattedValue(value, -1, None):
            return _shown(at(value, origin.deeper()))
        case ast.BinOp(left, ast.Add(), right):
            return _sum([at(side, origin.deeper()) for side in (left, right)])
        case ast.UnaryOp(ast.USub(), ast.Constant(int() | float() as number)):
            return str_of(-number)
        case ast.Constant(str(literal)):
            return literal
        case ast.Call(ast.Name("str"), [argument], []):
            return _shown(at(argument, origin.deeper()))
        case _:
            return None


def reads(node: ast.expr, origin: Origin, at: At) -> Reads:
    """The constants behind the names in an expression, by name, sorted."""
    values: dict[str, str] = {}
    for name in _names_in(node):
        value = at(name, origin.deeper())
        if isinstance(value, Constant):
            values[line_of(name)] = repr_of(value.value)
        elif isinstance(value, Computed):
            values.update(value.reads)
    return tuple(sorted(values.items()))


def _sum(sides: list[Value]) -> str | None:
    """The concatenation of strings; None for numbers, whose sum is no text."""
    if any(isinstance(side, Constant) and not isinstance(side.value, str) for side in sides):
        return None
    return _joined([_shown(side) for side in sides])


def _joined(parts: list[str | None]) -> str | None:
    return None if None in parts else "".join(filter(None, parts))


def _shown(value: Value) -> str | None:
    match value:
        case Constant(str() | int() | float() as constant):
            return str_of(constant)
        case Computed(folded=str(known)):
            return known
        case _:
            return None


def _names_in(node: ast.AST) -> Iterator[ast.Name | ast.Attribute]:
    """The names and attributes that an expression reads, without the expression itself."""
    work = [node]
    while work:
        for child in ast.iter_child_nodes(work.pop()):
            if isinstance(child, (ast.Name, ast.Attribute)):
                yield child
            elif isinstance(child, (ast.expr, ast.keyword)):
                work.append(child)
