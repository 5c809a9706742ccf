"""Whether a constant is used for cache versions only: every other read of it in the tree."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import lru_cache

import msgspec

from sigclock.python.names.bindings import Import
from sigclock.python.names.modules import Module
from sigclock.python.names.names import Names
from sigclock.python.names.scopes import Missing, ValueSymbol
from sigclock.python.names.unparse import last_name
from sigclock.python.values.byte_search import imported_names, taking
from sigclock.python.values.name_reads import (
    NameRead,
    is_read_by_text,
    reads_by_text,
    walk,
)
from sigclock.python.values.values import Holding, Use
from sigclock.source import Location, in_bytes

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


class Published(msgspec.Struct, frozen=True):
    """A constant that packaging metadata reads at `location`: the version of the package.

    `modules` are the ends of the paths, without their endings, that its file may have; `name` is
    None where any constant of the file may be meant.
    """

    location: Location
    modules: tuple[str, ...]
    name: str | None

    def is_read(self, use: Use) -> bool:
        """Whether the constant is the one of a use."""
        stem = f"/{use.holder_path.rpartition('.')[0].removesuffix('/__init__')}"
        of_file = any(stem.endswith(f"/{module}") for module in self.modules)
        return of_file and self.name in {None, use.holder}


class Usage:
    """The reads of the constants behind cache versions, over all files of a tree.

    `uses` are reads on the way to a cache version; they tell which names are worth looking for,
    `holding` in which files they occur. `known` has all such reads of a file, by default these.
    `published` has the constants that packaging metadata reads.
    """

    def __init__(
        self,
        names: Names,
        uses: Iterable[Use],
        holding: Holders,
        version_reads: Known | None = None,
        published: Iterable[Published] = (),
    ) -> None:
        self._names = names
        self._holders = holding
        self._published = tuple(published)
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
        for constant in self._published:
            if constant.is_read(use):
                return constant.location
        done: set[tuple[str, str]] = set()
        names = {(last(use.holder), use.holder_path)}
        while names - done:
            name, binder = min(names - done)
            done.add((name, binder))
            for path in self._related(name, binder, use):
                self._files_read[_key(use)].add(path)
                module = self._names.modules.module(path)
                if module is None:
                    return Location(path, 1)
                names |= {(again, path) for again in self._imported_as(module, name, use)}
                for reading in self._readings(module, name):
                    if not self._means(reading, use):
                        continue
                    alias = _alias(reading)
                    if alias is not None and self._may_follow(alias):
                        names.add((alias, path))
                    elif self._is_other(reading, use, path):
                        return module.location(reading.node)
        return None

    def _may_follow(self, alias: str) -> bool:
        return alias in self._constants or len(self._constants) < self._limit

    def _imported_as(self, module: Module, name: str, use: Use) -> Iterator[str]:
        """The other names under which a file imports the constant, and may hand it on."""
        scope = self._names.module_scope(module)
        for bound, bindings in module.bindings.by_name.items():
            renamed = any(
                isinstance(b.target, Import) and b.target.attribute == name for b in bindings
            )
            if renamed and bound != name and self._may_follow(bound):
                node = ast.Name(bound, ast.Load())
                if self._means(NameRead(node, (), scope), use):
                    yield bound

    def _holding(self, name: str) -> Collection[str]:
        """The files in which a name occurs; one pass searches for all names."""
        if self._paths is None or name not in self._constants:
            self._constants.add(name)
            self._imported.clear()
            self._paths = self._holders(self._constants)
        return self._paths.get(name, ())

    def _related(self, name: str, holder: str, use: Use) -> list[str]:
        """The files that may read a name of a file: its own, and those that import from it.

        Also those that import from these; any mention of a module's name counts as an import.
        """
        read = self._names.modules.read
        paths = self._holding(name)
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
        if reads_by_text(data):
            return True
        if not name.isascii():
            return taking([name])(data)
        if path not in self._imported:
            words, constants = (
                imported_names(data),
                {in_bytes(constant) for constant in self._constants},
            )
            self._imported[path] = None if words is None else words & constants
        words = self._imported[path]
        return words is None or in_bytes(name) in words

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
        by_text = reads_by_text(module.source.data)
        few = len(constants) < _MANY
        lines = module.source.lines_with(_words(constants)) if few else _EVERY_LINE
        for reading in walk(self._names, module.source.tree.body, scope, lines):
            match reading.node:
                case ast.Name(read, ast.Load()):
                    for name in constants.get(read, ()):
                        by_name[name].append(reading)
                case ast.Attribute(_, read, ast.Load()) if read in by_name:
                    by_name[read].append(reading)
                case ast.Constant(str(read)) if by_text and read in by_name:
                    by_name[read].append(reading)
                case _:
                    continue
        return by_name

    def _means(self, reading: NameRead, use: Use) -> bool:
        """Whether the expression reads this very constant, as far as can be told."""
        if isinstance(reading.node, ast.Constant):
            return is_read_by_text(reading)
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
        if isinstance(reading.node, ast.Constant):
            return True
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


def may_take(name: str, data: bytes) -> bool:
    """Whether a file may read a name of another: by an import, as an attribute, or as a text."""
    return taking([name])(data) or (reads_by_text(data) and in_bytes(name) in data)


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
    least = [name for name in names if in_bytes(name) in data]
    found = _words(least).findall(data) if least else []
    return {word.decode(errors="surrogatepass") for word in found}


@lru_cache(maxsize=64)
def _pattern(names: frozenset[str]) -> re.Pattern[bytes]:
    escaped = b"|".join(re.escape(in_bytes(name)) for name in sorted(names))
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
    """`OTHER = VERSION` gives the constant another name in a module."""
    if reading.scope.kind != "module":
        return None
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
            return last_name(func) == "Cache"
        case (ast.Call(func, [first, *_]), _) if first is reading.node:
            return last_name(func) == "Cache"
        case _:
            return False


def _is_other_entry(parent: ast.AST, key: str) -> bool:
    """`CFG["retries"]` reads another entry than the version's."""
    match parent:
        case ast.Subscript(slice=ast.Constant(str(read))):
            return read != key
        case _:
            return False
