"""The nodes below a node of a syntax tree, but for operators and contexts, which hold no code."""

from __future__ import annotations

import ast

#: Fields that hold text, or nodes without anything below them.
_MARKS = frozenset({"attr", "ctx", "id", "kind", "op", "ops", "type_comment"})
#: The other fields of each kind of node, once it was met.
_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {ast.Constant: ()}


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes directly below a node, in the order of `ast.iter_child_nodes`."""
    below: list[ast.AST] = []
    kind = type(node)
    fields = _FIELDS.get(kind)
    if fields is None:
        fields = _FIELDS[kind] = tuple(field for field in kind._fields if field not in _MARKS)
    for field in fields:
        value = getattr(node, field, None)
        if isinstance(value, ast.AST):
            below.append(value)
        elif isinstance(value, list):
            below += [part for part in value if isinstance(part, ast.AST)]
    return below


def descendants(node: ast.AST) -> list[ast.AST]:
    """A node and everything below it, in the order of `ast.walk`."""
    found = [node]
    for part in found:
        # The list grows while it is read.
        found += children(part)
    return found
