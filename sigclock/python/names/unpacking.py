"""What each of several names is bound to: `a, (b, *c) = value`."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence


def pairs(
    names: Sequence[ast.expr], value: ast.expr | None
) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    """Each name with the expression for its part of a value; None where that cannot be told."""
    starred = [place for place, name in enumerate(names) if isinstance(name, ast.Starred)]
    match value:
        case ast.Tuple(values) | ast.List(values) if not _has_star(values):
            if not starred and len(names) == len(values):
                yield from zip(names, values, strict=True)
                return
            if len(starred) == 1 and len(names) <= len(values) + 1:
                yield from zip(names, _gathered(values, starred[0], len(names)), strict=True)
                return
        case (ast.Call() | ast.ListComp()) as made if not starred:
            yield from ((name, _item(made, index)) for index, name in enumerate(names))
            return
        case _:
            pass
    yield from ((name, None) for name in names)


def _has_star(nodes: Sequence[ast.expr]) -> bool:
    return any(isinstance(node, ast.Starred) for node in nodes)


def _gathered(values: list[ast.expr], place: int, count: int) -> list[ast.expr]:
    """The values of so many names, with a list for the starred one."""
    end = len(values) - (count - place - 1)
    middle = ast.copy_location(ast.List(values[place:end], ast.Load()), values[0])
    return [*values[:place], middle, *values[end:]]


def _item(value: ast.expr, index: int) -> ast.Subscript:
    """`value[index]`."""
    position = ast.copy_location(ast.Constant(index), value)
    return ast.copy_location(ast.Subscript(value, position, ast.Load()), value)
