"""Which statements of a class body run, and which of them may add parts that cannot be read."""

from __future__ import annotations

import ast
from collections.abc import Iterable

import msgspec

from sigclock.interface.unknown import Unknown
from sigclock.python.names.bindings import walk_statements
from sigclock.python.names.branch_ranks import PREFERRED, if_ranks
from sigclock.python.names.names import Names
from sigclock.python.names.scopes import Scope
from sigclock.python.values.folding import folded

#: Functions through which a body can bind any name.
_ANY_NAME = frozenset(["exec", "locals", "vars", "setattr", "globals"])


class LiveBody(msgspec.Struct, frozen=True, eq=False):
    """Statements in order; each unread node with its scope and reason."""

    statements: list[ast.stmt]
    unread: list[tuple[ast.AST, Scope, str]]


def live(body: Iterable[ast.stmt], scope: Scope, names: Names) -> LiveBody:
    """The statements that run: of an unknown condition all arms, and the condition is unread."""
    live_body = LiveBody([], [])
    work = list(body)[::-1]
    while work:
        statement = work.pop()
        live_body.statements.append(statement)
        match statement:
            case ast.If(test, then, otherwise):
                holds = _holds(test, scope, names)
                if isinstance(holds, Unknown):
                    work += [*then, *otherwise][::-1]
                    if _declares([*then, *otherwise]):
                        live_body.unread.append((test, scope, "several"))
                else:
                    work += (then if holds else otherwise)[::-1]
            case ast.With():
                work += statement.body[::-1]
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                continue
            case ast.Expr() | ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                if _is_open(statement):
                    live_body.unread.append((statement, scope, "dynamic"))
            case _:
                inner = list(walk_statements([statement]))[1:]
                live_body.statements.extend(inner)
                if isinstance(statement, (ast.For, ast.While)) or _declares(inner):
                    live_body.unread.append((statement, scope, "dynamic"))
    return live_body


def _holds(test: ast.expr, scope: Scope, names: Names) -> bool | Unknown:
    ranks = if_ranks(test)
    if ranks:
        return ranks["body"] == PREFERRED
    value = folded(test, scope, names)
    return value if isinstance(value, Unknown) else bool(value)


def _declares(statements: list[ast.stmt]) -> bool:
    """Whether a statement binds a name that may be a part of the class."""
    return any(
        isinstance(statement, (ast.AnnAssign, ast.Assign, ast.For, ast.While))
        for statement in walk_statements(statements)
    )


def _is_open(statement: ast.stmt) -> bool:
    """Whether it writes annotations or names other than by `name: type` and `name = value`."""
    match statement:
        case ast.Expr(ast.Constant()):
            return False
        case ast.Assign([ast.Name("__annotations__")]):
            return True
        case ast.Assign([ast.Subscript() as target]) | ast.AugAssign(target=target) if any(
            isinstance(part, ast.Name) and part.id == "__annotations__" for part in ast.walk(target)
        ):
            return True
        case ast.Expr(value) | ast.Assign([ast.Subscript(value)]):
            return any(
                isinstance(part, ast.Name) and part.id in {*_ANY_NAME, "__annotations__"}
                for part in ast.walk(value)
            )
        case _:
            return False
