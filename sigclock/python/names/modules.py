"""Dotted module name ↔ path, from the files of a tree alone; each module is parsed once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import cached_property

from sigclock.python.names.bindings import Bindings
from sigclock.python.names.canonical import ExternalNames
from sigclock.python.names.syntax import SourceFile, UnreadableSource, parse_source, with_room
from sigclock.source import SourceTree

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

_INIT = "__init__.py"

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
        self.is_package = source.path.rsplit("/", 1)[-1] in {_INIT, "__init__.pyi"}
        self.bindings = Bindings(source.tree.body)
        #: What its `__all__` was found to list, once that was asked.
        self.listed: tuple[set[str] | None] | None = None

    @property
    def package(self) -> str:
        """What a relative import with one dot starts from."""
        return self.name if self.is_package else self.name.rpartition(".")[0]


class Modules:
    """All modules of a tree. `roots` are the configured source roots; none means: work them out.

    `external` is what class families are known by. `paths` are those of the tree's Python files, if
    they are known.
    """

    def __init__(
        self,
        tree: SourceTree,
        external: ExternalNames,
        roots: Sequence[str] = (),
        paths: frozenset[str] | None = None,
    ) -> None:
        self._tree = tree
        self.external = external
        self._never_followed = EXTERNAL | external.packages
        self.configured = tuple(
            root.strip("/").removeprefix("./").replace(".", "", root == ".") for root in roots
        )
        if paths is None:
            paths = frozenset(path for path in tree.paths() if path.endswith((".py", ".pyi")))
        self.paths = paths
        self._near: dict[tuple[str, str], list[str]] = {}
        self._sources: dict[str, SourceFile | UnreadableSource] = {}
        self._modules: dict[str, Module] = {}
        self._data: dict[str, bytes] = {}
        #: Every question that each file asked, with its answer, and every file that does not parse.
        self.questions: dict[str, dict[Question, Answer]] = {}
        self.unread: dict[str, UnreadableSource] = {}
        #: Bytes of the sources that are parsed now.
        self.parsed = 0

    @cached_property
    def _directories(self) -> frozenset[str]:
        return folders(self.paths)

    @cached_property
    def _tops(self) -> dict[str, list[str]]:
        return _top_names(self._directories, self.paths)

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

    def is_package(self, directory: str) -> bool:
        return f"{directory}/{_INIT}" in self.paths

    def package_root(self, path: str) -> str:
        """The first directory above `path` that is not a package; "" is the repository's root."""
        directory = path.rpartition("/")[0]
        while directory and self.is_package(directory):
            directory = directory.rpartition("/")[0]
        return directory

    def root_of(self, path: str) -> str:
        """The source root from which `path` is imported.

        The package root, or a configured root above it if that gives the longer name, as flytekit
        takes the longer of the imported and the path-derived name. For a file in no package, the
        nearest configured root, else the nearest directory called `src`, else the top.
        """
        package_root = self.package_root(path)
        above = [*_sources_above(path), ""]
        chosen = max((r for r in self.configured if _is_within(path, r)), key=len, default=None)
        if chosen is not None:
            return min(chosen, package_root, key=len)
        in_package = package_root != path.rpartition("/")[0]
        return package_root if in_package else max(above, key=len)

    def import_name(self, path: str) -> str:
        """The dotted name under which `path` is imported (`pkg` for `pkg/__init__.py`)."""
        known = self._answers(path)
        if ("import_name", "") not in known:
            known["import_name", ""] = self._import_name(path)
        return str(known["import_name", ""])

    def _import_name(self, path: str) -> str:
        stem = path.rpartition(".")[0]
        root = self.root_of(path)
        relative = stem[len(root) :].lstrip("/") if root else stem
        return relative.removesuffix("/__init__").replace("/", ".")

    def is_ambiguous(self, path: str) -> bool:
        """Whether Flyte's name depends on `sys.path`: in a directory without `__init__.py`."""
        known = self._answers(path)
        if ("is_ambiguous", "") not in known:
            known["is_ambiguous", ""] = self._is_ambiguous(path)
        return bool(known["is_ambiguous", ""])

    def _is_ambiguous(self, path: str) -> bool:
        if any(_is_within(path, root) for root in self.configured):
            return False
        directory = path.rpartition("/")[0]
        return directory not in {"", "src"} and self.package_root(path) == directory

    def find(self, dotted: str, importer: str) -> str | None:
        """The file that `import dotted` gives in the file `importer`; None if not in the tree.

        A namespace package has no file: ask `is_namespace`.
        """
        known = self._answers(importer)
        if ("find", dotted) not in known:
            known["find", dotted] = self._find(dotted, importer)
        path = known["find", dotted]
        return path if isinstance(path, str) else None

    def _find(self, dotted: str, importer: str) -> str | None:
        for root in self._roots_for(dotted, importer):
            stem = f"{root}/{dotted.replace('.', '/')}" if root else dotted.replace(".", "/")
            for candidate in (
                f"{stem}/{_INIT}",
                f"{stem}.py",
                f"{stem}/__init__.pyi",
                f"{stem}.pyi",
            ):
                if candidate in self.paths:
                    return candidate
        return None

    def is_namespace(self, dotted: str, importer: str) -> bool:
        """Whether `dotted` is a directory of the tree with no `__init__.py`."""
        known = self._answers(importer)
        if ("is_namespace", dotted) not in known:
            known["is_namespace", dotted] = self._is_namespace(dotted, importer)
        return bool(known["is_namespace", dotted])

    def _is_namespace(self, dotted: str, importer: str) -> bool:
        suffix = dotted.replace(".", "/")
        return any(
            (f"{root}/{suffix}" if root else suffix) in self._directories
            for root in self._roots_for(dotted, importer)
        )

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
            case "import_name":
                return self.import_name(importer)
            case _:
                return self.is_ambiguous(importer)

    def leads_to(self, path: str, paths: Collection[str]) -> bool:
        """Whether the followed imports of a file lead to one of these files."""
        seen, queue = {path}, [path]
        while queue:
            new = set(answer_paths(self.questions.get(queue.pop(), {}))) - seen
            seen |= new
            queue += new
        return not seen.isdisjoint(paths)

    def _answers(self, path: str) -> dict[Question, Answer]:
        answers = self.questions.get(path)
        if answers is None:
            answers = self.questions[path] = {}
        return answers

    def _roots_for(self, dotted: str, importer: str) -> list[str]:
        """Directories to look in: around the importer, configured, then where the name is a top."""
        top = dotted.partition(".")[0]
        if top in self._never_followed:
            return []
        own = importer.rpartition("/")[0]
        if (top, own) not in self._near:
            tops = self._tops.get(top, ())
            near = sorted(tops, key=lambda root: (-_common(root, importer), root))
            roots = [*self._own_roots(importer), *near, own]
            self._near[top, own] = list(dict.fromkeys(roots))
        return self._near[top, own]

    def _own_roots(self, importer: str) -> list[str]:
        return [self.package_root(importer), *self.configured, "", "src"]

    def is_guess(self, dotted: str, importer: str) -> bool:
        """Whether a module was found by its name alone, not where the file's imports start."""
        known = self._answers(importer)
        if ("is_guess", dotted) not in known:
            known["is_guess", dotted] = self._is_guess(dotted, importer)
        return bool(known["is_guess", dotted])

    def _is_guess(self, dotted: str, importer: str) -> bool:
        top = dotted.partition(".")[0]
        roots = [*self._own_roots(importer), importer.rpartition("/")[0]]
        stems = [f"{root}/{top}" if root else top for root in roots]
        return not any(stem in self._directories or f"{stem}.py" in self.paths for stem in stems)


