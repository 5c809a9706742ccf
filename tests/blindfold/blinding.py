"""Trees in which one expression is a call that nobody can follow."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

Tree = Mapping[str, str]

MODULE = "zz_outside"
CALL = f"{MODULE}.blind()"


class Place(NamedTuple):
    """Where an expression stands in a tree."""

    path: str
    start: tuple[int, int]
    end: tuple[int, int]

    @classmethod
    def of(cls, path: str, node: ast.expr) -> Place:
        return cls(path, *_span(node))

    def holds(self, node: ast.expr) -> bool:
        """Whether an expression of that file is the one."""
        return (self.start, self.end) == _span(node)


class Blinded(NamedTuple):
    """A tree without one of its expressions; `key` is the same for its like in another tree."""

    id: str
    tree: dict[str, str]
    key: tuple[str, str, str, int]
    replaced: Place


def _span(node: ast.expr) -> tuple[tuple[int, int], tuple[int, int]]:
    return (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)


def blinded(tree: Tree) -> Iterator[Blinded]:
    """The tree once for each expression in it, in the order in which they stand."""
    for path in sorted(tree):
        if path.endswith(".py"):
            yield from _in_file(tree, path)


def _in_file(tree: Tree, path: str) -> Iterator[Blinded]:
    source = tree[path]
    try:
        parsed = ast.parse(source)
    except SyntaxError:
        return
    data = source.encode()
    starts = [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    count: Counter[tuple[str, str]] = Counter()
    for node, role in expressions(parsed):
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
        text = data[start:end].decode()
        changed = (data[:start] + CALL.encode() + data[end:]).decode()
        try:
            ast.parse(changed)
        except SyntaxError:
            continue
        count[text, role] += 1
        name = f"{path}:{node.lineno}:{node.col_offset} {role} {' '.join(text.split())[:60]}"
        key = (path, text, role, count[text, role])
        yield Blinded(name, {**tree, path: _importing(changed)}, key, Place.of(path, node))


def expressions(parsed: ast.Module) -> Iterator[tuple[ast.expr, str]]:
    """Every expression whose place a call can take, with the field in which it stands."""
    work: list[ast.AST] = [parsed]
    while work:
        node = work.pop()
        if isinstance(node, ast.JoinedStr):
            continue
        found: list[ast.AST] = []
        for field, value in ast.iter_fields(node):
            for child in value if isinstance(value, list) else [value]:
                if not isinstance(child, ast.AST):
                    continue
                found.append(child)
                if isinstance(child, ast.expr) and not _is_bound(child) and not _is_doc(node):
                    yield child, f"{type(node).__name__}.{field}"
        work.extend(reversed(found))


def _is_bound(node: ast.expr) -> bool:
    stored = isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del))
    return stored or isinstance(node, (ast.Starred, ast.Slice))


def _is_doc(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _importing(source: str) -> str:
    """The module with the import of what is called, and all its lines where they were."""
    parsed = ast.parse(source)
    lines = source.split("\n")
    first = parsed.body[0]
    before = 0
    for statement in parsed.body:
        late = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        if late or (statement is first and _is_doc(statement)):
            before = statement.end_lineno or 0
    if before:
        lines[before - 1] += f"; import {MODULE}"
    else:
        lines[0] = f"import {MODULE}; {lines[0]}" if _is_simple(first) else lines[0]
        if not _is_simple(first):
            lines.insert(0, f"import {MODULE}")
    return "\n".join(lines)


def _is_simple(statement: ast.stmt) -> bool:
    return statement.lineno == 1 and not hasattr(statement, "body")
