"""What a class reader needs of a class: decorators, bases and body, names resolved."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property

import msgspec

from sigclock.interface.outside import is_outside
from sigclock.interface.snapshot import ClassKind, Member
from sigclock.interface.unknown import Unknown
from sigclock.python.names.names import Names
from sigclock.python.names.scopes import (
    ClassSymbol,
    External,
    FunctionSymbol,
    Missing,
    Scope,
    Symbol,
    ValueSymbol,
)
from sigclock.python.types.class_body import LiveBody, live
from sigclock.python.types.class_changes import Decorations, altered, decorations
from sigclock.python.types.entries import Entries, entries, text_of
from sigclock.python.types.substitution import Part
from sigclock.python.values.evaluator import Evaluator
from sigclock.python.values.folding import folded

_ANCESTORS = 200


class Unread(msgspec.Struct, frozen=True, eq=False):
    """What of a class cannot be read: an expression or statement, and a word of `REASONS`."""

    node: ast.AST
    scope: Scope
    reason: str


class RawField(msgspec.Struct, frozen=True, eq=False):
    """A declared part before its annotation is resolved; without one it can hold anything.

    `stored` is its name in the stored value where that differs (a pydantic alias), "" where it is
    left out. `wrapper` is put around the resolved type (`typing.NotRequired`). `scope` is where the
    annotation is read, if not where the class stands. A value may also be of the types of `others`,
    each read in its scope; `inferred` says that no annotation tells all that it may be.
    """

    name: str
    annotation: ast.expr | None
    node: ast.AST
    default: bool = False
    stored: str | Unread | None = None
    wrapper: str | None = None
    guess: str | None = None
    scope: Scope | None = None
    others: tuple[tuple[ast.expr, Scope], ...] = ()
    inferred: bool = False

    @property
    def line(self) -> int:
        return getattr(self.node, "lineno", 1)


class RawClass(msgspec.Struct, frozen=True, eq=False):
    """What a class body declares itself. `inherits` tells whether the fields of its bases count.

    `target` is what a NewType or alias stands for. `unread` is what may change the rest; `facts`
    are settings of the whole class under which values are stored.
    """

    kind: ClassKind
    fields: tuple[RawField, ...] = ()
    members: tuple[Member, ...] = ()
    inherits: bool = True
    target: ast.expr | None = None
    untyped: bool = False
    slots: bool = False
    unread: tuple[Unread, ...] = ()
    facts: tuple[str, ...] = ()


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
        """The statements of the body; of a known condition those of the arm that runs."""
        return iter(self._live.statements)

    @cached_property
    def _live(self) -> LiveBody:
        return live(self.body, self.scope, self.names)

    @cached_property
    def unread(self) -> tuple[Unread, ...]:
        """What may change the class, whatever its family."""
        if not isinstance(self.symbol, ClassSymbol):
            return ()
        conditions = [Unread(*condition) for condition in self._live.unread]
        changes = [
            Unread(node, self.outer, "changed")
            for node in (*self._decorations.unread, *altered(self.symbol, self.evaluator))
        ]
        bases = [base for base, _ in self.bases]
        several = [
            Unread(base, self.outer, "several")
            for index, base in enumerate(bases)
            if index and base is bases[index - 1]
        ]
        return (*conditions, *changes, *several)

    @cached_property
    def _decorations(self) -> Decorations:
        assert isinstance(self.symbol, ClassSymbol)
        return decorations(self.symbol, self.evaluator)

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
        return self._decorations.names if isinstance(self.symbol, ClassSymbol) else {}

    @cached_property
    def bases(self) -> list[tuple[ast.expr, Symbol]]:
        """Each base expression with what it refers to, subscripts taken off.

        A base that a condition decides comes once for each class that it may be.
        """
        written = self._base_expressions()
        line = self.symbol.node.lineno - 1 if isinstance(self.symbol, ClassSymbol) else None
        pairs: list[tuple[ast.expr, Symbol]] = []
        for base in written:
            head = base.value if isinstance(base, ast.Subscript) else base
            given = self.names.given(head, self.outer, line)
            found = given or self.names.possible(head, self.outer, line)
            pairs += [(base, symbol) for symbol in found]
        return pairs

    def _base_expressions(self) -> list[ast.expr]:
        """The bases of the statement, or those that a call passes."""
        if isinstance(self.symbol, ClassSymbol):
            return self._spread(self.symbol.node.bases)
        argument = self.keyword(self.call, "__base__") or self.keyword(self.call, "bases")
        if isinstance(argument, ast.Tuple):
            return self._spread(argument.elts)
        return [argument] if argument is not None else []

    def _spread(self, written: list[ast.expr]) -> list[ast.expr]:
        """The bases with `*BASES` unpacked, if it is known and read in the same scope."""
        nodes: list[ast.expr] = []
        for base in written:
            listing = (
                entries(base, self.outer, self.names) if isinstance(base, ast.Starred) else None
            )
            match listing:
                case Entries(items) if all(e[0].scope is self.outer for e in items):
                    nodes += [entry[0].node for entry in items]
                case _:
                    nodes.append(base)
        return nodes

    @cached_property
    def parents(self) -> list[ClassView]:
        """The bases that are classes of the tree, in order."""
        symbols = [symbol for _, symbol in self.bases]
        return [
            ClassView(symbol, self.evaluator)
            for symbol in symbols
            if isinstance(symbol, ClassSymbol)
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
        ancestors = self.ancestors
        own = self.symbol.key if isinstance(self.symbol, ClassSymbol) else None
        symbols = [symbol for view in (self, *ancestors) for _, symbol in view.bases]
        cyclic = any(isinstance(symbol, ClassSymbol) and symbol.key == own for symbol in symbols)
        return None if cyclic or len(ancestors) >= _ANCESTORS else ancestors

    def annotated(self) -> Iterator[RawField]:
        """The `name: annotation` statements of the body."""
        for statement in self.statements():
            match statement:
                case ast.AnnAssign(ast.Name(name), annotation, value):
                    yield RawField(name, annotation, statement, default=value is not None)
                case _:
                    continue

    def keyword(self, call: ast.expr | None, name: str) -> ast.expr | None:
        """The keyword argument of a call; None if there is no call or no such argument."""
        if not isinstance(call, ast.Call):
            return None
        return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)

    def is_hidden(self, node: ast.expr) -> bool:
        """Whether a default is an unknown call, which may say more of the field."""
        if not isinstance(node, ast.Call) or not isinstance(node.func, (ast.Name, ast.Attribute)):
            return isinstance(node, ast.Call)
        match self.names.of(node.func, self.scope):
            case External(dotted):
                modules = self.names.modules
                families = modules.external.packages
                return is_outside(dotted, families) and not modules.is_known(dotted)
            case FunctionSymbol(scope, function):
                calls = [part for part in ast.walk(function) if isinstance(part, ast.Call)]
                makers = [self.names.of(c.func, scope) for c in calls if _is_named(c.func)]
                return any(isinstance(m, External) and _makes_field(m.dotted) for m in makers)
            case Missing():
                return True
            case _:
                return False

    def argument(self, index: int, *names: str) -> ast.expr | None:
        """An argument of the call that makes this class, by position or name."""
        if self.call is None:
            return None
        if len(self.call.args) > index:
            return self.call.args[index]
        return next(filter(None, (self.keyword(self.call, name) for name in names)), None)

    def listed(self, node: ast.expr | None) -> tuple[Listed, ...] | Unknown:
        """The fields in a list or table, also one that other expressions compute."""
        if node is None:
            return ()
        listing = entries(node, self.outer, self.names)
        return listing if isinstance(listing, Unknown) else _listed(listing, self.names)

    def texts(self, node: ast.expr | None) -> tuple[str, ...] | Unknown:
        """The names in a list, or in a text that is split at commas and blanks."""
        if node is None:
            return ()
        text = folded(node, self.outer, self.names)
        if isinstance(text, str):
            return tuple(text.replace(",", " ").split())
        listing = entries(node, self.outer, self.names)
        if isinstance(listing, Unknown):
            return listing
        names = [text_of(entry[0], self.names) for entry in listing.iterated if entry]
        return next((name for name in names if isinstance(name, Unknown)), None) or tuple(
            map(str, names)
        )


def _is_named(node: ast.expr) -> bool:
    return isinstance(node, (ast.Name, ast.Attribute))


def _makes_field(dotted: str) -> bool:
    return dotted.rpartition(".")[2] in {"field", "Field", "attrib", "ib"}


class Listed(msgspec.Struct, frozen=True, eq=False):
    """One entry of a list of fields: its name, and what stands after it."""

    name: str
    rest: tuple[Part, ...]
    node: ast.AST


def _listed(listing: Entries, names: Names) -> tuple[Listed, ...] | Unknown:
    listed: list[Listed] = []
    for entry in listing.items:
        name = text_of(entry[0], names) if entry else Unknown("it is empty")
        if isinstance(name, Unknown):
            return name
        listed.append(Listed(name, entry[1:], entry[0].node))
    return tuple(listed)


def _call_of(symbol: ClassSymbol | ValueSymbol) -> ast.Call | None:
    return symbol.node if isinstance(symbol.node, ast.Call) else None
