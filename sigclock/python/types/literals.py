"""The values that `Literal[…]` allows, also where they are constants or members of an enum."""

from __future__ import annotations

import ast

from sigclock.interface.unknown import Unknown
from sigclock.python.names.names import Names
from sigclock.python.names.scopes import ClassSymbol, External, Scope, ValueSymbol
from sigclock.python.names.unparse import line_of, repr_of
from sigclock.python.types.entries import entries
from sigclock.python.types.unfollowed import Registrar
from sigclock.python.values.folding import folded

_DEPTH = 20


class Literals:
    """Reads one item of a `Literal` at a time; `register` gives the key of an enum."""

    def __init__(self, names: Names, register: Registrar) -> None:
        self._names = names
        self._register = register

    def of(self, item: ast.expr, scope: Scope) -> tuple[str, ...] | Unknown:
        """The values of an item as Python source, several for a list; Unknown also for a type."""
        if isinstance(item, ast.Starred):
            return self._listed(item.value, scope)
        member = self._member(item, scope)
        if member is not None:
            return member if isinstance(member, Unknown) else (member,)
        value = folded(item, scope, self._names)
        if isinstance(value, Unknown):
            return self._listed(item, scope)
        some = value if isinstance(value, tuple) else (value,)
        plain = all(
            constant is None or isinstance(constant, (str, int, bytes)) for constant in some
        )
        location = scope.module.location(item)
        return (
            tuple(map(repr_of, some)) if plain else Unknown("it is not a literal value", location)
        )

    def _listed(self, node: ast.expr, scope: Scope) -> tuple[str, ...] | Unknown:
        listing = entries(node, scope, self._names)
        if isinstance(listing, Unknown):
            return listing
        texts: list[str] = []
        for entry in listing.iterated:
            values = self.of(entry[0].node, entry[0].scope)
            if isinstance(values, Unknown) or len(entry) != 1:
                return Unknown("it is not a list of literal values")
            texts.extend(values)
        return tuple(texts)

    def _member(self, item: ast.expr, scope: Scope) -> str | Unknown | None:
        """`m.Color('red')` for a member of an enum of the tree, `lib.Color.RED` for another's."""
        if not isinstance(item, ast.Attribute):
            return None
        match self._names.alternatives(item.value, scope):
            case [ClassSymbol() as owner] if self._is_enum(owner, 0):
                symbol = self._names.member(owner, item.attr)[0]
                key = self._register(owner)
                if not isinstance(symbol, ValueSymbol):
                    return f"{key}.{item.attr}"
                if self._is_auto(symbol):
                    return f"{key}.{item.attr}"
                value = folded(symbol.node, symbol.scope, self._names)
                return value if isinstance(value, Unknown) else f"{key}({repr_of(value)})"
            case [External()]:
                return f"{line_of(item.value)}.{item.attr}"
            case _:
                return None

    def _is_auto(self, member: ValueSymbol) -> bool:
        match member.node:
            case ast.Call(ast.Name() | ast.Attribute() as func, []):
                return self._names.of(func, member.scope) == External("enum.auto")
            case _:
                return False

    def _is_enum(self, symbol: ClassSymbol, depth: int) -> bool:
        for base in symbol.node.bases if depth < _DEPTH else ():
            match self._names.of(base, symbol.scope):
                case External(dotted) if self._names.canonical(dotted).startswith("enum."):
                    return True
                case ClassSymbol() as above if self._is_enum(above, depth + 1):
                    return True
                case _:
                    continue
        return False
