"""What a name can turn out to be, and the scopes in which names stand."""

from __future__ import annotations

import ast

import msgspec

from sigclock.python.names.bindings import Bindings, Function
from sigclock.python.names.modules import Module


class TooInvolvedError(Exception):
    """The names of a file lead to more definitions than anybody writes."""


class Scope(msgspec.Struct, frozen=True, eq=False):
    """A module's, class's or function's names. `qualname` is "" for a module.

    `kind` is `module`, `class` or `function`; a function does not see the class scopes around it.
    """

    module: Module
    bindings: Bindings
    kind: str = "module"
    qualname: str = ""
    parent: Scope | None = None

    def nested(self, name: str) -> str:
        return f"{self.qualname}.{name}" if self.qualname else name


class External(msgspec.Struct, frozen=True):
    """A name outside the tree, by the dotted name under which it was imported."""

    dotted: str


class ModuleSymbol(msgspec.Struct, frozen=True, eq=False):
    """A module or namespace package of the tree; `module` is None for the latter."""

    dotted: str
    importer: str
    module: Module | None


class ClassSymbol(msgspec.Struct, frozen=True, eq=False):
    """A class statement of the tree and the scope in which it stands."""

    scope: Scope
    node: ast.ClassDef

    @property
    def qualname(self) -> str:
        return self.scope.nested(self.node.name)

    @property
    def key(self) -> tuple[str, str, int]:
        return (self.scope.module.path, self.qualname, self.node.lineno)


class FunctionSymbol(msgspec.Struct, frozen=True, eq=False):
    """A function statement of the tree and the scope in which it stands."""

    scope: Scope
    node: Function


class ValueSymbol(msgspec.Struct, frozen=True, eq=False):
    """A name bound to an expression that is no alias of something else."""

    scope: Scope
    name: str
    node: ast.expr
    annotation: ast.expr | None = None
    line: int = 0

    @property
    def before(self) -> int | None:
        """The line up to which names are bound when the expression is read."""
        return self.line - 1 if self.line else None


class Missing(msgspec.Struct, frozen=True):
    """A name that cannot be followed. `reason` is a word that `types.annotations` defines."""

    spelling: str
    reason: str


Symbol = External | ModuleSymbol | ClassSymbol | FunctionSymbol | ValueSymbol | Missing


def distinct(symbols: list[Symbol]) -> list[Symbol]:
    """Each symbol once, in order."""
    if len(symbols) < 2:  # noqa: PLR2004 - one thing is there once
        return symbols
    seen: set[object] = set()
    unique: list[Symbol] = []
    for symbol in symbols:
        identity = _identity(symbol)
        if identity not in seen:
            seen.add(identity)
            unique.append(symbol)
    return unique


def may_rescue(symbol: Symbol) -> bool:
    """Whether a symbol is of the tree, and more than a flag: what an `except` falls back to."""
    match symbol:
        case ModuleSymbol(module=module):
            return module is not None
        case ValueSymbol(node=node):
            return not isinstance(node, ast.Constant)
        case _:
            return isinstance(symbol, (ClassSymbol, FunctionSymbol))


def _identity(symbol: Symbol) -> object:
    match symbol:
        case ClassSymbol(_, node) | FunctionSymbol(_, node):
            return id(node)
        case ValueSymbol():
            return id(symbol.node)
        case ModuleSymbol(dotted, _, module):
            return module.path if module else dotted
        case External() | Missing():
            return symbol
