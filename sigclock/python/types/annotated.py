"""Metadata of a type that reaches the stored value: columns, formats, artifacts."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence

from sigclock.interface.types import ARTIFACT, Annotated, Column, Name, Type
from sigclock.interface.unknown import Unknown
from sigclock.python.names.scopes import External, FunctionSymbol, Missing, Scope, ValueSymbol
from sigclock.python.names.unparse import str_of
from sigclock.python.types.entries import entries
from sigclock.python.types.unfollowed import Unfollowed
from sigclock.python.values.evaluator import Evaluator
from sigclock.python.values.values import Called, Computed, Constant, Items, Known, Table, Value

#: The annotation of a column, resolved in a scope at a line.
Resolve = Callable[[ast.expr, Scope, "int | None"], Type]

#: How much of an artifact's text is kept.
_LONGEST = 300
#: How deep tables of columns are looked for in each other.
_DEPTH = 8
#: What an artifact takes by position.
_ARTIFACT = ("project", "domain", "name", "version")
#: Packages whose objects beside a dataset say nothing of its columns, but for the makers below.
_WITHOUT_COLUMNS = frozenset(
    ["flyte", "flytekit", "flytekitplugins", "flyteplugins", "pandera", "union", "unionai"]
)
#: Metadata that is no table of columns, whatever stands in it.
_WITHOUT_TABLE = (ast.Constant, ast.JoinedStr, ast.Lambda, ast.List, ast.Set, ast.Tuple)
_MAKERS = {"flytekit.kwtypes", "collections.OrderedDict", "dict"}


class Metadata:
    """Reads formats and columns; `resolve` reads the type of a column."""

    def __init__(self, evaluator: Evaluator, resolve: Resolve, unfollowed: Unfollowed) -> None:
        self._unfollowed = unfollowed
        self._evaluator = evaluator
        self._names = evaluator.names
        self._resolve = resolve
        self._depth = 0

    def file(self, base: Type, item: ast.expr, scope: Scope) -> Type:
        """`FlyteFile["csv"]`, `FlyteFile[".csv"]`, `FlyteFile[TypeVar("csv")]`: one format."""
        text = self._format(item, scope)
        if text is None:
            return self._unfollowed.of(item, scope, "expression")
        return Annotated(base, facts=(text.lstrip("."),))

    def dataset(
        self, base: Type, items: Sequence[ast.expr], scope: Scope, line: int | None
    ) -> Type:
        """Columns and format of a dataset; hash methods and other metadata are dropped."""
        known = base if isinstance(base, Annotated) else Annotated(base)
        columns, facts = known.columns, known.facts
        for item in items:
            inner = self._columns(item, scope, line)
            if inner is not None:
                columns = inner
            elif text := self._fact(item, scope):
                facts = (*facts, text)
            elif hidden := self._hidden(item, scope):
                columns = (*columns, Column("*", hidden))
        return Annotated(known.base, columns, facts) if columns or facts else known.base

    def artifact(self, base: Type, items: Sequence[ast.expr], scope: Scope) -> Type:
        """The first artifact that the value is declared to be, with its partitions."""
        for item in items:
            named = isinstance(item, (ast.Call, ast.Name, ast.Attribute))
            text = _artifact(self._evaluator.value(item, scope))[:_LONGEST] if named else ""
            if text:
                known = base if isinstance(base, Annotated) else Annotated(base)
                return Annotated(known.base, known.columns, (*known.facts, ARTIFACT + text))
        return base

    def _format(self, node: ast.expr, scope: Scope) -> str | None:
        constant = self._evaluator.fold(node, scope)
        if constant is not None:
            return str_of(constant.value)
        named = isinstance(node, (ast.Name, ast.Attribute))
        symbol = self._names.of(node, scope) if named else None
        match symbol.node if isinstance(symbol, ValueSymbol) else node:
            case ast.Call(_, [ast.Constant(str(name)), *_]):
                return name
            case ast.Subscript(_, ast.Tuple([_, ast.Call(_, [ast.Constant(str(name)), *_])])):
                return name
            case _:
                return symbol.dotted.rpartition(".")[2] if isinstance(symbol, External) else None

    def _fact(self, item: ast.expr, scope: Scope) -> str | None:
        """A format as a string or as one of the SDK's constants."""
        constant = self._evaluator.fold(item, scope)
        if constant is not None and isinstance(constant.value, str):
            return constant.value
        if isinstance(item, ast.Call) and self._dotted(item.func, scope) == "pyarrow.schema":
            known = item.args and not isinstance(entries(item.args[0], scope, self._names), Unknown)
            return self._unfollowed.text(item, scope) if known else None
        symbol = self._names.of(item, scope)
        if isinstance(symbol, ValueSymbol) and isinstance(symbol.node, ast.Call):
            return self._fact(symbol.node, symbol.scope)
        if isinstance(symbol, External) and symbol.dotted.startswith(("flytekit", "flyte.")):
            return symbol.dotted.rpartition(".")[2].lower()
        return None

    def _hidden(self, item: ast.expr, scope: Scope, depth: int = 0) -> Type | None:
        """A type for metadata that may give columns and cannot be read; None for other metadata."""
        head = item
        while isinstance(head, (ast.Call, ast.Subscript)):
            head = head.func if isinstance(head, ast.Call) else head.value
        if depth > _DEPTH or isinstance(head, _WITHOUT_TABLE):
            return None
        if not isinstance(head, (ast.Name, ast.Attribute)):
            return self._unfollowed.of(item, scope, "expression")
        match self._names.of(head, scope):
            case ValueSymbol() as symbol if head is item:
                return self._hidden(symbol.node, symbol.scope, depth + 1)
            case External(dotted) if dotted.partition(".")[0] in _WITHOUT_COLUMNS:
                return None
            case External(dotted) if "." not in dotted:
                return None
            case External(dotted) if head is item:
                return Name(self._names.canonical(dotted))
            case External() | FunctionSymbol() | Missing():
                return self._unfollowed.of(item, scope, "call")
            case _:
                return None

    def _columns(self, item: ast.expr, scope: Scope, line: int | None) -> tuple[Column, ...] | None:
        """`kwtypes(a=int)`, `OrderedDict(a=int)`, `{"a": int}`, also through a constant.

        None for what is no table of columns; one that cannot be read is an unresolved column.
        """
        match item:
            case ast.Call(func, args, keywords):
                if self._dotted(func, scope) not in _MAKERS:
                    return None
                spread = [*args, *(k.value for k in keywords if k.arg is None)]
                inner = [
                    c
                    for node in spread
                    for c in self._columns(node, scope, line) or self._unread(node, scope)
                ]
                named = [(k.arg, k.value) for k in keywords if k.arg]
                own = [c for name, node in named for c in self._column(name, node, scope, line)]
                return (*inner, *own)
            case ast.Dict(keys, values):
                return self._table(keys, values, scope, line)
            case ast.DictComp():
                return self._filtered(item, scope, line)
            case ast.Name() | ast.Attribute():
                symbol = self._names.of(item, scope)
                if isinstance(symbol, ValueSymbol):
                    return self._columns(symbol.node, symbol.scope, None)
                return None
            case _:
                return None

    def _column(
        self, name: str, node: ast.expr, scope: Scope, line: int | None
    ) -> Iterator[Column]:
        """One column, or those of a table within the table under dotted names."""
        self._depth += 1
        inside = self._columns(node, scope, line) if self._depth < _DEPTH else None
        self._depth -= 1
        if inside is None:
            yield Column(name, self._resolve(node, scope, line))
        else:
            yield from (Column(f"{name}.{type_.name}", type_.type) for type_ in inside)

    def _filtered(self, item: ast.DictComp, scope: Scope, line: int | None) -> tuple[Column, ...]:
        """`{k: v for k, v in COLUMNS.items() if k != "id"}`; other comprehensions are not run."""
        match item:
            case ast.DictComp(
                ast.Name(key),
                ast.Name(value),
                [
                    ast.comprehension(
                        ast.Tuple([ast.Name(first), ast.Name(second)]),
                        ast.Call(ast.Attribute(table, "items"), [], []),
                        tests,
                    )
                ],
            ) if (first, second) == (key, value):
                columns = self._columns(table, scope, line)
            case _:
                return self._unread(item, scope)
        predicates = [_name_test(test, key) for test in tests]
        if columns is None or None in predicates:
            return self._unread(item, scope)
        return tuple(
            column
            for column in columns
            if all(matches and matches(column.name) for matches in predicates)
        )

    def _table(
        self,
        keys: Sequence[ast.expr | None],
        values: Sequence[ast.expr],
        scope: Scope,
        line: int | None,
    ) -> tuple[Column, ...]:
        columns: list[Column] = []
        for key, value in zip(keys, values, strict=True):
            if isinstance(key, ast.Constant):
                columns.extend(self._column(str(key.value), value, scope, line))
            elif key is None:
                columns.extend(self._columns(value, scope, line) or self._unread(value, scope))
            else:
                columns.extend(self._unread(key, scope))
        return tuple(columns)

    def _unread(self, node: ast.expr, scope: Scope) -> tuple[Column, ...]:
        return (Column("*", self._unfollowed.of(node, scope, "expression")),)

    def _dotted(self, node: ast.expr, scope: Scope) -> str | None:
        symbol = self._names.of(node, scope)
        return self._names.canonical(symbol.dotted) if isinstance(symbol, External) else None