def concerned(changed: Iterable[str]) -> Callable[[str], bool]:
    """Whether adding or removing these files may change the answer to a question about a name.

    An `__init__` file decides where names start, so it concerns all names; another file concerns
    the names that contain its own name or that of a folder above it.
    """
    paths = list(changed)
    if any(path.endswith((_INIT, "__init__.pyi")) for path in paths):
        return lambda _name: True
    parts = {part for path in paths for part in path.rpartition(".")[0].split("/")}
    return lambda name: not parts.isdisjoint(name.split("."))


def answer_paths(answers: Mapping[Question, Answer]) -> Iterator[str]:
    """The files that answer a file's questions."""
    for (method, _), answer in answers.items():
        if method == "find" and isinstance(answer, str):
            yield answer


def _sources_above(path: str) -> list[str]:
    """The directories called `src` above a path."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[: index + 1]) for index, part in enumerate(parts) if part == "src"]


def _is_within(path: str, root: str) -> bool:
    return root == "" or path.startswith(f"{root}/")


def _common(one: str, other: str) -> int:
    """How many leading path components two paths share."""
    count = 0
    for mine, theirs in zip(one.split("/"), other.split("/"), strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def folders(paths: Iterable[str]) -> frozenset[str]:
    """Every folder that holds a file, and those above it; not the top."""
    directories: set[str] = set()
    for folder in {path.rpartition("/")[0] for path in paths}:
        directory = folder
        while directory and directory not in directories:
            directories.add(directory)
            directory = directory.rpartition("/")[0]
    return frozenset(directories)


def _top_names(directories: frozenset[str], paths: frozenset[str]) -> dict[str, list[str]]:
    """Top-level package name → the directories that hold such a package, also a namespace."""
    tops: dict[str, list[str]] = {}
    for directory in directories:
        parent, _, top = directory.rpartition("/")
        if f"{parent}/{_INIT}" not in paths:
            tops.setdefault(top, []).append(parent)
    return tops
