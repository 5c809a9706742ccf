"""Whether a constant is used for cache versions only: every other read of it in the tree."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

import msgspec

from sigclock.python.names.bindings import Function, Import
from sigclock.python.names.modules import Module
from sigclock.python.names.names import Names
from sigclock.python.names.scopes import ClassSymbol, Missing, Scope, ValueSymbol
from sigclock.python.names.syntax import is_on
from sigclock.python.values.byte_search import imported_names, taking
from sigclock.python.values.values import Holding, Use
from sigclock.source import Location

#: The files in which each of some names occurs.
Holders = Callable[[Collection[str]], Mapping[str, Collection[str]]]
#: The lines and columns of a file at which a constant is read on the way to a cache version.
Known = Callable[[str], Collection[tuple[int, int]]]

#: What tells one constant from others: file, name, entry, and how it is held.
_Key = tuple[str, str, str, Holding]

_ONLY_DOTS = re.compile(rb"from\s*\.[\s.]*import")

_WORD = re.compile(rb"\w+")
#: Of so many names, each word is looked up rather than each name looked for.
_MANY = 100
#: How many names that stand for such constants are followed: each is looked for in all files.
ALIASES = 200
_EVERY_LINE = range(1, 2**31)

#: Keywords that take a cache version, whoever is called.
_VERSION_KEYWORDS = frozenset({"cache_version", "version_override"})
#: Attributes through which the version of an environment, a partial or a Cache can be read.
_VERSION_ATTRIBUTES = frozenset(
    {"version", "version_override", "cache", "cache_version", "keywords", "metadata"}
)


class NameRead(msgspec.Struct, frozen=True, eq=False):
    """A name or attribute that is loaded, the nodes around it (innermost first), and its scope."""

    node: ast.Name | ast.Attribute
    around: tuple[ast.AST, ...]
    scope: Scope


class Usage:
    """The reads of the constants behind cache versions, over all files of a tree.

    `uses` are reads on the way to a cache version; they tell which names are worth looking for,
    `holding` in which files they occur. `known` has all such reads of a file, by default these.
    """

    def __init__(
        self,
        names: Names,
        uses: Iterable[Use],
        holding: Holders,
        version_reads: Known | None = None,
    ) -> None:
        self._names = names
        self._holders = holding
        uses = list(uses)
        self._version_reads = version_reads or _reads_of(uses)
        self._constants = {last(use.holder) for use in uses}
        self._limit = len(self._constants) + ALIASES
        self._paths: Mapping[str, Collection[str]] | None = None
        self._others: dict[_Key, Location | None] = {}
        self._files_read: dict[_Key, set[str]] = defaultdict(set)
        self._imported: dict[str, set[bytes] | None] = {}
        self._loads: dict[str, dict[str, list[NameRead]]] = {}

    def looked_into(self, uses: Iterable[Use]) -> set[str]:
        """The files that were read to tell what else reads these constants."""
        return {path for use in uses for path in self._files_read[_key(use)]}

    def other(self, use: Use) -> Location | None:
        """The first place in the tree that reads the constant of `use` for something else."""
        key = _key(use)
        if key not in self._others:
            self._others[key] = self._find(use)
        return self._others[key]

    def _find(self, use: Use) -> Location | None:
        done: set[str] = set()
        names = {last(use.holder)}
        while names - done:
            name = min(names - done)
            done.add(name)
            for path in self._related(name, use):
                self._files_read[_key(use)].add(path)
                module = self._names.modules.module(path)
                if module is None:
                    return Location(path, 1)
                for reading in self._readings(module, name):
                    if not self._means(reading, use):
                        continue
                    alias = _alias(reading)
                    if alias in self._constants or (alias and len(self._constants) < self._limit):
                        names.add(alias)
                    elif self._is_other(reading, use, path):
                        return Location(path, reading.node.lineno)
        return None

    def _holding(self, name: str) -> Collection[str]:
        """The files in which a name occurs; one pass searches for all names."""
        if self._paths is None or name not in self._constants:
            self._constants.add(name)
            self._imported.clear()
            self._paths = self._holders(self._constants)
        return self._paths.get(name, ())

    def _related(self, name: str, use: Use) -> list[str]:
        """The files that may read a name of the holder: its own, and those that import from it.

        Also those that import from these; any mention of a module's name counts as an import.
        """
        read = self._names.modules.read
        paths, holder = self._holding(name), use.holder_path
        related, words = {holder}.intersection(paths), {_import_word(holder)}
        # A constant of a class may be read as an attribute of anything.
        anything = "." in use.holder
        rest = [path for path in paths if path != holder and (anything or self._takes(path, name))]
        while True:
            pattern = _words(words)
            new = {p for p in rest if pattern.search(read(p)) or _ONLY_DOTS.search(read(p))}
            if not new:
                return sorted(related)
            related |= new
            rest = [path for path in rest if path not in new]
            words = {_import_word(path) for path in new}

    def _takes(self, path: str, name: str) -> bool:
        """Whether a file may take this name from another."""
        data = self._names.modules.read(path)
        if not name.isascii():
            return taking([name])(data)
        if path not in self._imported:
            words, constants = (
                imported_names(data),
                {constant.encode() for constant in self._constants},
            )
            self._imported[path] = None if words is None else words & constants
        words = self._imported[path]
        return words is None or name.encode() in words

    def _readings(self, module: Module, name: str) -> list[NameRead]:
        """Every load of the name, or of a name under which the module imports it."""
        loads = self._loads.get(module.path, {})
        if name not in loads:
            names = {name, *self._constants, *loads}
            loads = self._loads[module.path] = self._all_loads(module, names)
        return loads[name]

    def _all_loads(self, module: Module, names: set[str]) -> dict[str, list[NameRead]]:
        """The loads of all these names, in one pass over the module."""
        by_name: dict[str, list[NameRead]] = {name: [] for name in names}
        constants: dict[str, dict[str, None]] = {name: {name: None} for name in names}
        for bound, bindings in module.bindings.by_name.items():
            for binding in bindings:
                match binding.target:
                    case Import(attribute=str(attribute)) if attribute in names:
                        constants.setdefault(bound, {})[attribute] = None
                    case ast.Name() | ast.Attribute():
                        # `OTHER = VERSION`: then OTHER is looked up next.
                        constants.setdefault(bound, {})[bound] = None
                        by_name.setdefault(bound, [])
                    case _:
                        continue
        scope = self._names.module_scope(module)
        few = len(constants) < _MANY
        lines = module.source.lines_with(_words(constants)) if few else _EVERY_LINE
        for reading in _walk(self._names, module.source.tree.body, scope, lines):
            match reading.node:
                case ast.Name(read, ast.Load()):
                    for name in constants.get(read, ()):
                        by_name[name].append(reading)
                case ast.Attribute(_, read, ast.Load()) if read in by_name:
                    by_name[read].append(reading)
                case _:
                    continue
        return by_name

    def _means(self, reading: NameRead, use: Use) -> bool:
        """Whether the expression reads this very constant, as far as can be told."""
        for symbol in self._names.alternatives(reading.node, reading.scope):
            match symbol:
                case ValueSymbol(scope, name):
                    if (scope.module.path, scope.nested(name)) == (use.holder_path, use.holder):
                        return True
                case Missing(reason="attribute" | "dynamic" | "call") if "." in use.holder:
                    # `self.VERSION`, `settings.VERSION`: it may be the one of the class.
                    return isinstance(reading.node, ast.Attribute)
                case _:
                    continue
        return False

    def _is_other(self, reading: NameRead, use: Use, path: str) -> bool:
        if (reading.node.lineno, reading.node.col_offset) in self._version_reads(path):
            return False
        parent = reading.around[0]
        match use.holding:
            case Holding.CONSTANT:
                return not _is_version(reading)
            case Holding.DICT:
                return not _is_other_entry(parent, use.key)
            case _:
                attributes = {*_VERSION_ATTRIBUTES, use.key}
                return isinstance(parent, ast.Attribute) and parent.attr in attributes


def last(holder: str) -> str:
    """The name by which a constant is read, wherever it stands."""
    return holder.rpartition(".")[2]


def _key(use: Use) -> _Key:
    return (use.holder_path, use.holder, use.key, use.holding)


def _reads_of(uses: Iterable[Use]) -> Known:
    positions: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for use in uses:
        positions[use.path].add((use.line, use.column))
    return lambda path: positions.get(path, ())


def occurrences(data: bytes, names: Collection[str]) -> set[str]:
    """The names that occur in a file."""
    if len(names) > _MANY and all(map(str.isascii, names)):
        return {word.decode() for word in set(_WORD.findall(data))}.intersection(names)
    least = [name for name in names if name.encode() in data]
    return {name.decode() for name in _words(least).findall(data)} if least else set()


@lru_cache(maxsize=64)
def _pattern(names: frozenset[str]) -> re.Pattern[bytes]:
    escaped = b"|".join(re.escape(name.encode()) for name in sorted(names))
    return re.compile(rb"(?<!\w)(?:" + escaped + rb")(?!\w)")


def _words(names: Collection[str]) -> re.Pattern[bytes]:
    return _pattern(frozenset(names))


def _import_word(path: str) -> str:
    """The last word of the name under which a file is imported; every import of it has that word.

    All but a relative one that has only dots.
    """
    stem = path.rpartition(".")[0].removesuffix("/__init__")
    return stem.rpartition("/")[2]


def _alias(reading: NameRead) -> str | None:
    """`OTHER = VERSION` gives the constant another name."""
    match reading.around[0]:
        case ast.Assign([ast.Name(name)], value) | ast.AnnAssign(ast.Name(name), value=value):
            return name if value is reading.node else None
        case _:
            return None


def _is_version(reading: NameRead) -> bool:
    """Whether it is given as a cache version: `cache_version=V`, `Cache(version=V)`, `Cache(V)`."""
    match reading.around[:2]:
        case (ast.keyword(arg=name), _) if name in _VERSION_KEYWORDS:
            return True
        case (ast.keyword("version"), ast.Call(func)):
            return _called_name(func) == "Cache"
        case (ast.Call(func, [first, *_]), _) if first is reading.node:
            return _called_name(func) == "Cache"
        case _:
            return False


def _called_name(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def _is_other_entry(parent: ast.AST, key: str) -> bool:
    """`CFG["retries"]` reads another entry than the version's."""
    match parent:
        case ast.Subscript(slice=ast.Constant(str(read))):
            return read != key
        case _:
            return False


