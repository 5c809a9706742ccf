"""What a version that only a run can tell surely has in it, by the text that the lock has of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

#: The constants that an expression reads, which the text of a version has after it.
_READS = re.compile(r" \[(.*)\]$", re.DOTALL)
_VALUE = re.compile(r"""=('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^,]*)""")


def written(text: str) -> tuple[str, ...]:
    """The literals of which the version is made, and the constants that its expression reads."""
    reads = _READS.search(text)
    values = _VALUE.findall(reads[1]) if reads else []
    try:
        node = ast.parse(text[: reads.start()] if reads else text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return tuple(values)
    return (*filter(None, _literals(node)), *values)


def salt(text: str) -> str:
    """The salt of a version that a policy makes."""
    return text.partition(" salt=")[2]


def _literals(node: ast.expr) -> Iterator[str]:
    """The constants whose text stays as it is, in order."""
    match node:
        case ast.Constant(str() | int() | float() as value):
            yield str(value)
        case ast.FormattedValue(value) | ast.Call(ast.Name("str"), [value], []):
            yield from _literals(value)
        case ast.BinOp(left, ast.Add() | ast.Mod(), right):
            yield from _literals(left)
            yield from _literals(right)
        case ast.Call(ast.Attribute(value, "format" | "join")):
            yield from _literals(value)
        case ast.JoinedStr(parts) | ast.Tuple(parts):
            for part in parts:
                yield from _literals(part)
        case _:
            return
