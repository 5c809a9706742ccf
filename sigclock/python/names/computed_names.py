"""Expressions that lead to a name as `owner.name` does: `getattr(owner, "name")`."""

from __future__ import annotations

import ast


def attribute_of(node: ast.expr) -> tuple[ast.expr, str] | None:
    """The owner and the name that an expression asks it for, if that is all it does."""
    match node:
        case ast.Attribute(owner, name):
            return owner, name
        case ast.Call(ast.Name("getattr"), [owner, ast.Constant(str(name)), *_], []):
            return owner, name
        case ast.Call(
            ast.Call(
                ast.Name("attrgetter") | ast.Attribute(attr="attrgetter"), [ast.Constant(text)]
            ),
            [owner],
        ) if isinstance(text, str) and text.isidentifier():
            return owner, text
        case ast.Subscript(
            ast.Call(ast.Name("vars"), [owner]) | ast.Attribute(owner, "__dict__"),
            ast.Constant(str(name)),
        ):
            return owner, name
        case _:
            return None


def module_of(node: ast.expr) -> str | None:
    """The dotted name of the module that an expression gives: `sys.modules["m"]`."""
    match node:
        case ast.Subscript(ast.Attribute(attr="modules"), ast.Constant(str(dotted))):
            return dotted
        case ast.Call(ast.Name("__import__"), [ast.Constant(str(dotted))]) if "." not in dotted:
            return dotted
        case _:
            return None


def returned_name(function: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.expr | None:
    """The name that a function without parameters returns, if it has one `return`, its last."""
    last = function.body[-1]
    arguments = function.args
    if any([arguments.args, arguments.posonlyargs, arguments.kwonlyargs, arguments.vararg]):
        return None
    returns = [part for part in ast.walk(function) if isinstance(part, ast.Return)]
    match last:
        case ast.Return(ast.Name() | ast.Attribute() as value) if (
            len(returns) == 1 and not function.decorator_list
        ):
            return value
        case _:
            return None
