"""What packaging metadata says of where modules stand: `package-dir`, `where`, `from` and the like.

Nothing here fails: what cannot be read declares nothing, and the names are searched all the same.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

import msgspec

from sigclock.python.names.import_roots import Declared, resolved
from sigclock.python.names.unparse import last_name
from sigclock.python.values.constant_uses import Published
from sigclock.source import Location, SourceTree

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILES = ("pyproject.toml", "setup.cfg", "setup.py")
#: A file without any of these, and without a word on sources, declares no folder.
_WORDS = (b"package", b"source", b"module-root", b"where", b"version")
#: `version = attr: pkg.VERSION`
_ATTR = re.compile(r"^version\s*=\s*attr:\s*([\w.]+)", re.MULTILINE)
#: In bytes; nobody wrote a longer one.
_LONGEST = 1024 * 1024

#: A dotted name, "" for a root, and the folder that has it.
_Named = tuple[str, str]


class Said(msgspec.Struct, frozen=True):
    """What the metadata of a repository says, with paths relative to it."""

    declared: tuple[Declared, ...] = ()
    published: tuple[Published, ...] = ()


def read(tree: SourceTree, paths: Iterable[str]) -> Said:
    """What the metadata files among these paths say."""
    declared: dict[Declared, None] = {}
    published: list[Published] = []
    for path in sorted(paths):
        data = tree.read(path)
        if len(data) > _LONGEST or not any(word in data for word in _WORDS):
            continue
        directory, _, name = path.rpartition("/")
        folders, constants = _of_file(name, data)
        for dotted, folder in folders:
            place = _resolved(directory, folder)
            if place is not None and (dotted, place) != ("", ""):
                declared[directory, dotted, place] = None
        for constant in constants:
            location = Location(path, _line_of(data, constant.text))
            modules = (constant.module, _resolved(directory, constant.module) or "")
            published.append(Published(location, (*filter(None, modules),), constant.name))
    return Said(tuple(declared), tuple(published))


class _Constant(msgspec.Struct, frozen=True):
    """A constant by its module, as a path without its ending; `text` says so in the file."""

    text: str
    module: str
    name: str | None


def _of_file(name: str, data: bytes) -> tuple[list[_Named], list[_Constant]]:
    try:
        text = data.decode()
        match name:
            case "pyproject.toml":
                document = tomllib.loads(text)
                return list(_of_pyproject(document)), list(_versions(document))
            case "setup.cfg":
                version = _ATTR.search(text)
                return list(_of_setup_cfg(text)), list(_attribute(version and version[1]))
            case _:
                return list(_of_setup_py(ast.parse(text))), []
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return [], []


def _versions(document: object) -> Iterator[_Constant]:
    """The constants that are the version of the package."""
    tool = _table(document, "tool")
    dynamic = _table(_table(_table(tool, "setuptools"), "dynamic"), "version")
    yield from _attribute(dynamic.get("attr"))
    for table in (_table(_table(tool, "hatch"), "version"), _table(_table(tool, "pdm"), "version")):
        # The name is whatever its pattern finds in the file.
        for key in ("path", "write_to"):
            if isinstance(path := table.get(key), str):
                stem = path.rpartition(".")[0].removesuffix("/__init__").strip("/")
                yield _Constant(path, stem, None)


def _attribute(value: object) -> Iterator[_Constant]:
    """`pkg.about.VERSION`."""
    if isinstance(value, str) and "." in value:
        module, _, name = value.strip().rpartition(".")
        yield _Constant(value, module.replace(".", "/"), name)


def _line_of(data: bytes, text: str) -> int:
    """The line on which a text stands first."""
    return data[: max(data.find(text.encode()), 0)].count(b"\n") + 1


def _of_pyproject(document: object) -> Iterator[_Named]:
    tool = _table(document, "tool")
    setuptools = _table(tool, "setuptools")
    yield from _renamed(setuptools.get("package-dir"))
    yield from _roots(_table(_table(setuptools, "packages"), "find").get("where"))
    for entry in _entries(_table(tool, "poetry").get("packages")):
        yield from _of_poetry(entry)
    hatch = _table(_table(tool, "hatch"), "build")
    for table in (hatch, _table(_table(hatch, "targets"), "wheel")):
        yield from _parents(table.get("packages"))
        yield from _of_sources(table.get("sources"))
    yield from _roots(_table(tool, "pdm").get("package-dir"))
    yield from _roots(_table(_table(tool, "pdm"), "build").get("package-dir"))
    yield from _roots(_table(_table(tool, "uv"), "build-backend").get("module-root"))
    yield from _roots(_table(tool, "maturin").get("python-source"))
    yield from _parents(_table(_table(tool, "scikit-build"), "wheel").get("packages"))


def _of_poetry(entry: Mapping[str, object]) -> Iterator[_Named]:
    """`{include = "models", from = "lib", to = "acme"}`."""
    match entry.get("include"), entry.get("from", ""), entry.get("to"):
        case str(include), str(folder), str(to) if "*" not in include:
            yield f"{to}/{include}".strip("/").replace("/", "."), f"{folder}/{include}"
        case str(), str(folder), _:
            yield "", folder
        case _:
            return


def _of_sources(value: object) -> Iterator[_Named]:
    """Hatch's `sources = ["src"]`, or `{"code/m" = "models"}`."""
    yield from _roots(value)
    for folder, name in value.items() if isinstance(value, dict) else ():
        if isinstance(name, str):
            yield name.strip("/").replace("/", "."), str(folder)


