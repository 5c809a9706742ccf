"""The type variables of a class: their order, and what they stand for where nothing binds them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Protocol

from sigclock.interface.type_tree import free_parameters, union
from sigclock.interface.types import ANY, Type
from sigclock.python.names.scopes import ClassSymbol, External, Scope, ValueSymbol
from sigclock.python.types.class_view import ClassView


class _Declared(Protocol):
    """A parameter of `class Box[T]`."""

    name: str


_MARKERS = {"typing.Generic", "typing.Protocol"}

#: Gives the type that an annotation means, as read in a scope.
Resolve = Callable[[ast.expr, Scope], Type]


def is_generic(symbol: ClassSymbol) -> bool:
    """Whether a class statement may have type variables of its own."""
    declared = getattr(symbol.node, "type_params", ())
    return bool(declared) or any(isinstance(base, ast.Subscript) for base in symbol.node.bases)


def parameters(view: ClassView, resolve: Resolve) -> list[str]:
    """Type variables in the order in which a subscript binds them."""
    declared: list[str] = [parameter.name for parameter in _declared(view)]
    if declared:
        return declared
    found: list[str] = []
    for base, symbol in view.bases:
        if not isinstance(base, ast.Subscript):
            continue
        items = base.slice.elts if isinstance(base.slice, ast.Tuple) else [base.slice]
        names = [n for item in items for n in free_parameters(resolve(item, view.outer))]
        if isinstance(symbol, External) and view.names.canonical(symbol.dotted) in _MARKERS:
            return names
        found += names
    return list(dict.fromkeys(found))


def unbound(view: ClassView, resolve: Resolve) -> tuple[Type, ...]:
    """What the variables stand for in a model without arguments; none if nothing says so.

    pydantic checks a value by the default, the bound or the constraints of its type variable
    (https://docs.pydantic.dev/latest/concepts/models/#generic-models).
    """
    known = [_stands_for(name, view, resolve) for name in parameters(view, resolve)]
    return tuple(type_ or ANY for type_ in known) if any(known) else ()


def _declared(view: ClassView) -> tuple[_Declared, ...]:
    """The parameters of `class Box[T]` and `type Box[T] = …`; older Pythons parse no such thing."""
    statement = getattr(view.node, "statement", None) if isinstance(view.node, ast.expr) else None
    return tuple(getattr(statement or view.node, "type_params", ()))


def _stands_for(name: str, view: ClassView, resolve: Resolve) -> Type | None:
    options, scope = _options(name, view)
    if len(options) == 1 and isinstance(options[0], ast.Tuple):
        options = options[0].elts
    return union([resolve(option, scope) for option in options]) if options else None


def _options(name: str, view: ClassView) -> tuple[list[ast.expr], Scope]:
    """The default, the bound or the constraints of a type variable, and where they are read."""
    for parameter in _declared(view):
        if parameter.name == name:
            default = getattr(parameter, "default_value", None) or getattr(parameter, "bound", None)
            return ([default] if default is not None else []), view.scope
    variable = view.names.of(ast.Name(name, ast.Load()), view.outer)
    if not (isinstance(variable, ValueSymbol) and isinstance(variable.node, ast.Call)):
        return [], view.outer
    named = {keyword.arg: keyword.value for keyword in variable.node.keywords}
    default = named.get("default") or named.get("bound")
    return [default] if default is not None else variable.node.args[1:], variable.scope