def _artifact(value: Value) -> str:
    """`Artifact(name="a", …)`, or a call of one that binds its partitions; empty for all else."""
    match value:
        case Called(Known("flytekit.Artifact"), args, keywords):
            values = {**dict(zip(_ARTIFACT, args, strict=False)), **keywords}
        case Called(Called(Known("flytekit.Artifact")) as artifact, _, values):
            return " ".join([_artifact(artifact), *_shown_options(values)])
        case _:
            return ""
    name = values.pop("name", Computed("?"))
    return " ".join([_shown(name).strip("'"), *_shown_options(values)])


def _shown_options(values: dict[str, Value]) -> list[str]:
    return [f"{name}={_shown(value)}" for name, value in sorted(values.items())]


def _shown(value: Value) -> str:
    match value:
        case Constant(constant):
            return repr(constant)
        case Items(items):
            return f"[{', '.join(map(_shown, items))}]"
        case Table(items):
            return f"{{{', '.join(_shown_options(items))}}}"
        case Known(dotted):
            return ".".join(dotted.split(".")[-2:])
        case Computed():
            return value.text
        case _:
            return type(value).__name__.lower()


def _name_test(test: ast.expr, key: str) -> Callable[[str], bool] | None:
    """A condition on a column's name that compares it with constants; None for other ones."""
    match test:
        case ast.Compare(ast.Name(name), [operator], [right]) if name == key:
            try:
                value = ast.literal_eval(right)
            except ValueError:
                return None
        case _:
            return None
    match operator:
        case ast.Eq() | ast.NotEq():
            return lambda column: (column == value) is isinstance(operator, ast.Eq)
        case ast.In() | ast.NotIn() if isinstance(value, (list, tuple, set)):
            return lambda column: (column in value) is isinstance(operator, ast.In)
        case _:
            return None