def _of_setup_cfg(text: str) -> Iterator[_Named]:
    import configparser  # noqa: PLC0415 - most projects have no such file

    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return
    lines = parser.get("options", "package_dir", fallback="").replace(",", "\n").splitlines()
    pairs = (line.partition("=") for line in lines if "=" in line)
    yield from _renamed({name.strip(): folder.strip() for name, _, folder in pairs})
    for kind in ("find", "find_namespace"):
        where = parser.get(f"options.packages.{kind}", "where", fallback="")
        yield from _roots([line.strip() for line in where.replace(",", "\n").splitlines()])


def _of_setup_py(module: ast.Module) -> Iterator[_Named]:
    """`setup(package_dir={"": "src"}, packages=find_packages("src"))`, where that is literal."""
    for node in ast.walk(module):
        match node:
            case ast.keyword("package_dir", value):
                yield from _renamed(ast.literal_eval(value) if _is_literal(value) else None)
            case ast.Call(func, args, keywords) if _is_find(func):
                where = [*args[:1], *(k.value for k in keywords if k.arg == "where")]
                texts = (part.value for part in where if isinstance(part, ast.Constant))
                yield from _roots([text for text in texts if isinstance(text, str)])
            case _:
                continue


def _is_find(func: ast.expr) -> bool:
    return last_name(func) in {"find_packages", "find_namespace_packages"}


def _is_literal(node: ast.expr) -> bool:
    parts = [*node.keys, *node.values] if isinstance(node, ast.Dict) else [None]
    return all(isinstance(part, ast.Constant) for part in parts)


def _renamed(value: object) -> Iterator[_Named]:
    """`{"" = "src", "models" = "code/m"}`."""
    for name, folder in value.items() if isinstance(value, dict) else ():
        if isinstance(name, str) and isinstance(folder, str):
            yield name, folder


def _roots(value: object) -> Iterator[_Named]:
    for folder in [value] if isinstance(value, str) else value if isinstance(value, list) else ():
        if isinstance(folder, str) and folder:
            yield "", folder


def _parents(value: object) -> Iterator[_Named]:
    """`packages = ["src/acme"]`: the folder above a package is the root."""
    for folder in value if isinstance(value, list) else ():
        if isinstance(folder, str) and "/" in folder.strip("/"):
            yield "", folder.strip("/").rpartition("/")[0]


def _table(value: object, key: str) -> Mapping[str, object]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _entries(value: object) -> Iterator[Mapping[str, object]]:
    return (
        (entry for entry in value if isinstance(entry, dict))
        if isinstance(value, list)
        else iter(())
    )


def _resolved(directory: str, folder: str) -> str | None:
    """The folder from the repository's root; None where it is outside."""
    parts = PurePosixPath(directory, folder.replace("\\", "/")).parts
    return None if "/" in parts else resolved(parts)
