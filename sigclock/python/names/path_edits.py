"""Which folders of the tree a file puts on `sys.path`, as far as its source tells."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

import msgspec

from sigclock.python.names.bindings import Bindings, Import
from sigclock.python.names.import_roots import resolved
from sigclock.python.names.syntax import SourceFile, is_on
from sigclock.python.names.unparse import last_name

#: A file without any of these edits nothing.
_WORDS = (b"sys.path", b"addsitedir")
#: How many names and calls lead from an edit to `__file__`; real ones have a handful.
_DEPTH = 20
#: Functions that leave a path where it is, by their last word; so do methods of `Path`.
_SAME = frozenset(
    {
        *("Path", "PosixPath", "PurePath", "abspath", "absolute", "as_posix", "expanduser"),
        *("fspath", "normpath", "realpath", "resolve", "str"),
    }
)
#: Functions that give the folder in which Python was started.
_STARTED = frozenset({"cwd", "getcwd"})


class PathEdit(msgspec.Struct, frozen=True):
    """One folder, `first` if Python looks there before all others.

    `folders` are several where it is relative to the folder in which Python was started: the file's
    own and all above it.
    """

    folders: tuple[str, ...]
    first: bool


class _Place(msgspec.Struct, frozen=True):
    """A path by its parts; it starts at the repository's root if it is `anchored`."""

    parts: tuple[str, ...]
    anchored: bool

    def joined(self, other: _Place) -> _Place:
        return other if other.anchored else _Place((*self.parts, *other.parts), self.anchored)

    def above(self, levels: int = 1) -> _Place:
        return _Place((*self.parts, *[".."] * levels), self.anchored)


def path_edits(source: SourceFile, bindings: Bindings) -> tuple[PathEdit, ...]:
    """The edits of a file, in the order in which they stand."""
    if not any(word in source.data for word in _WORDS):
        return ()
    lines = source.lines_with_any(_WORDS)
    reader = _Reader(source.path, bindings)
    found = (
        PathEdit(folders, first)
        for node in _on_lines(source.tree, lines)
        for expression, first in _edits(node)
        if (folders := reader.folders(expression))
    )
    return tuple(found)


def _on_lines(tree: ast.Module, lines: Sequence[int]) -> Iterator[ast.AST]:
    """The nodes that reach over one of these lines."""
    work: list[ast.AST] = [*reversed(tree.body)]
    while work:
        node = work.pop()
        if is_on(lines, node):
            yield node
            work.extend(reversed(list(ast.iter_child_nodes(node))))


def _edits(node: ast.AST) -> Iterator[tuple[ast.expr, bool]]:
    """The paths that a statement or call adds, and whether in front of all others."""
    match node:
        case ast.Call(ast.Attribute(owner, "insert"), [_, path]) if _is_sys_path(owner):
            yield path, True
        case ast.Call(ast.Attribute(owner, "append"), [path]) if _is_sys_path(owner):
            yield path, False
        case ast.Call(ast.Attribute(owner, "extend"), [paths]) if _is_sys_path(owner):
            yield from ((path, False) for path in _items(paths))
        case ast.Call(ast.Attribute(_, "addsitedir") | ast.Name("addsitedir"), [path, *_]):
            yield path, False
        case ast.AugAssign(owner, ast.Add(), paths) if _is_sys_path(owner):
            yield from ((path, False) for path in _items(paths))
        case ast.Assign([owner], ast.BinOp(left, ast.Add(), right)) if _is_sys_path(owner):
            yield from ((path, True) for path in _items(left))
            yield from ((path, False) for path in _items(right))
        case ast.Assign([ast.Subscript(owner, ast.Slice())], paths) if _is_sys_path(owner):
            yield from ((path, True) for path in _items(paths))
        case _:
            return


def _is_sys_path(node: ast.expr) -> bool:
    match node:
        case ast.Attribute(ast.Name(name), "path"):
            return name.strip("_") == "sys"
        case _:
            return False


