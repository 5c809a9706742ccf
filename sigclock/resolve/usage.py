"""Whether a constant serves cache versions only: every other read of it in the tree."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator

from sigclock.model.source import Location
from sigclock.resolve.modules import Module
from sigclock.resolve.names import Names, ValueSymbol
from sigclock.resolve.values import Use

Read = tuple[str, int, int]


def other_use(names: Names, use: Use, known: Collection[Read]) -> Location | None:
    """The first place in the tree that reads the constant of `use` and is not in `known`.

    `known` are the reads, as (path, line, column), that end in a cache version.
    """
    name = use.holder.rpartition(".")[2]
    pattern = re.compile(rb"\b" + re.escape(name.encode()) + rb"\b")
    for path in sorted(names.modules.paths):
        if not pattern.search(names.modules.read(path)):
            continue
        module = names.modules.module(path)
        if module is None:
            return Location(path, 1)
        for node in _reads(module, name):
            if (path, node.lineno, node.col_offset) not in known and _means(
                names, module, node, use
            ):
                return Location(path, node.lineno)
    return None


def _reads(module: Module, name: str) -> Iterator[ast.Name | ast.Attribute]:
    """Every load of the name, or of a name under which the module imports it."""
    aliases = {
        bound
        for bound, bindings in module.bindings.by_name.items()
        if any(getattr(binding.target, "attribute", None) == name for binding in bindings)
    }
    for node in ast.walk(module.source.tree):
        match node:
            case ast.Name(found, ast.Load()) if found == name or found in aliases:
                yield node
            case ast.Attribute(_, found, ast.Load()) if found == name:
                yield node
            case _:
                continue


def _means(names: Names, module: Module, node: ast.expr, use: Use) -> bool:
    """Whether the expression reads this very constant."""
    scope = names.module_scope(module)
    return any(
        isinstance(symbol, ValueSymbol)
        and symbol.scope.module.path == use.holder_path
        and symbol.scope.nested(symbol.name) == use.holder
        for symbol in names.alternatives(node, scope)
    )
