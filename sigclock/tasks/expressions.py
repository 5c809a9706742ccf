"""The expressions of a statement, each with its role in the expression around it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from enum import Enum, auto

import msgspec


class Role(Enum):
    """What the expression around it does with an expression."""

    CALLED = auto()
    GIVEN = auto()
    READ = auto()


class Part(msgspec.Struct, frozen=True, eq=False):
    """An expression with its role, and the names that are bound by what stands around it."""

    node: ast.AST
    role: Role
    bound: frozenset[str] = frozenset()
    looped: bool = False


def roots(node: ast.stmt) -> Iterator[tuple[ast.AST, Role]]:
    """The expressions of a statement itself; the statements in it are looked at by themselves."""
    match node:
        case ast.Return(ast.expr() as value):
            yield value, Role.GIVEN
        case ast.Assign([ast.Name()], value) | ast.AnnAssign(ast.Name(), _, ast.expr() as value):
            yield value, Role.READ
        case ast.Assign(_, value):
            yield value, Role.GIVEN
        case ast.AnnAssign():
            return
        case _:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, (ast.expr, ast.withitem)):
                    yield child, Role.READ


def children(part: Part) -> Iterator[Part]:
    """The expressions directly inside another; those in a loop are looped."""
    for child in _direct_children(part):
        yield msgspec.structs.replace(child, looped=True) if part.looped else child


def _direct_children(part: Part) -> Iterator[Part]:
    node, bound = part.node, part.bound
    match node:
        case ast.Call(func, args, keywords):
            yield Part(func, Role.CALLED, bound)
            for argument in (*args, *(keyword.value for keyword in keywords)):
                yield Part(argument, Role.GIVEN, bound)
        case ast.List() | ast.Tuple() | ast.Set() | ast.Dict() | ast.Starred() | ast.IfExp():
            for child in ast.iter_child_nodes(node):
                yield Part(child, part.role, bound)
        case ast.Lambda(arguments, body):
            names = {node.arg for node in ast.walk(arguments) if isinstance(node, ast.arg)}
            yield Part(body, Role.READ, bound | names)
        case (
            ast.ListComp(generators=loops)
            | ast.SetComp(generators=loops)
            | ast.DictComp(generators=loops)
            | ast.GeneratorExp(generators=loops)
        ):
            targets = (part for loop in loops for part in ast.walk(loop.target))
            names = {target.id for target in targets if isinstance(target, ast.Name)}
            for child in ast.iter_child_nodes(node):
                yield Part(child, Role.READ, bound | names, looped=True)
        case ast.Attribute(value):
            yield Part(value, Role.CALLED, bound)
        case _:
            for child in ast.iter_child_nodes(node):
                yield Part(child, Role.READ, bound)