def _walk(
    names: Names, body: Sequence[ast.stmt], scope: Scope, lines: Sequence[int]
) -> Iterator[NameRead]:
    """Every name and attribute on one of the lines, each with the scope that it is read in."""
    work: list[tuple[ast.AST, tuple[ast.AST, ...], Scope]] = [
        (statement, (), scope) for statement in body
    ]
    work.reverse()
    while work:
        node, around, here = work.pop()
        if not is_on(lines, node):
            continue
        inside = (node, *around[:2])
        parts: list[tuple[ast.AST, Scope]]
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                local = names.function_scope(here, node)
                parts = [(part, here) for part in _outside(node)]
                parts += [(part, local) for part in node.body]
            case ast.ClassDef():
                inner = names.class_scope(ClassSymbol(here, node))
                outer = [*node.decorator_list, *node.bases, *node.keywords]
                parts = [(part, here) for part in outer]
                parts += [(part, inner) for part in node.body]
            case _:
                if isinstance(node, (ast.Name, ast.Attribute)):
                    yield NameRead(node, around, here)
                parts = [(part, here) for part in ast.iter_child_nodes(node)]
        work.extend((part, inside, where) for part, where in reversed(parts))


def _outside(node: Function) -> list[ast.AST]:
    """The expressions of a function that are evaluated at its definition."""
    return [*node.decorator_list, node.args, *([node.returns] if node.returns else [])]
