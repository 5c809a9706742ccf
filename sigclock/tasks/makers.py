"""Makers: decorators and callees that may make a task, by their value or their source."""

from __future__ import annotations

import ast

import msgspec

from sigclock.interface.unrecognized import Unrecognized
from sigclock.python.names.bindings import Import, Target
from sigclock.python.names.modules import Module
from sigclock.python.names.scopes import Scope
from sigclock.python.names.unparse import last_name, line_of
from sigclock.python.values.values import Called, Code, Computed, Known, Member, Partial, Value
from sigclock.tasks.cache_arguments import holds_cache_words
from sigclock.tasks.foreign import is_of_python
from sigclock.tasks.sdks import HOMES

#: How much of a statement's source is shown.
_SHOWN = 80


class Maker(msgspec.Struct, frozen=True):
    """A decorator or callee, and the cache arguments that it is passed."""

    name: str
    arguments: str
    outside: bool = False
    weak: bool = False


def sdk_names(module: Module) -> list[str]:
    """The names under which a file has an SDK, or something of one, at its top level."""
    names = [
        name
        for name, bindings in module.bindings.by_name.items()
        if any(_is_of_sdk(binding.target) for binding in bindings)
    ]
    return [*names, *("*" for star in module.bindings.stars if _is_of_sdk(star.target))]


def _is_of_sdk(target: Target) -> bool:
    if not isinstance(target, Import) or target.level:
        return False
    return f"{target.module}.".startswith(HOMES)


def is_opaque(value: Value) -> bool:
    """Whether a value comes from code of the tree that cannot be evaluated.

    What a function of Python makes from such a value is opaque too.
    """
    match value:
        case Computed() | Code():
            return True
        case Member(owner) | Called(owner) | Partial(owner):
            passed_on = isinstance(value, Called) and _is_passed_on(value)
            return passed_on or is_opaque(owner)
        case _:
            return False


def _is_passed_on(call: Called) -> bool:
    """Whether Python's own functions make an object from another, as `copy` does.

    `wraps` gives back the function below it.
    """
    match call.callee:
        case Known("functools.wraps"):
            return False
        case Known(dotted):
            return is_of_python(dotted)
        case _:
            return False


def root_of(value: Value) -> Value:
    """The value with which a chain of calls and attributes starts."""
    while isinstance(value, (Called, Partial, Member)):
        value = value.owner if isinstance(value, Member) else value.callee
    return value


def owner_of(value: Value) -> Value | None:
    """The value with which a chain starts if its first link is an attribute: of `a.b()`, `a`."""
    owner = None
    while isinstance(value, (Called, Partial, Member)):
        owner = value.owner if isinstance(value, Member) else None
        value = value.owner if isinstance(value, Member) else value.callee
    return owner


def outside_root(value: Value) -> str | None:
    """The outside name with which a chain of calls and attributes starts, if it is one."""
    root = root_of(value)
    return root.dotted if isinstance(root, Known) else None


def is_environment(value: Value) -> bool:
    """Whether it is an environment, or the class of one: by itself it makes no task."""
    match value:
        case Called(Known(dotted)):
            return dotted.endswith("Environment")
        case Known(dotted):
            return dotted.endswith("Environment")
        case _:
            return False


def is_evaluated_text(call: ast.Call) -> bool:
    """`eval("task(cache=True, …)")`."""
    match call:
        case ast.Call(ast.Name("eval" | "exec"), [ast.Constant(str(text)), *_]):
            return holds_cache_words(text.encode("utf-8", "replace"))
        case _:
            return False


def known_as(value: Value, node: ast.expr, scope: Scope) -> str:
    """The name of a maker in the tree: where it is defined, else its module and its source.

    A function or method is the same maker in all files that use it.
    """
    while isinstance(node, ast.Call):
        node = node.func
    return _defined_as(value) or f"{scope.module.name}.{line_of(node)}".lstrip(".")


def _defined_as(value: Value) -> str | None:
    match value:
        case Called(owner) | Partial(owner):
            return _defined_as(owner)
        case Member(owner, name):
            defined = _defined_as(owner)
            return defined and f"{defined}.{name}"
        case Code(symbol):
            home = symbol.scope
            return f"{home.module.name}.{home.nested(symbol.node.name)}".lstrip(".")
        case _:
            return None


def is_named_like_maker(node: ast.expr, words: frozenset[str]) -> bool:
    """Whether a callee, or the object that it is an attribute of, has a name that makers have."""
    last = last_name(node)
    return last in words or last.endswith("Task") or root_name(node) in words


def root_name(node: ast.expr) -> str:
    """The name with which a chain of attributes and calls starts; "" if it is none."""
    while isinstance(node, (ast.Attribute, ast.Call, ast.Subscript)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def site_of(
    node: ast.expr,
    maker: Maker,
    scope: Scope,
    owner: str,
    lines: tuple[int, int],
    prefix: str = "",
) -> Unrecognized:
    """The finding about an expression that applies a maker."""
    text = f"{prefix}{line_of(node)}"
    shown = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
    return Unrecognized(
        maker.name,
        shown,
        scope.module.location(node),
        lines,
        owner,
        maker.arguments,
        maker.outside,
        maker.weak,
    )
