"""What a class reader needs of a class: decorators, bases and body, names resolved."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property

import msgspec

from sigclock.interface.snapshot import ClassKind, Member
from sigclock.python.names.bindings import walk_statements
from sigclock.python.names.scopes import ClassSymbol, External, Scope, Symbol, ValueSymbol
from sigclock.python.values.evaluator import Evaluator
from sigclock.python.values.values import Constant

_ANCESTORS = 200


class RawField(msgspec.Struct, frozen=True, eq=False):
    """A declared part before its annotation is resolved; without one it can hold anything.

    `stored` is its name in the stored value where that differs (a pydantic alias). `wrapper` is
    put around the resolved type (`typing.NotRequired`).
    """

    name: str
    annotation: ast.expr | None
    line: int
    default: bool = False
    stored: str | None = None
    wrapper: str | None = None
    guess: str | None = None


class RawClass(msgspec.Struct, frozen=True, eq=False):
    """What a class body declares itself. `inherits` tells whether the fields of its bases count.

    `target` is what a NewType or alias stands for.
    """

    kind: ClassKind
    fields: tuple[RawField, ...] = ()
    members: tuple[Member, ...] = ()
    inherits: bool = True
    target: ast.expr | None = None
    untyped: bool = False
    slots: bool = False


class ClassView:
    """A class statement, or a call that makes a class, as the readers see it."""

    def __init__(self, symbol: ClassSymbol | ValueSymbol, evaluator: Evaluator) -> None:
        self.symbol = symbol
        self.evaluator = evaluator
        self.names = evaluator.names
        self.node = symbol.node
        self.call = _call_of(symbol)

    @property
    def name(self) -> str:
        return self.symbol.node.name if isinstance(self.symbol, ClassSymbol) else self.symbol.name

    @property
    def outer(self) -> Scope:
        """The scope in which the class statement or call stands."""
        return self.symbol.scope

    @property
    def scope(self) -> Scope:
        """The scope in which its annotations are read."""
        if isinstance(self.symbol, ClassSymbol):
            return self.names.class_scope(self.symbol)
        return self.symbol.scope

    @property
    def body(self) -> list[ast.stmt]:
        return self.symbol.node.body if isinstance(self.symbol, ClassSymbol) else []

    def statements(self) -> Iterator[ast.stmt]:
        """The statements of the body, through conditions."""
        return walk_statements(self.body)

    def maker(self) -> str | None:
        """The canonical name of the function whose call makes this class; None for a statement."""
        return self.dotted(self.call.func) if self.call else None

    def dotted(self, node: ast.expr) -> str | None:
        """The canonical outside name of an expression; None for what is inside the tree."""
        head = node.value if isinstance(node, ast.Subscript) else node
        head = head.func if isinstance(head, ast.Call) else head
        if not isinstance(head, (ast.Name, ast.Attribute)):
            return None
        symbol = self.names.of(head, self.outer)
        return self.names.canonical(symbol.dotted) if isinstance(symbol, External) else None

    @cached_property
    def decorators(self) -> dict[str, ast.expr]:
        """Canonical name → decorator expression."""
        if not isinstance(self.symbol, ClassSymbol):
            return {}
        found = {self.dotted(node): node for node in self.symbol.node.decorator_list}
        return {name: node for name, node in found.items() if name}

    @cached_property
    def bases(self) -> list[tuple[ast.expr, Symbol]]:
        """Each base expression with what it refers to, subscripts taken off."""
        if not isinstance(self.symbol, ClassSymbol):
            return []
        pairs = []
        for base in self.symbol.node.bases:
            head = base.value if isinstance(base, ast.Subscript) else base
            pairs.append((base, self.names.of(head, self.outer, self.symbol.node.lineno - 1)))
        return pairs

    @cached_property
    def parents(self) -> list[ClassView]:
        """The bases that are classes of the tree, in order."""
        found = [symbol for _, symbol in self.bases]
        return [
            ClassView(symbol, self.evaluator) for symbol in found if isinstance(symbol, ClassSymbol)
        ]

    @cached_property
    def external_bases(self) -> set[str]:
        """The canonical names of all bases outside the tree, through all ancestors."""
        return {
            self.names.canonical(symbol.dotted)
            for view in (self, *self.ancestors)
            for _, symbol in view.bases
            if isinstance(symbol, External)
        }

    @cached_property
    def ancestors(self) -> list[ClassView]:
        """Every class of the tree above this one, nearest first; a cycle ends where it closes."""
        seen: dict[tuple[str, str, int], ClassView] = {}
        queue = self.parents
        own = self.symbol.key if isinstance(self.symbol, ClassSymbol) else None
        while queue and len(seen) < _ANCESTORS:
            view = queue.pop(0)
            assert isinstance(view.symbol, ClassSymbol)
            key = view.symbol.key
            if key not in seen and key != own:
                seen[key] = view
                queue.extend(view.parents)
        return list(seen.values())

    def lineage(self) -> list[ClassView] | None:
        """The ancestors; None where they lead back to the class, or are too many to be followed."""
        found = self.ancestors
        own = self.symbol.key if isinstance(self.symbol, ClassSymbol) else None
        symbols = [symbol for view in (self, *found) for _, symbol in view.bases]
        cyclic = any(isinstance(symbol, ClassSymbol) and symbol.key == own for symbol in symbols)
        return None if cyclic or len(found) >= _ANCESTORS else found

    def annotated(self) -> Iterator[RawField]:
        """The `name: annotation` statements of the body."""
        for statement in self.statements():
            match statement:
                case ast.AnnAssign(ast.Name(name), annotation, value):
                    yield RawField(name, annotation, statement.lineno, default=value is not None)
                case _:
                    continue

    def constant(self, node: ast.expr) -> Constant | None:
        """The literal behind an expression, through named constants."""
        return self.evaluator.fold(node, self.outer)

    def keyword(self, call: ast.expr | None, name: str) -> ast.expr | None:
        """A keyword of a call, if it is one and has it."""
        if not isinstance(call, ast.Call):
            return None
        return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _call_of(symbol: ClassSymbol | ValueSymbol) -> ast.Call | None:
    return symbol.node if isinstance(symbol.node, ast.Call) else None


def strings(node: ast.expr | None) -> list[str] | None:
    """The texts of a list of string literals, or of one string split at commas and blanks."""
    match node:
        case ast.Constant(str(text)):
            return text.replace(",", " ").split()
        case ast.List(items) | ast.Tuple(items):
            texts = [item.value for item in items if isinstance(item, ast.Constant)]
            return [text for text in texts if isinstance(text, str)]
        case _:
            return None


def pairs(node: ast.expr | None) -> list[tuple[str, ast.expr | None, ast.expr]]:
    """(name, annotation, node) of `[("a", int), …]` or `{"a": int, …}`."""
    found: list[tuple[str, ast.expr | None, ast.expr]] = []
    match node:
        case ast.List(items) | ast.Tuple(items):
            for item in items:
                match item:
                    case ast.Tuple([ast.Constant(str(name)), annotation, *_]):
                        found.append((name, annotation, item))
                    case ast.Constant(str(name)):
                        found.append((name, None, item))
                    case _:
                        continue
        case ast.Dict(keys, values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    found.append((key.value, value, key))
        case _:
            pass
    return found
