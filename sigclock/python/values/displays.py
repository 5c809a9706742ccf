"""Dict displays as tables."""

from __future__ import annotations

import ast
from collections.abc import Callable

from sigclock.python.values.values import Constant, Origin, Table, Value

At = Callable[[ast.expr, Origin], Value]


def table_of(node: ast.Dict, origin: Origin, at: At) -> Table | None:
    """The entries of a display whose keys are strings; None for any other display."""
    items: dict[str, Value] = {}
    for key, item in zip(node.keys, node.values, strict=True):
        value = at(item, origin.deeper())
        if key is None and isinstance(value, Table):
            items.update(value.items)
            continue
        name = None if key is None else at(key, origin.deeper())
        if not isinstance(name, Constant) or not isinstance(name.value, str):
            return None
        items[name.value] = value
    return Table(items, node, origin.scope)
