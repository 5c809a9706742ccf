"""Where Python may find the modules of a tree: which folder an import of a file starts from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate, islice

import msgspec

from sigclock.python.names.stdlib import STDLIB

INIT = "__init__.py"
_STEM = re.compile(r"/(\w+)\.py$", re.MULTILINE)


#: The folder of the metadata, a dotted name, and the folder that has it.
Declared = tuple[str, str, str]
#: A symbolic link, and the source or folder behind it; None where it is not followed.
Link = tuple[str, str | None]
#: Of so many files behind links each is found.
_LINKED = 20_000


class Layout(msgspec.Struct, frozen=True):
    """What people say of a tree's layout, with folders relative to the repository.

    `roots` are configured. `declared` is what packaging metadata says: in which folder it stands,
    and the dotted name that a folder has, "" for a folder that is a root. `links` are symbolic.
    """

    roots: tuple[str, ...] = ()
    declared: tuple[Declared, ...] = ()
    links: tuple[Link, ...] = ()


class Found(msgspec.Struct, frozen=True):
    """The files that may be meant by a module's name, the likeliest first.

    There are several only where nothing tells from which folder Python starts. There is none if
    `is_barred` by a link that is not followed.
    """

    files: tuple[str, ...]
    is_certain: bool
    is_barred: bool = False


class ImportRoots:
    """The folders of one tree; `paths` are those of its Python files."""

    def __init__(self, layout: Layout, paths: frozenset[str]) -> None:
        self._configured = tuple(map(_normal, layout.roots))
        self._declared = layout.declared
        self._real = dict(islice(_behind(layout.links, paths), _LINKED))
        self._paths = paths.union(self._real)
        self.barred = frozenset(link for link, place in layout.links if place is None)
        self._found: dict[tuple[str, str], Found] = {}
        self._near: dict[tuple[str, str], list[list[str]]] = {}

    @cached_property
    def directories(self) -> frozenset[str]:
        return folders(self._paths)

    def is_package(self, directory: str) -> bool:
        return f"{directory}/{INIT}" in self._paths

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
        chosen = _nearest(path, self._configured)
        if chosen is not None:
            return min(chosen, package_root, key=len)
        in_package = package_root != path.rpartition("/")[0]
        return package_root if in_package else max([*_sources_above(path), ""], key=len)

    def is_ambiguous(self, path: str) -> bool:
        """Whether Flyte's name depends on `sys.path`: in a directory without `__init__.py`."""
        if _nearest(path, self._configured) is not None:
            return False
        directory = path.rpartition("/")[0]
        return directory not in {"", "src"} and self.package_root(path) == directory

    def search(self, dotted: str, importer: str) -> Found:
        """The files that `import dotted` may give in a file."""
        key = (dotted, importer.rpartition("/")[0])
        if key not in self._found:
            self._found[key] = self._search(dotted, importer)
        return self._found[key]

    def _search(self, dotted: str, importer: str) -> Found:
        for is_certain, stems in self._groups(dotted, importer):
            files = [*filter(None, map(self._file_at, stems))]
            if files:
                return Found(tuple(dict.fromkeys(files)), is_certain)
            if self.barred and any(map(self._bars, stems)):
                return Found((), is_certain, is_barred=True)
        return Found((), is_certain=False)

    def within(self, folder: str, dotted: str) -> str | None:
        """The file of a module if Python starts from that folder."""
        return self._file_at(_joined(folder, dotted))

    def is_namespace(self, dotted: str, importer: str) -> bool:
        """Whether `dotted` is a directory of the tree with no `__init__.py`."""
        groups = self._groups(dotted, importer)
        return any(stem in self.directories for _, stems in groups for stem in stems)

    def is_barred(self, dotted: str, importer: str) -> bool:
        """Whether a link that is not followed stands where the module is looked for first."""
        return self.search(dotted, importer).is_barred

    def _bars(self, stem: str) -> bool:
        ends = (f"{stem}.py", f"{stem}.pyi", *accumulate(stem.split("/"), "{}/{}".format))
        return not self.barred.isdisjoint(ends)

    def is_guess(self, dotted: str, importer: str) -> bool:
        """Whether a module can be found by its name alone, not where the file's imports start."""
        top = dotted.partition(".")[0]
        roots = [*self._own(importer), importer.rpartition("/")[0]]
        stems = [_joined(root, top) for root in roots]
        stems += [folder for _, name, folder in self._declared if name.partition(".")[0] == top]
        return not any(stem in self.directories or f"{stem}.py" in self._paths for stem in stems)

    # -- the order of the search -----------------------------------------------------------------

    def _groups(self, dotted: str, importer: str) -> Iterator[tuple[bool, list[str]]]:
        """Files without their endings: a group is looked at where those before it have nothing.

        Of the stems in a group any may be meant, unless it is where the imports start for certain.
        """
        for root in self._own(importer):
            yield True, [_joined(root, dotted)]
        yield from ((True, [stem]) for stem in self._renamed(dotted, importer))
        top = dotted.partition(".")[0]
        key = (top, importer.rpartition("/")[0])
        if key not in self._near:
            self._near[key] = [*self._above(top, importer), *self._elsewhere(top, importer)]
        for roots in self._near[key]:
            yield False, [_joined(root, dotted) for root in roots]

    def _own(self, importer: str) -> list[str]:
        """Where the imports of a file start; of the roots, those around it come first."""
        around = [root for root in self._configured if _lies_in(importer, root)]
        around.sort(key=len, reverse=True)
        declared = [
            folder
            for within, dotted, folder in self._declared
            if not dotted and _lies_in(importer, within)
        ]
        return [self.package_root(importer), *around, *self._configured, *declared, "", "src"]

    def _renamed(self, dotted: str, importer: str) -> Iterator[str]:
        """`package-dir = {"models" = "code/m"}`, the nearest first."""
        for _, name, folder in sorted(self._declared, key=lambda d: -_common(d[0], importer)):
            if name and f"{dotted}.".startswith(f"{name}."):
                yield f"{folder}{dotted[len(name) :].replace('.', '/')}"

    def _above(self, top: str, importer: str) -> Iterator[list[str]]:
        """The folders from a file up to the root: the script that runs may stand in any of them."""
        if top in STDLIB:
            return
        folder = importer.rpartition("/")[0]
        above = []
        while folder:
            above.append(folder)
            folder = folder.rpartition("/")[0]
        yield above

    def _elsewhere(self, top: str, importer: str) -> Iterator[list[str]]:
        """Folders anywhere that hold a top-level module of that name, the nearest first."""
        if top in STDLIB:
            return
        by_distance: dict[int, list[str]] = {}
        for root in sorted({*self._tops.get(top, ()), *self._scripts(top)}):
            by_distance.setdefault(-_common(root, importer), []).append(root)
        for distance in sorted(by_distance):
            yield by_distance[distance]

    @cached_property
    def _tops(self) -> dict[str, list[str]]:
        """Top-level package name → the directories that hold such a package, also a namespace."""
        tops: dict[str, list[str]] = {}
        for directory in self.directories:
            parent, _, top = directory.rpartition("/")
            if f"{parent}/{INIT}" not in self._paths:
                tops.setdefault(top, []).append(parent)
        return tops

    @cached_property
    def _listing(self) -> str:
        # Searching one text is a hundred times faster than looking at every path.
        return "\n".join(("", *self._paths, ""))

    @cached_property
    def _stems(self) -> frozenset[str]:
        return frozenset(_STEM.findall(self._listing))

    def _scripts(self, top: str) -> Iterator[str]:
        """The folders that are no packages and hold a file of that name."""
        if top not in self._stems:
            return
        listing, name = self._listing, f"/{top}.py\n"
        end = listing.find(name)
        while end >= 0:
            folder = listing[listing.rfind("\n", 0, end) + 1 : end]
            if not self.is_package(folder):
                yield folder
            end = listing.find(name, end + 1)

    def _file_at(self, stem: str) -> str | None:
        for candidate in (
            f"{stem}/{INIT}",
            f"{stem}.py",
            f"{stem}/__init__.pyi",
            f"{stem}.pyi",
        ):
            if candidate in self._paths:
                return self._real.get(candidate, candidate)
        return None


