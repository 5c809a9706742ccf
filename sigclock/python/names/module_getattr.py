"""Names that a module imports late, in its own `__getattr__` (PEP 562)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sigclock.python.names.bindings import Function, Import, walk_statements
from sigclock.python.names.modules import Module
from sigclock.python.names.unparse import last_name

#: How such a function imports a module by its name.
_IMPORTERS = frozenset({"import_module", "__import__"})


def source_of(module: Module, name: str) -> Import | None:
    """The import by which a module's `__getattr__` gets a name; None where it cannot be told.

    Either the function has the import, or a table of the module says which module has the name.
    """
    function = _getattr(module)
    if function is None:
        return None
    for statement in walk_statements(function.body):
        if isinstance(statement, ast.ImportFrom):
            for alias in statement.names:
                if (alias.asname or alias.name) == name:
                    return Import(statement.module or "", alias.name, statement.level)
    if not any(map(_is_import, ast.walk(function))):
        return None
    for dotted, attribute in (*_entries(module, name), *_modules(function)):
        plain = dotted.lstrip(".")
        return Import(plain, attribute or name, len(dotted) - len(plain))
    return None


def _getattr(module: Module) -> Function | None:
    bindings = module.bindings.by_name.get("__getattr__", ())
    targets = (binding.target for binding in bindings)
    return next((target for target in targets if isinstance(target, ast.FunctionDef)), None)


def _is_import(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) in _IMPORTERS


def _entries(module: Module, name: str) -> Iterator[tuple[str, str]]:
    """The import that a table gives for a name: `{"x": "module"}` or `{"x": ("module", "y")}`."""
    for bindings in module.bindings.by_name.values():
        for binding in bindings:
            if not isinstance(binding.target, ast.Dict):
                continue
            for key, value in zip(binding.target.keys, binding.target.values, strict=True):
                match key, value:
                    case ast.Constant(word), ast.Constant(str(dotted)) if word == name:
                        yield dotted, name
                    case (
                        ast.Constant(word),
                        ast.Tuple([ast.Constant(str(dotted)), ast.Constant(str(other))]),
                    ) if word == name:
                        yield dotted, other
                    case _:
                        continue


def _modules(function: Function) -> Iterator[tuple[str, str]]:
    """The one module that the function imports, whatever the name is."""
    for node in ast.walk(function):
        match node:
            case ast.Call(_, [ast.Constant(str(dotted)), *_]) if _is_import(node):
                yield dotted, ""
            case _:
                continue
