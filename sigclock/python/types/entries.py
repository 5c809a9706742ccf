"""The entries of a list or table of fields, whatever expression makes it.

`make_dataclass`, `NamedTuple`, `TypedDict`, `create_model`, `Enum` and `Literal` all read their
lists here, so each of them knows every spelling.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

import msgspec

from sigclock.interface.unknown import Unknown
from sigclock.python.names.held_changes import HeldChange
from sigclock.python.names.names import Names
from sigclock.python.names.scopes import External, FunctionSymbol, Scope, ValueSymbol
from sigclock.python.types.substitution import Part, put
from sigclock.python.values.folding import folded

_DEPTH = 12
_MOST = 2_000
_TABLES = frozenset(
    """collections.ChainMap collections.OrderedDict dict flytekit.kwtypes pydantic.ConfigDict
    pydantic.config.ConfigDict types.MappingProxyType""".split()  # noqa: SIM905 - a name a word
)
_LISTS = {"list", "tuple", "set", "frozenset", "iter"}


Entry = tuple[Part, ...]


class Entries(msgspec.Struct, frozen=True, eq=False):
    """Each entry with its parts: `(name, type)` is two. `keyed` is a table, by key and value."""

    items: tuple[Entry, ...] = ()
    keyed: bool = False

    @property
    def iterated(self) -> tuple[Entry, ...]:
        """What a loop over it gives: a table's keys."""
        return tuple((entry[0],) for entry in self.items) if self.keyed else self.items


class _UnreadableError(Exception):
    """Raised with the expression that cannot be read."""

    def __init__(self, part: Part) -> None:
        super().__init__()
        location = part.scope.module.location(part.node)
        self.unknown = Unknown("it is not a list of constants", location)


def entries(node: ast.expr, scope: Scope, names: Names) -> Entries | Unknown:
    """The entries of a display, a constant, a sum, a comprehension or a call of `dict` or `zip`."""
    try:
        return _Reader(names).read(Part(node, scope), 0)
    except _UnreadableError as problem:
        return problem.unknown


def text_of(part: Part, names: Names) -> str | Unknown:
    """The text that a part comes to."""
    text = folded(part.node, part.scope, names)
    if isinstance(text, (str, Unknown)):
        return text
    return Unknown("it is not text", part.scope.module.location(part.node))


