"""The arguments of a call, by the parameters of the function."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sigclock.python.names.bindings import Function
from sigclock.python.values.values import Called, Items, Table, Value


def bound(node: Function, call: Called) -> dict[str, Value]:
    """Arguments by parameter name; `**kwargs` is a table of the rest."""
    arguments = node.args
    positional = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    values: dict[str, Value] = dict(zip(positional, call.args, strict=False))
    named = {*positional, *(argument.arg for argument in arguments.kwonlyargs)}
    rest: dict[str, Value] = {}
    for name, value in call.keywords.items():
        (values if name in named else rest)[name] = value
    if arguments.kwarg is not None and not call.open:
        values[arguments.kwarg.arg] = Table(rest)
    if arguments.vararg is not None:
        values[arguments.vararg.arg] = Items(call.args[len(positional) :])
    return values


def defaults(node: Function) -> Iterator[tuple[str, ast.expr]]:
    """The defaults of parameters by name."""
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    last = positional[len(positional) - len(arguments.defaults) :]
    for argument, default in zip(last, arguments.defaults, strict=True):
        yield argument.arg, default
    for argument, keyword_default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if keyword_default is not None:
            yield argument.arg, keyword_default
