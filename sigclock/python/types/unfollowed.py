"""The part of a type that represents an expression that cannot be followed, with all it reads.

It is compared by its text and by the constants behind its names, and the classes that it names are
followed as alternatives: so a change of any of them is a change of the type.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable, Iterable, Iterator

from sigclock.interface.type_tree import union
from sigclock.interface.types import Ref, Type, Unresolved
from sigclock.python.names.bindings import TypeAlias, TypeParameter
from sigclock.python.names.names import Names
from sigclock.python.names.scopes import ClassSymbol, Scope, Symbol, ValueSymbol
from sigclock.python.names.unparse import line_of

#: How many names an expression leads to, directly and through constants, that are looked at.
_MOST = 40
_LONGEST = 200

Registrar = Callable[[ClassSymbol | ValueSymbol], str]


class Unfollowed:
    """Makes these parts; `register` gives the keys of the classes that they name."""

    def __init__(self, names: Names, register: Registrar) -> None:
        self._names = names
        self._register = register

    def of(
        self,
        node: ast.AST,
        scope: Scope,
        reason: str,
        line: int | None = None,
        others: Iterable[Type] = (),
    ) -> Type:
        """An unresolved part for an expression or statement; `others` are what else it may be."""
        text, classes = self._read(node, scope, line)
        return union([Unresolved(text, reason), *others, *classes])

    def text(self, node: ast.AST, scope: Scope) -> str:
        """An expression with the constants that it reads, for what is known by its text."""
        return self._read(node, scope, None)[0]

    def _read(self, node: ast.AST, scope: Scope, line: int | None) -> tuple[str, list[Type]]:
        reads: set[tuple[str, str]] = set()
        classes: list[Type] = []
        self._look(node, scope, line, reads, classes)
        shown = ", ".join(f"{name}={text}" for name, text in sorted(reads))
        text = line_of(node)
        return shortened(f"{text} [{shown}]" if shown else text), classes

    def _look(
        self,
        node: ast.AST,
        scope: Scope,
        line: int | None,
        reads: set[tuple[str, str]],
        classes: list[Type],
    ) -> None:
        """Collect the constants, by name, and the classes that an expression leads to."""
        work: list[tuple[ast.AST, Scope, int | None]] = [(node, scope, line)]
        seen: set[int] = set()
        while work and len(seen) < _MOST:
            part, within, before = work.pop()
            for name in _names_in(part):
                for symbol in self._symbols(name, within, before):
                    match symbol:
                        case ClassSymbol():
                            classes.append(Ref(self._register(symbol)))
                        case ValueSymbol(node=TypeParameter()):
                            continue
                        case ValueSymbol(node=value) if id(value) not in seen:
                            seen.add(id(value))
                            inner = value.value if isinstance(value, TypeAlias) else value
                            reads.add((line_of(name), shortened(line_of(inner))))
                            work.append((inner, symbol.scope, symbol.before))
                        case _:
                            continue

    def _symbols(
        self, name: ast.Name | ast.Attribute, scope: Scope, line: int | None
    ) -> list[Symbol]:
        """What a dotted name is, or what the part of it is that can be followed."""
        symbols = self._names.alternatives(name, scope, line)
        while isinstance(name, ast.Attribute) and not any(
            isinstance(symbol, (ClassSymbol, ValueSymbol)) for symbol in symbols
        ):
            if not isinstance(name.value, (ast.Name, ast.Attribute)):
                return []
            name = name.value
            symbols = self._names.alternatives(name, scope, line)
        return symbols


def shortened(text: str) -> str:
    """A text of at most so many characters; a hash replaces the rest."""
    if len(text) <= _LONGEST:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:8]
    return f"{text[: _LONGEST - 12]}... {digest}"


def _names_in(node: ast.AST) -> Iterator[ast.Name | ast.Attribute]:
    """The names that a node reads, each with the attributes after it."""
    work = [node]
    while work:
        part = work.pop()
        if isinstance(getattr(part, "ctx", None), ast.Store) and isinstance(part, ast.Name):
            continue
        if isinstance(part, ast.Name) or (
            isinstance(part, ast.Attribute) and isinstance(part.value, (ast.Name, ast.Attribute))
        ):
            yield part
        else:
            work.extend(ast.iter_child_nodes(part))