def _items(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, (ast.List, ast.Tuple)) else []


class _Reader:
    """Reads expressions that give paths in one file."""

    def __init__(self, path: str, bindings: Bindings) -> None:
        self._path = path
        self._bindings = bindings

    def folders(self, node: ast.expr) -> tuple[str, ...]:
        """The folders that an expression may give, relative to the repository; the first counts."""
        place = self._place(node, 0)
        if place is None:
            return ()
        above = [()] if place.anchored else list(_starts(self._path))
        found = (resolved((*start, *place.parts)) for start in above)
        return tuple(dict.fromkeys(folder for folder in found if folder is not None))

    def _place(self, node: ast.expr, depth: int) -> _Place | None:
        if depth > _DEPTH:
            return None
        match node:
            case ast.Name("__file__"):
                return _Place(tuple(self._path.split("/")), anchored=True)
            case ast.Name(name):
                value = self._value(name)
                return None if value is None else self._place(value, depth + 1)
            case ast.Constant(str(text)):
                return None if text.startswith(("/", "~")) else _Place(_parts(text), anchored=False)
            case ast.Attribute(_, "pardir"):
                return _Place(("..",), anchored=False)
            case ast.Attribute(_, "curdir"):
                return _Place((), anchored=False)
            case ast.Attribute(inner, "parent"):
                return self._above(inner, 1, depth)
            case ast.Subscript(ast.Attribute(inner, "parents"), ast.Constant(int(index))):
                return self._above(inner, index + 1, depth) if 0 <= index <= _DEPTH else None
            case ast.Subscript(ast.Call(ast.Attribute(_, "split"), [inner]), ast.Constant(0)):
                return self._above(inner, 1, depth)
            case ast.BinOp(left, ast.Div(), right):
                return self._joined([left, right], depth)
            case ast.BinOp(left, ast.Add(), ast.Constant(str(text))) if text.startswith("/"):
                return self._joined([left, ast.Constant(text.strip("/"))], depth)
            case ast.JoinedStr([ast.FormattedValue(inner), ast.Constant(str(text))]) if (
                text.startswith("/")
            ):
                return self._joined([inner, ast.Constant(text.strip("/"))], depth)
            case ast.Call():
                return self._call(node, depth)
            case _:
                return None

    def _call(self, node: ast.Call, depth: int) -> _Place | None:
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        name = last_name(node.func)
        match name, node.args:
            case _, [] if name in _STARTED:
                return _Place((), anchored=False)
            case _, [] if name in _SAME and owner is not None:
                return self._place(owner, depth + 1)
            case _, [path] if name in _SAME:
                return self._place(path, depth + 1)
            case "dirname", [path]:
                return self._above(path, 1, depth)
            case (("join" | "Path"), [_, *_]):
                return self._joined(node.args, depth)
            case "joinpath", [_, *_] if owner is not None:
                return self._joined([owner, *node.args], depth)
            case _:
                return None

    def _above(self, node: ast.expr, levels: int, depth: int) -> _Place | None:
        place = self._place(node, depth + 1)
        return place and place.above(levels)

    def _joined(self, nodes: list[ast.expr], depth: int) -> _Place | None:
        joined: _Place | None = None
        for node in nodes:
            place = self._place(node, depth + 1)
            if place is None:
                return None
            joined = place if joined is None else joined.joined(place)
        return joined

    def _value(self, name: str) -> ast.expr | None:
        """What the last binding of a name gives it."""
        for binding in reversed(self._bindings.by_name.get(name, ())):
            target = binding.target
            if isinstance(target, ast.expr) and not isinstance(target, Import):
                return target
        return None


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.replace("\\", "/").split("/") if part not in {"", "."})


def _starts(path: str) -> Iterator[tuple[str, ...]]:
    """The folders in which Python may have been started: a file's own, and those above it."""
    parts = tuple(path.split("/")[:-1])
    yield from (parts[:size] for size in range(len(parts), -1, -1))
