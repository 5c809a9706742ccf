"""Dotted module name ↔ path, from the files of a tree alone; each module is parsed once."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from functools import cached_property

from sigclock.python.names.bindings import Bindings
from sigclock.python.names.canonical import ExternalNames
from sigclock.python.names.import_roots import INIT, ImportRoots, Layout
from sigclock.python.names.path_edits import PathEdit, path_edits
from sigclock.python.names.syntax import SourceFile, UnreadableSource, parse_source, with_room
from sigclock.source import Location, SourceTree

#: Packages that are never followed, though a tree may hold them (an SDK's own repository, a
#: vendored copy): their meaning is known by name, and the lock must not depend on where they are.
#: So are those that class families come from.
EXTERNAL = frozenset(
    [
        "abc",
        "builtins",
        "collections",
        "datetime",
        "decimal",
        "flyte",
        "flytekit",
        "flytekitplugins",
        "flyteplugins",
        "functools",
        "marshmallow",
        "numpy",
        "os",
        "pandas",
        "pathlib",
        "polars",
        "pyarrow",
        "re",
        "sigclock",
        "sys",
        "torch",
        "typing",
        "typing_extensions",
        "union",
        "unionai",
        "uuid",
    ]
)

#: Nobody says anything of the layout.
NOWHERE = Layout()
#: Ends the part of a name that tells from where the module is imported.
_FROM = ":."
#: The files that may be meant by one name, as far as they are told apart.
_NUMBERS = "0123"

#: A question that the layout of a tree answers, for the file that asks: a method of `Modules` and
#: its argument, "" where it is about the file itself.
Question = tuple[str, str]
Answer = str | bool | None


class Module:
    """A parsed file with its import name and its module-level bindings."""

    def __init__(self, name: str, source: SourceFile) -> None:
        self.name = name
        self.path = source.path
        self.source = source
        self.is_package = source.path.rsplit("/", 1)[-1] in {INIT, "__init__.pyi"}
        self.bindings = Bindings(source.tree.body)
        #: What its `__all__` was found to list, once that was asked.
        self.listed: tuple[set[str] | None] | None = None

    def location(self, node: ast.AST) -> Location:
        """Where a node of this file starts."""
        return Location(self.path, getattr(node, "lineno", 1), self.source.column(node))

    @cached_property
    def bound_by_functions(self) -> frozenset[str]:
        """The names that its functions bind too, by `global` or in the table of its names."""
        data = self.source.data
        if b"global" not in data:
            return frozenset()
        declared = (
            node.names for node in ast.walk(self.source.tree) if isinstance(node, ast.Global)
        )
        return frozenset(name for names in declared for name in names)

    @cached_property
    def path_edits(self) -> tuple[PathEdit, ...]:
        """The folders that it puts on `sys.path`."""
        return path_edits(self.source, self.bindings)

    @property
    def package(self) -> str:
        """What a relative import with one dot starts from."""
        return self.name if self.is_package else self.name.rpartition(".")[0]


class Modules:
    """All modules of a tree; `layout` is what people say of where they stand.

    `external` is what class families are known by. `paths` are those of the tree's Python files, if
    they are known.
    """

    def __init__(
        self,
        tree: SourceTree,
        external: ExternalNames,
        layout: Layout = NOWHERE,
        paths: frozenset[str] | None = None,
    ) -> None:
        self._tree = tree
        self.external = external
        self._never_followed = EXTERNAL | external.packages
        if paths is None:
            paths = frozenset(path for path in tree.paths() if path.endswith((".py", ".pyi")))
        self.paths = paths
        self._roots = ImportRoots(layout, paths)
        self._sources: dict[str, SourceFile | UnreadableSource] = {}
        self._modules: dict[str, Module] = {}
        self._data: dict[str, bytes] = {}
        #: Every question that each file asked, with its answer, and every file that does not parse.
        self.questions: dict[str, dict[Question, Answer]] = {}
        self.unread: dict[str, UnreadableSource] = {}
        #: Bytes of the sources that are parsed now.
        self.parsed = 0

    def forget(self) -> None:
        """Drop all syntax trees, which take thirty times the room of their text."""
        self._sources.clear()
        self._modules.clear()
        self.parsed = 0

    def over(self, tree: SourceTree) -> Modules:
        """The same layout over other contents: `tree` has the same Python files."""
        other = copy(self)
        other._tree = tree  # noqa: SLF001 - its own class, here and below
        other._sources, other._modules, other._data = {}, {}, {}  # noqa: SLF001
        other.unread, other.parsed = {}, 0
        return other

    def apart(self) -> Modules:
        """The same with questions of its own, none of which are noted here."""
        other = self.over(self._tree)
        other.questions = {}
        return other

    def read(self, path: str) -> bytes:
        """The bytes of a file, read once in a run."""
        if path not in self._data:
            self._data[path] = self._tree.read(path)
        return self._data[path]

    def source(self, path: str) -> SourceFile | UnreadableSource:
        """The parsed file, or why it cannot be parsed."""
        if path not in self._sources:
            data = self.read(path)
            self.parsed += len(data)
            try:
                self._sources[path] = parse_source(path, data)
            except UnreadableSource as problem:
                self._sources[path] = self.unread[path] = problem
        return self._sources[path]

    def module(self, path: str) -> Module | None:
        """The module at a path; None where it cannot be parsed."""
        if path not in self._modules:
            source = self.source(path)
            if isinstance(source, UnreadableSource):
                return None
            name = self.import_name(path)
            self._modules[path] = with_room(lambda: Module(name, source))
        return self._modules[path]

    def is_known(self, dotted: str) -> bool:
        """Whether a name is of a package that is known by name, and never followed."""
        return dotted.partition(".")[0] in self._never_followed

    def root_of(self, path: str) -> str:
        """The source root from which `path` is imported."""
        return self._roots.root_of(path)

    def import_name(self, path: str) -> str:
        """The dotted name under which `path` is imported (`pkg` for `pkg/__init__.py`)."""
        return str(self._asked(path, ("import_name", ""), lambda _, of: self._import_name(of)))

    def _import_name(self, path: str) -> str:
        stem = path.rpartition(".")[0]
        root = self.root_of(path)
        relative = stem[len(root) :].lstrip("/") if root else stem
        return relative.removesuffix("/__init__").replace("/", ".")

    def is_ambiguous(self, path: str) -> bool:
        """Whether Flyte's name depends on `sys.path`: in a directory without `__init__.py`."""
        known = self._asked(path, ("is_ambiguous", ""), lambda _, of: self._roots.is_ambiguous(of))
        return bool(known)

    def find(self, dotted: str, importer: str) -> str | None:
        """The file that `import dotted` gives in the file `importer`; None if not in the tree.

        A namespace package has no file: ask `is_namespace`. Before the name may stand a folder from
        which Python starts (`/lib:.models`), or a number among the files that may be meant.
        """
        path = self._asked(importer, ("find", dotted), self._find)
        return path if isinstance(path, str) else None

    def _find(self, name: str, importer: str) -> str | None:
        start, _, dotted = name.rpartition(_FROM)
        if self.is_known(dotted):
            return None
        if start.startswith("/"):
            return self._roots.within(start[1:], dotted)
        files = self._roots.search(dotted, importer).files
        number = start and _NUMBERS.find(start)
        return files[number or 0] if (number or 0) in range(len(files)) else None

    def path_of(self, dotted: str, importer: str) -> str | None:
        """The same, where what a file puts on `sys.path` counts in that file."""
        module = self.module(importer)
        edits = module.path_edits if module is not None else ()
        if not edits:
            return self.find(dotted, importer)
        first = self._placed(dotted, importer, [edit for edit in edits[::-1] if edit.first])
        path = first or self.find(dotted, importer)
        if first is None and (path is None or self.is_guess(dotted, importer)):
            last = self._placed(dotted, importer, [edit for edit in edits if not edit.first])
            return last or path
        return path

    def _placed(self, dotted: str, importer: str, edits: Sequence[PathEdit]) -> str | None:
        places = (f"/{folder}{_FROM}{dotted}" for edit in edits for folder in edit.folders)
        return next(filter(None, (self.find(place, importer) for place in places)), None)

    def others(self, dotted: str, importer: str, found: Module) -> Iterator[Module]:
        """The modules of other content that may be meant as well, where `found` is only likely."""
        if self._roots.search(dotted, importer).is_certain:
            return
        contents = {found.source.data}
        for number in _NUMBERS[1:] if found.path == self.find(dotted, importer) else "":
            path = self.find(f"{number}{_FROM}{dotted}", importer)
            module = None if path is None else self.module(path)
            if module is not None and module.source.data not in contents:
                contents.add(module.source.data)
                yield module

    def is_namespace(self, dotted: str, importer: str) -> bool:
        """Whether `dotted` is a directory of the tree with no `__init__.py`."""
        return bool(self._asked(importer, ("is_namespace", dotted), self._is_namespace))

    def _is_namespace(self, name: str, importer: str) -> bool:
        _, _, dotted = name.rpartition(_FROM)
        return not self.is_known(dotted) and self._roots.is_namespace(dotted, importer)

    def is_barred(self, dotted: str, importer: str) -> bool:
        """Whether a link that is not followed stands where the module is looked for first."""
        if not self._roots.barred:
            return False
        return bool(self._asked(importer, ("is_barred", dotted), self._is_barred))

    def _is_barred(self, dotted: str, importer: str) -> bool:
        return not self.is_known(dotted) and self._roots.is_barred(dotted, importer)

    def close(self) -> None:
        """Drop all contents as well; call nothing after this."""
        self.forget()
        self._data.clear()

    def ask(self, importer: str, question: Question) -> Answer:
        """The answer to a question as `questions` records it."""
        method, argument = question
        match method:
            case "find":
                return self.find(argument, importer)
            case "is_namespace":
                return self.is_namespace(argument, importer)
            case "is_guess":
                return self.is_guess(argument, importer)
            case "is_barred":
                return self.is_barred(argument, importer)
            case "import_name":
                return self.import_name(importer)
            case _:
                return self.is_ambiguous(importer)

    def _asked(self, path: str, question: Question, answer: Callable[[str, str], Answer]) -> Answer:
        """The answer to a question of a file, noted as one that what it declares rests on."""
        known = self._answers(path)
        if question not in known:
            known[question] = answer(question[1], path)
        return known[question]

    def _answers(self, path: str) -> dict[Question, Answer]:
        answers = self.questions.get(path)
        if answers is None:
            answers = self.questions[path] = {}
        return answers

    def is_guess(self, dotted: str, importer: str) -> bool:
        """Whether a module was found by its name alone, not where the file's imports start."""
        return bool(self._asked(importer, ("is_guess", dotted), self._roots.is_guess))


def concerned(changed: Iterable[str]) -> Callable[[str], bool]:
    """Whether adding or removing these files may change the answer to a question about a name.

    An `__init__` file decides where names start, so it concerns all names; another file concerns
    the names that contain its own name or that of a folder above it.
    """
    paths = list(changed)
    if any(path.endswith((INIT, "__init__.pyi")) for path in paths):
        return lambda _name: True
    parts = {part for path in paths for part in path.rpartition(".")[0].split("/")}
    return lambda name: not parts.isdisjoint(name.split("."))
