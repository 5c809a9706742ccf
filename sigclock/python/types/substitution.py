"""Expressions with names in them replaced: one round of a loop, a function's body at a call."""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping

import msgspec

from sigclock.python.names.scopes import Scope


class Part(msgspec.Struct, frozen=True, eq=False):
    """An expression with the scope in which it is read, and up to which line names count."""

    node: ast.expr
    scope: Scope
    line: int | None = None


def put(node: ast.expr, scope: Scope, env: Mapping[str, Part]) -> Part | None:
    """An expression with names in it replaced; None where one would mean something else there."""
    used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and n.id in env}
    if not used:
        return Part(node, scope)
    if isinstance(node, ast.Name):
        return env[node.id]
    inside = [env[name] for name in used if not isinstance(env[name].node, ast.Constant)]
    if not all(_is_read_alike(part, scope) for part in inside):
        return None
    return Part(_Put(env).visit(copy.deepcopy(node)), scope)


def _is_read_alike(part: Part, scope: Scope) -> bool:
    """Whether an expression means the same in a scope as in its own, which is around it."""
    names = {n.id for n in ast.walk(part.node) if isinstance(n, ast.Name)}
    here: Scope | None = scope
    while here is not None and here is not part.scope:
        if names & here.bindings.by_name.keys():
            return False
        here = here.parent
    return here is not None


class _Put(ast.NodeTransformer):
    def __init__(self, env: Mapping[str, Part]) -> None:
        self._env = env

    def visit_Name(self, node: ast.Name) -> ast.expr:
        part = self._env.get(node.id)
        return part.node if part else node
