"""Return annotations that are set after a function is defined, by its module or by a decorator."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sigclock.python.names.names import Names
from sigclock.python.names.scopes import FunctionSymbol, Scope
from sigclock.python.values.values import Called, Code, Partial, Value
from sigclock.tasks.declaration import Written
from sigclock.tasks.statements import statements

_WORD = b"__annotations__"


def set_by_decorator(decorator: Value, names: Names) -> Written | None:
    """What a decorator of the tree makes the return annotation: `inner.__annotations__[…] = …`."""
    while isinstance(decorator, (Called, Partial)):
        decorator = decorator.callee
    match decorator:
        case Code(FunctionSymbol(outer, node) as symbol) if _is_written_in(outer):
            scope = names.function_scope(symbol.scope, node)
            return next(_assigned(scope, node.body, None, names), None)
        case _:
            return None


def set_by_module(symbol: FunctionSymbol, names: Names) -> Written | None:
    """The return annotation that the last such statement of a function's module sets."""
    scope = symbol.scope
    if not _is_written_in(scope) or scope.kind != "module":
        return None
    last = None
    for written in _assigned(scope, scope.module.source.tree.body, symbol.node.name, names):
        last = written
    return last


def _is_written_in(scope: Scope) -> bool:
    return _WORD in scope.module.source.data


def _assigned(
    scope: Scope, body: list[ast.stmt], name: str | None, names: Names
) -> Iterator[Written]:
    """What `name.__annotations__["return"]` is set to; of any name if it is None."""
    for statement in statements(body):
        match statement:
            case ast.Assign(
                [
                    ast.Subscript(
                        ast.Attribute(ast.Name(owner), "__annotations__"), ast.Constant("return")
                    )
                ],
                value,
            ) if name in (None, owner):
                yield Written(value, scope)
            case ast.Assign([ast.Attribute(ast.Name(owner), "__annotations__")], value) if name in (
                None,
                owner,
            ):
                yield Written(_return_of(value), scope)
            case ast.FunctionDef() | ast.AsyncFunctionDef() if name is None:
                yield from _assigned(
                    names.function_scope(scope, statement), statement.body, None, names
                )
            case _:
                pass


def _return_of(value: ast.expr) -> ast.expr:
    """The return annotation in a display of all annotations; the whole expression if unknown."""
    match value:
        case ast.Dict(keys, values):
            pairs = zip(keys, values, strict=True)
            returns = [v for k, v in pairs if isinstance(k, ast.Constant) and k.value == "return"]
            return returns[-1] if returns else value
        case _:
            return value
