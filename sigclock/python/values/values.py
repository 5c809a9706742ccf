"""What an expression can evaluate to: constants with their origin, calls, tables, code."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from itertools import islice

import msgspec

from sigclock.python.names.scopes import ClassSymbol, FunctionSymbol, Scope
from sigclock.python.names.unparse import line_of, repr_of

#: How many of the values are looked at that a condition can pick from.
OPTIONS = 8
#: How deep such values are looked into where they stand in each other.
_NESTED = 2

Literal = str | int | float | bool | bytes | None
#: Names with the constants behind them, as Python source.
Reads = tuple[tuple[str, str], ...]


class Holding(str, Enum):
    """How a variable holds the constant that is reached through it; the words stand in messages."""

    CONSTANT = "constant"
    DICT = "dict"
    PARTIAL = "partial"
    ENVIRONMENT = "environment"
    DECORATOR = "decorator"
    OBJECT = "object"


class Use(msgspec.Struct, frozen=True):
    """A place where a variable is read on the way to a constant.

    `holder_path` and `holder` tell what is read: the file that binds it, and its name there. `key`
    is the entry of a dict, or the attribute of an object.
    """

    path: str
    line: int
    column: int
    holder_path: str
    holder: str
    holding: Holding = Holding.CONSTANT
    key: str = ""


class Value(msgspec.Struct, frozen=True, eq=False):
    """Base of what an expression can evaluate to."""


class Constant(Value, frozen=True, eq=False):
    """A literal, where it stands, and the variables it was reached through (outermost first)."""

    value: Literal
    path: str
    node: ast.Constant
    trail: tuple[Use, ...] = ()


class Known(Value, frozen=True, eq=False):
    """Something outside the tree, by its canonical name."""

    dotted: str


class Code(Value, frozen=True, eq=False):
    """A function or class of the tree; `env` has the arguments of the calls around it."""

    symbol: FunctionSymbol | ClassSymbol
    env: dict[str, Value] = {}


class Member(Value, frozen=True, eq=False):
    """An attribute of a value: `env.task`."""

    owner: Value
    name: str


class Called(Value, frozen=True, eq=False):
    """A call. `open` tells that it takes arguments that cannot be read (`**unknown`).

    `kind` is the class of the tree that is called, where it stands as a call of the one above it.
    `attributes` are those that were set on the object after the call.
    """

    callee: Value
    args: tuple[Value, ...]
    keywords: dict[str, Value]
    path: str
    node: ast.Call | None = None
    open: bool = False
    scope: Scope | None = None
    kind: ClassSymbol | None = None
    attributes: dict[str, Value] = {}


class Partial(Value, frozen=True, eq=False):
    """`functools.partial(callee, …)`: what a later call is merged into."""

    callee: Value
    args: tuple[Value, ...]
    keywords: dict[str, Value]
    open: bool = False


class Table(Value, frozen=True, eq=False):
    """A dict with string keys; `node` is the display or `dict(…)` call in which it is written."""

    items: dict[str, Value]
    node: ast.Dict | ast.Call | None = None
    scope: Scope | None = None


class Deferred(Value, frozen=True, eq=False):
    """A local variable that has not been read yet."""

    node: ast.expr
    scope: Scope


class Items(Value, frozen=True, eq=False):
    """A list, tuple or set display."""

    items: tuple[Value, ...]


class Computed(Value, frozen=True, eq=False):
    """Anything else: its source, the string that it folds to, and the constants it reads.

    All three are computed when they are read, since most never are. `options` are the values that
    it can have, if a condition at run time picks from a few.
    """

    source: ast.expr | str
    folder: Callable[[], str | None] = lambda: None
    reader: Callable[[], Reads] = tuple
    options: tuple[Value, ...] = ()

    @property
    def text(self) -> str:
        source = self.source
        return " ".join(source.split()) if isinstance(source, str) else line_of(source)

    @property
    def folded(self) -> str | None:
        return self.folder()

    @property
    def reads(self) -> Reads:
        return self.reader()


Env = Mapping[str, Value]


class Origin(msgspec.Struct, frozen=True, eq=False):
    """Where an expression is evaluated: its scope, known names, line, and how deep in others it is.

    `line` is None for code that runs later than the scope around it.
    """

    scope: Scope
    env: Env = {}
    line: int | None = None
    depth: int = 0

    def deeper(self) -> Origin:
        return Origin(self.scope, self.env, self.line, self.depth + 1)


def as_function(node: ast.Lambda) -> ast.FunctionDef:
    """The function that a lambda is."""
    body = ast.copy_location(ast.Return(node.body), node)
    function = ast.FunctionDef(name="<lambda>", args=node.args, body=[body], decorator_list=[])
    function.type_params = []  # type: ignore[attr-defined, unused-ignore]
    return ast.copy_location(function, node)


def truth(value: Value | None) -> bool | None:
    """Whether a value counts as true; None where that cannot be told."""
    match value:
        case Constant(constant):
            return bool(constant)
        case Table(items) | Items(items):
            return bool(items)
        case None | Computed() | Called() | Member() | Deferred():
            return None
        case _:
            return True


def identical(one: Value, other: Value) -> bool | None:
    """Whether two values are one object, asked of None and of marks like `UNSET = object()`."""
    match one, other:
        case (Computed() | Member() | Deferred(), _) | (_, Computed() | Member() | Deferred()):
            return None
        case (Constant(None), _) | (_, Constant(None)):
            return (
                isinstance(one, Constant)
                and isinstance(other, Constant)
                and (one.value is other.value)
            )
        case (Called(Known("object"), node=node), _) | (_, Called(Known("object"), node=node)):
            nodes = [side.node for side in (one, other) if isinstance(side, Called)]
            return node is not None and nodes == [node, node]
        case _:
            return None


def with_use(value: Value, use: Use, depth: int = 0) -> Value:
    """The value, whose constants now have this use of a variable on their trail.

    Options within options within options are more than anybody can tell apart: they are unknown.
    """
    match value:
        case Constant():
            return msgspec.structs.replace(value, trail=(use, *value.trail))
        case Table(items):
            return msgspec.structs.replace(value, items=_entries(items, use, depth))
        case Partial(callee, args, keywords):
            inner = msgspec.structs.replace(use, holding=Holding.PARTIAL)
            return msgspec.structs.replace(
                value,
                callee=with_use(callee, inner, depth),
                args=tuple(with_use(arg, inner, depth) for arg in args),
                keywords={key: with_use(item, inner, depth) for key, item in keywords.items()},
            )
        case Called():
            return _in_call(value, use, depth)
        case Computed(options=options) if options and depth >= _NESTED:
            return msgspec.structs.replace(value, options=())
        case Computed(options=options) if options:
            reached = tuple(with_use(option, use, depth + 1) for option in options)
            return msgspec.structs.replace(value, options=reached)
        case _:
            return value


def may_hold(value: Value) -> bool:
    """Whether what a value holds counts: a dict, a list, or an object of a class of the tree."""
    match value:
        case Table() | Items() | Called(Code()):
            return True
        case _:
            return False


def options_of(value: Value) -> tuple[Value, ...]:
    """All that a value can be: itself, unless a condition at run time picks one of a few."""
    return value.options if isinstance(value, Computed) and value.options else (value,)


def flattened(values: Iterable[Value]) -> Iterator[Value]:
    """The options of all values: each value itself, or what a condition picks from."""
    return (option for value in values for option in options_of(value))


def picked(values: Iterable[Value]) -> tuple[Value, ...]:
    """The options of a value that a condition picks from `values`.

    If there are too many, the last option represents the others and is unknown.
    """
    options = tuple(islice(flattened(values), OPTIONS + 1))
    return options if len(options) <= OPTIONS else (*options[: OPTIONS - 1], Computed("..."))


def either(node: ast.expr, values: Sequence[Value]) -> Value:
    """A value that is one of several, known by its expression and the constants among them."""
    options = picked(values)
    if len({id(option) for option in options}) == 1:
        return options[0]
    shown = [repr_of(option.value) for option in options if isinstance(option, Constant)]
    reads = ((line_of(node), " or ".join(dict.fromkeys(shown))),) if shown else ()
    return Computed(node, reader=lambda: reads, options=options)


def is_known(value: Value) -> bool:
    """Whether anything is known of a value."""
    return not isinstance(value, (Computed, Deferred)) or bool(
        isinstance(value, Computed) and value.options
    )


def held(value: Value, use: Use) -> Value:
    """The value of a variable, with this use of it."""
    return closure_with_use(value, use) if isinstance(value, Code) else with_use(value, use)


def closure_with_use(value: Code, use: Use) -> Code:
    """The same for a function that has the arguments of the calls around it."""
    inner = msgspec.structs.replace(use, holding=Holding.DECORATOR)
    env = {
        name: with_use(item, inner) if isinstance(item, (Constant, Table)) else item
        for name, item in value.env.items()
    }
    return msgspec.structs.replace(value, env=env)


def _entries(items: dict[str, Value], use: Use, depth: int) -> dict[str, Value]:
    def entry(key: str) -> Use:
        if use.holding is Holding.DICT and use.key:
            # A dict in a dict is read through the entry of the outer one.
            return use
        return msgspec.structs.replace(use, holding=Holding.DICT, key=key)

    return {key: with_use(item, entry(key), depth) for key, item in items.items()}


def _in_call(value: Called, use: Use, depth: int) -> Called:
    inner = use
    if use.holding is Holding.CONSTANT:
        inner = msgspec.structs.replace(use, holding=_holding_of(value))
    return msgspec.structs.replace(
        value,
        callee=with_use(value.callee, inner, depth),
        args=tuple(with_use(arg, inner, depth) for arg in value.args),
        keywords={key: with_use(item, inner, depth) for key, item in value.keywords.items()},
    )


def _holding_of(call: Called) -> Holding:
    """How a variable that is bound to a call holds its constants, by the callee's last word."""
    match call.callee:
        case Known(dotted) | Member(_, dotted):
            last = dotted.rpartition(".")[2]
        case Code(symbol):
            last = symbol.node.name
        case Called():
            return Holding.DECORATOR
        case _:
            return Holding.OBJECT
    if last.endswith("Environment") or last == "clone_with":
        return Holding.ENVIRONMENT
    return Holding.DECORATOR if last in {"task", "dynamic"} else Holding.OBJECT
