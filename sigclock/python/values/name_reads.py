"""Where names are read in a file: as names, as attributes, and as texts that are names."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

import msgspec

from sigclock.python.names.bindings import Function
from sigclock.python.names.names import Names
from sigclock.python.names.scopes import ClassSymbol, Scope
from sigclock.python.names.syntax import is_on
from sigclock.python.names.unparse import last_name

#: What a file has that reads variables by a text.
_BY_TEXT = (b"getattr", b"globals", b"vars(", b"locals(", b"__dict__", b"attrgetter")


class NameRead(msgspec.Struct, frozen=True, eq=False):
    """A name or attribute that is loaded, the nodes around it (innermost first), and its scope."""

    node: ast.Name | ast.Attribute | ast.Constant
    around: tuple[ast.AST, ...]
    scope: Scope


def reads_by_text(data: bytes) -> bool:
    """Whether a file may read a variable by a text that is its name."""
    return any(word in data for word in _BY_TEXT)


def is_read_by_text(reading: NameRead) -> bool:
    """`getattr(versions, "V")`, `globals()["V"]`, `vars(versions).get("V")`."""
    match reading.around[0]:
        case ast.Call(func, args):
            by_name = last_name(func) in {"getattr", "attrgetter"}
            method = isinstance(func, ast.Attribute) and _is_namespace(func.value)
            return reading.node in args and (by_name or method)
        case ast.Subscript(owner):
            return _is_namespace(owner)
        case _:
            return False


def _is_namespace(node: ast.expr) -> bool:
    match node:
        case ast.Call(func):
            return last_name(func) in {"globals", "vars", "locals"}
        case ast.Attribute(attr=attr):
            return attr == "__dict__"
        case _:
            return False


def walk(
    names: Names, body: Sequence[ast.stmt], scope: Scope, lines: Sequence[int]
) -> Iterator[NameRead]:
    """Every name and attribute on one of the lines, each with the scope that it is read in."""
    work: list[tuple[ast.AST, tuple[ast.AST, ...], Scope]] = [
        (statement, (), scope) for statement in body
    ]
    work.reverse()
    while work:
        node, around, here = work.pop()
        if not is_on(lines, node):
            continue
        inside = (node, *around[:2])
        parts: list[tuple[ast.AST, Scope]]
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                local = names.function_scope(here, node)
                parts = [(part, here) for part in _outside(node)]
                parts += [(part, local) for part in node.body]
            case ast.ClassDef():
                inner = names.class_scope(ClassSymbol(here, node))
                outer = [*node.decorator_list, *node.bases, *node.keywords]
                parts = [(part, here) for part in outer]
                parts += [(part, inner) for part in node.body]
            case _:
                if isinstance(node, (ast.Name, ast.Attribute, ast.Constant)):
                    yield NameRead(node, around, here)
                parts = [(part, here) for part in ast.iter_child_nodes(node)]
        work.extend((part, inside, where) for part, where in reversed(parts))


def _outside(node: Function) -> list[ast.AST]:
    """The expressions of a function that are evaluated at its definition."""
    return [*node.decorator_list, node.args, *([node.returns] if node.returns else [])]