class _Reader:
    def __init__(self, names: Names) -> None:
        self._names = names
        self._count = 0

    def read(self, part: Part, depth: int) -> Entries:
        self._names.spend()
        if depth > _DEPTH or self._count > _MOST:
            raise _UnreadableError(part)
        node, scope = part.node, part.scope
        match node:
            case ast.List(items) | ast.Tuple(items) | ast.Set(items):
                return self._display(items, scope, depth)
            case ast.Dict(keys, values):
                return self._table(keys, values, scope, depth)
            case ast.Name() | ast.Attribute():
                return self._named(part, depth)
            case ast.IfExp():
                return self.read(self._arm(part, node), depth + 1)
            case ast.BinOp(left, ast.Add() | ast.BitOr() as op, right):
                return self._sum(part, (left, right), depth, keyed=isinstance(op, ast.BitOr))
            case ast.Subscript(owner, index):
                return self._item(part, owner, index, depth)
            case ast.ListComp(elt, loops) | ast.SetComp(elt, loops) | ast.GeneratorExp(elt, loops):
                rows = self._loops(loops, scope, {}, depth)
                return Entries(tuple(self._substituted(elt, scope, env, depth) for env in rows))
            case ast.DictComp(key, value, loops):
                rows = self._loops(loops, scope, {}, depth)
                pairs: list[Entry] = [
                    (self._put(key, scope, env), self._put(value, scope, env)) for env in rows
                ]
                return self._joined(pairs, keyed=True)
            case ast.Call():
                return self._call(node, scope, depth)
            case _:
                raise _UnreadableError(part)

    def _arm(self, part: Part, node: ast.IfExp) -> Part:
        holds = folded(node.test, part.scope, self._names)
        if isinstance(holds, Unknown):
            raise _UnreadableError(part)
        return Part(node.body if holds else node.orelse, part.scope, part.line)

    def _sum(
        self, part: Part, sides: tuple[ast.expr, ast.expr], depth: int, *, keyed: bool
    ) -> Entries:
        lists = [self.read(Part(side, part.scope, part.line), depth + 1) for side in sides]
        if any(side.keyed is not keyed for side in lists):
            raise _UnreadableError(part)
        return self._joined([entry for side in lists for entry in side.items], keyed=keyed)

    def _display(self, items: list[ast.expr], scope: Scope, depth: int) -> Entries:
        rows: list[Entry] = []
        for item in items:
            if isinstance(item, ast.Starred):
                rows.extend(self.read(Part(item.value, scope), depth + 1).iterated)
            else:
                rows.append(self._entry(Part(item, scope), depth))
        self._count += len(rows)
        return Entries(tuple(rows))

    def _entry(self, part: Part, depth: int) -> Entry:
        """The parts of a tuple, also of a tuple behind a name; else the item itself."""
        if isinstance(part.node, (ast.Tuple, ast.List)):
            return tuple(Part(item, part.scope) for item in part.node.elts)
        if isinstance(part.node, ast.Name):
            match self._names.alternatives(part.node, part.scope):
                case [ValueSymbol(scope, _, ast.Tuple() as node)]:
                    return self._entry(Part(node, scope), depth + 1)
                case _:
                    pass
        return (part,)

    def _substituted(
        self, elt: ast.expr, scope: Scope, env: Mapping[str, Part], depth: int
    ) -> Entry:
        """The entry of one round of a comprehension; each item of a tuple has its own scope."""
        if isinstance(elt, ast.Tuple):
            return tuple(self._put(item, scope, env) for item in elt.elts)
        return self._entry(self._put(elt, scope, env), depth)

    def _table(
        self, keys: list[ast.expr | None], values: list[ast.expr], scope: Scope, depth: int
    ) -> Entries:
        rows: list[Entry] = []
        for key, value in zip(keys, values, strict=True):
            if key is not None:
                rows.append((Part(key, scope), Part(value, scope)))
                continue
            inner = self.read(Part(value, scope), depth + 1)
            if not inner.keyed:
                raise _UnreadableError(Part(value, scope))
            rows.extend(inner.items)
        return self._joined(rows, keyed=True)

    def _joined(self, rows: list[Entry], *, keyed: bool) -> Entries:
        """Of a table the last value of each key, at the position of the first."""
        self._count += len(rows)
        if not keyed:
            return Entries(tuple(rows))
        merged: dict[object, Entry] = {}
        for entry in rows:
            key = folded(entry[0].node, entry[0].scope, self._names)
            if isinstance(key, Unknown) or len(entry) != 2:  # noqa: PLR2004 - a key and a value
                raise _UnreadableError(entry[0])
            merged[key] = entry
        return Entries(tuple(merged.values()), keyed=True)

    def _named(self, part: Part, depth: int) -> Entries:
        """What a variable was bound to, with what was put into it at the top of its module."""
        match self._names.alternatives(part.node, part.scope, part.line):
            case [ValueSymbol() as symbol]:
                pass
            case _:
                raise _UnreadableError(part)
        bindings = symbol.scope.bindings
        again = len(bindings.by_name.get(symbol.name, ())) > 1
        found = self.read(
            Part(symbol.node, symbol.scope, symbol.before if again else None), depth + 1
        )
        if symbol.name in bindings.changed_within:
            raise _UnreadableError(part)
        for change in bindings.changes.get(symbol.name, ()):
            if change is None:
                raise _UnreadableError(part)
            if change.line > symbol.line:
                found = self._changed(found, change, part, symbol.scope, depth)
        return found

    def _changed(
        self, found: Entries, change: HeldChange, part: Part, scope: Scope, depth: int
    ) -> Entries:
        match change.method, change.arguments:
            case "append", [item] if not found.keyed:
                return Entries((*found.items, self._entry(Part(item, scope), depth)))
            case "extend", [some] if not found.keyed:
                more = self.read(Part(some, scope), depth + 1).iterated
                return Entries((*found.items, *more))
            case "update", tables if found.keyed:
                more = tuple(e for t in tables for e in self.read(Part(t, scope), depth + 1).items)
                return self._joined([*found.items, *more], keyed=True)
            case "__setitem__", [key, value] if found.keyed:
                entry = (Part(key, scope), Part(value, scope))
                return self._joined([*found.items, entry], keyed=True)
            case _:
                raise _UnreadableError(part)

    def _item(self, part: Part, owner: ast.expr, index: ast.expr, depth: int) -> Entries:
        """`TABLE["key"]`, `LIST[0]`, `LIST[1:]`."""
        table = self.read(Part(owner, part.scope, part.line), depth + 1)
        wanted = folded(index, part.scope, self._names)
        if isinstance(wanted, slice) and not table.keyed:
            return Entries(table.items[wanted])
        for number, entry in enumerate(table.items):
            if table.keyed and folded(entry[0].node, entry[0].scope, self._names) == wanted:
                return self.read(entry[1], depth + 1)
            if not table.keyed and number == wanted and len(entry) == 1:
                return self.read(entry[0], depth + 1)
        raise _UnreadableError(part)

    def _call(self, node: ast.Call, scope: Scope, depth: int) -> Entries:
        whole = Part(node, scope)
        named: list[Entry] = [
            (Part(ast.copy_location(ast.Constant(k.arg), k.value), scope), Part(k.value, scope))
            for k in node.keywords
            if k.arg is not None
        ]
        if len(named) != len(node.keywords) and named:
            raise _UnreadableError(whole)
        match node.func, node.args:
            case ast.Attribute(owner, "copy"), []:
                return self.read(Part(owner, scope), depth + 1)
            case ast.Attribute(owner, ("items" | "keys" | "values") as method), []:
                return _of_table(self.read(Part(owner, scope), depth + 1), method, whole)
            case ast.Attribute(_, "split"), _:
                return self._texts(whole)
            case _:
                pass
        symbol = self._names.of(node.func, scope)
        if isinstance(symbol, FunctionSymbol):
            return self._returned(symbol, node, whole, depth)
        dotted = self._names.canonical(symbol.dotted) if isinstance(symbol, External) else ""
        if dotted in _TABLES:
            spread = [*node.args, *(k.value for k in node.keywords if k.arg is None)]
            # The first table of a chain counts.
            spread = spread[::-1] if dotted == "collections.ChainMap" else spread
            inner = [e for a in spread for e in self.read(Part(a, scope), depth + 1).items]
            return self._joined([*inner, *named], keyed=True)
        return self._of_python(dotted, node, whole, depth)

    def _of_python(self, dotted: str, node: ast.Call, whole: Part, depth: int) -> Entries:
        columns = [self.read(Part(a, whole.scope), depth + 1) for a in node.args]
        match dotted, [column.iterated for column in columns]:
            case _, [rows] if dotted in _LISTS and not node.keywords:
                return Entries(rows)
            case (("copy.copy" | "copy.deepcopy"), [_, *_]):
                return columns[0]
            case "reversed", [rows]:
                return Entries(rows[::-1])
            case "sorted", [rows]:
                return self._sorted(rows, node, whole)
            case "itertools.chain", several:
                return self._joined([row for rows in several for row in rows], keyed=False)
            case "zip", several:
                tuples = zip(*several, strict=False)
                return Entries(tuple(tuple(p for cell in row for p in cell) for row in tuples))
            case "enumerate", [rows]:
                return Entries(tuple((_constant(i, whole), *cell) for i, cell in enumerate(rows)))
            case _:
                raise _UnreadableError(whole)

    def _sorted(self, rows: tuple[Entry, ...], node: ast.Call, whole: Part) -> Entries:
        """Sorted by the names, which come first in each entry."""
        match node.keywords:
            case [] | [ast.keyword("key", ast.Lambda(body=ast.Subscript(slice=ast.Constant(0))))]:
                keyed = [(folded(row[0].node, row[0].scope, self._names), row) for row in rows]
            case _:
                raise _UnreadableError(whole)
        if not all(isinstance(name, str) for name, _ in keyed):
            raise _UnreadableError(whole)
        return Entries(tuple(row for _, row in sorted(keyed, key=lambda pair: str(pair[0]))))

    def _returned(
        self, function: FunctionSymbol, call: ast.Call, whole: Part, depth: int
    ) -> Entries:
        """The list in the one `return` of a function, perhaps made of its parameters."""
        node = function.node
        statements = [s for s in node.body if not isinstance(s, (ast.Expr, ast.Pass))]
        parameters = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
        if call.keywords or node.decorator_list or len(call.args) != len(parameters):
            raise _UnreadableError(whole)
        env = {n: Part(a, whole.scope) for n, a in zip(parameters, call.args, strict=True)}
        inside = self._names.function_scope(function.scope, node)
        match statements:
            case [ast.Return(ast.expr() as value)]:
                return self.read(self._put(value, inside, env), depth + 1)
            case _:
                raise _UnreadableError(whole)

    def _put(self, node: ast.expr, scope: Scope, env: Mapping[str, Part]) -> Part:
        part = put(node, scope, env)
        if part is None:
            raise _UnreadableError(Part(node, scope))
        return part

    def _texts(self, part: Part) -> Entries:
        texts = folded(part.node, part.scope, self._names)
        if not isinstance(texts, tuple):
            raise _UnreadableError(part)
        return Entries(tuple((_constant(text, part),) for text in texts))

    def _loops(
        self,
        loops: list[ast.comprehension],
        scope: Scope,
        env: Mapping[str, Part],
        depth: int,
    ) -> list[Mapping[str, Part]]:
        """The values of the loop variables in each round."""
        if not loops:
            return [env]
        first, *rest = loops
        rounds: list[Mapping[str, Part]] = []
        for entry in self.read(self._put(first.iter, scope, env), depth + 1).iterated:
            bound = {**env, **self._bound(first.target, entry, scope)}
            tests = [self._put(test, scope, bound) for test in first.ifs]
            outcomes = [folded(test.node, test.scope, self._names) for test in tests]
            if any(isinstance(outcome, Unknown) for outcome in outcomes):
                raise _UnreadableError(tests[0])
            if all(outcomes):
                rounds += self._loops(rest, scope, bound, depth)
                self._count += 1
            if self._count > _MOST:
                raise _UnreadableError(Part(first.iter, scope))
        return rounds

    def _bound(self, target: ast.expr, entry: Entry, scope: Scope) -> dict[str, Part]:
        match target:
            case ast.Name(name) if len(entry) == 1:
                return {name: entry[0]}
            case ast.Tuple(targets) | ast.List(targets) if len(targets) == len(entry):
                pairs = zip(targets, entry, strict=True)
                return {t.id: part for t, part in pairs if isinstance(t, ast.Name)}
            case ast.Name(name) if len({id(part.scope) for part in entry}) == 1:
                whole = ast.Tuple([part.node for part in entry], ast.Load())
                return {name: Part(ast.copy_location(whole, entry[0].node), entry[0].scope)}
            case _:
                raise _UnreadableError(Part(target, scope))


def _of_table(table: Entries, method: str, whole: Part) -> Entries:
    if not table.keyed:
        raise _UnreadableError(whole)
    match method:
        case "items":
            return Entries(table.items)
        case "keys":
            return Entries(table.iterated)
        case _:
            return Entries(tuple((entry[1],) for entry in table.items))


def _constant(value: object, part: Part) -> Part:
    return Part(ast.copy_location(ast.Constant(value), part.node), part.scope)  # type: ignore[arg-type]
