"""The statements of one scope, with the arms and the loops in which they stand."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from sigclock.python.names.bindings import Branch

#: Most statements; the bodies of functions and classes are scopes of their own.
_WITHOUT_ARMS = (
    ast.Assign,
    ast.Expr,
    ast.Return,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.AnnAssign,
    ast.AugAssign,
    ast.Import,
    ast.ImportFrom,
    ast.Raise,
    ast.Assert,
    ast.Pass,
)


def statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Every statement of a scope, those in loops and arms included."""
    return (node for node, _ in with_branches(body, ()))


def with_branches(
    body: Sequence[ast.stmt], branches: tuple[Branch, ...]
) -> Iterator[tuple[ast.stmt, tuple[Branch, ...]]]:
    """The statements of one scope with the arms of `if` and `try` in which they stand."""
    number = 0
    work = [(statement, branches) for statement in reversed(body)]
    while work:
        node, inside = work.pop()
        yield node, inside
        if isinstance(node, _WITHOUT_ARMS):
            continue
        number += 1
        arms = _arms(node)
        for arm, nested in reversed(arms):
            within = (*inside, Branch(number, arm, "")) if arm else inside
            work.extend((statement, within) for statement in reversed(nested))


def _arms(node: ast.stmt) -> list[tuple[str, list[ast.stmt]]]:
    match node:
        case ast.If(_, body, orelse):
            return [("body", body), ("orelse", orelse)]
        case _ if hasattr(node, "handlers"):
            handlers = [(f"handler{i}", handler.body) for i, handler in enumerate(node.handlers)]
            return [("body", [*node.body, *node.orelse]), *handlers, ("", node.finalbody)]  # type: ignore[attr-defined]
        case ast.Match(_, cases):
            return [(str(index), case.body) for index, case in enumerate(cases)]
        case _:
            return [("", getattr(node, "body", [])), ("", getattr(node, "orelse", []))]


#: The loops around something, outermost first: their targets, and what they loop over.
Repeated = tuple[tuple[ast.expr, ast.expr], ...]
ONCE: Repeated = ()


def inside_of(node: ast.stmt) -> Iterator[ast.stmt]:
    """The statements of the arms of a statement."""
    if isinstance(node, _WITHOUT_ARMS):
        return
    for _, arm in _arms(node):
        yield from arm


def nested(node: ast.stmt, around: Repeated) -> Repeated:
    """The loops around the body of a statement that itself stands in these loops."""
    if isinstance(node, (ast.For, ast.AsyncFor)):
        return (*around, (node.target, node.iter))
    return around


COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def loops_of(node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> Repeated:
    """The loops of a comprehension; one that leaves items out is not followed."""
    if any(generator.ifs for generator in node.generators):
        return ONCE
    return tuple((generator.target, generator.iter) for generator in node.generators)