def _behind(links: Sequence[Link], paths: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Each path that goes through a link, with that of the file behind it."""
    ordered = sorted(paths) if links else []
    for link, place in links:
        if place in paths:
            yield link, place
        elif place is not None:
            start = f"{place}/" if place else ""
            inside = (path for path in ordered if path.startswith(start))
            yield from ((f"{link}/{path[len(start) :]}", path) for path in inside)


def _normal(root: str) -> str:
    return root.strip("/").removeprefix("./").replace(".", "", root == ".")


def _joined(root: str, dotted: str) -> str:
    relative = dotted.replace(".", "/")
    return f"{root}/{relative}" if root else relative


def _nearest(path: str, roots: Iterable[str]) -> str | None:
    """The longest of the folders that a path lies in."""
    return max((root for root in roots if _lies_in(path, root)), key=len, default=None)


def _lies_in(path: str, root: str) -> bool:
    return root == "" or path.startswith(f"{root}/")


def _sources_above(path: str) -> list[str]:
    """The directories called `src` above a path."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[: index + 1]) for index, part in enumerate(parts) if part == "src"]


def _common(one: str, other: str) -> int:
    """How many leading path components two paths share."""
    count = 0
    for mine, theirs in zip(one.split("/"), other.split("/"), strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def resolved(parts: Iterable[str]) -> str | None:
    """The folder with `..` taken out; None where it leads out of the repository."""
    kept: list[str] = []
    for part in parts:
        if part != "..":
            kept.append(part)
        elif kept:
            kept.pop()
        else:
            return None
    return "/".join(kept)


def folders(paths: Iterable[str]) -> frozenset[str]:
    """Every folder that holds a file, and those above it; not the top."""
    directories: set[str] = set()
    for folder in {path.rpartition("/")[0] for path in paths}:
        directory = folder
        while directory and directory not in directories:
            directories.add(directory)
            directory = directory.rpartition("/")[0]
    return frozenset(directories)
