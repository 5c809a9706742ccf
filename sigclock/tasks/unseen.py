"""Tasks that are locked and not found, whose functions stand under what cannot be followed."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from sigclock.interface.snapshot import Task
from sigclock.interface.unrecognized import Unrecognized
from sigclock.python.names.bindings import Function
from sigclock.python.names.modules import Modules
from sigclock.python.names.names import Names
from sigclock.python.names.scopes import FunctionSymbol, Scope
from sigclock.python.names.unparse import line_of
from sigclock.python.types.classes import EXTERNAL_NAMES
from sigclock.python.values.evaluator import Evaluator
from sigclock.python.values.values import Called, Code, Known, Partial, Value, options_of
from sigclock.source import SourceTree
from sigclock.tasks.file_reader import EFFORT, Options
from sigclock.tasks.foreign import Patterns, is_foreign
from sigclock.tasks.sdks import HOMES


def unseen(tree: SourceTree, options: Options, lost: Mapping[str, Task]) -> dict[str, Unrecognized]:
    """Of the `lost` tasks, by name, those of which nobody can say that they are gone.

    A function that is no longer there, or has no decorator, or one that is known to make no task,
    is a task no more.
    """
    if not lost:
        # So it is at nearly every run, and a tree may have very many paths.
        return {}
    paths = frozenset(path for path in tree.paths() if path.endswith((".py", ".pyi")))
    present = {name: task for name, task in lost.items() if task.path in paths}
    if not present:
        return {}
    modules = Modules(tree, EXTERNAL_NAMES, options.layout, paths)
    names = Names(modules)
    names.left = EFFORT
    search = _Search(names, Patterns(options.not_tasks))
    found = {name: search.site(task) for name, task in sorted(present.items())}
    return {name: site for name, site in found.items() if site is not None}


class _Search:
    """Looks at the decorators of one function after the other."""

    def __init__(self, names: Names, not_tasks: Patterns) -> None:
        self._names = names
        self._evaluator = Evaluator(names, HOMES)
        self._not_tasks = not_tasks

    def site(self, task: Task) -> Unrecognized | None:
        """The outermost decorator of the task's function that may make a task of it."""
        for scope, node in self._functions(task):
            for decorator in node.decorator_list:
                maker = self._maker(decorator, scope, node)
                if maker is not None:
                    lines = (node.decorator_list[0].lineno, node.body[0].lineno - 1)
                    return Unrecognized(
                        maker,
                        line_of(decorator),
                        scope.module.location(decorator),
                        lines,
                        task.function,
                        outside=True,
                    )
        return None

    def _functions(self, task: Task) -> Iterator[tuple[Scope, Function]]:
        """The functions of its file that have the name of the task's own."""
        module = self._names.modules.module(task.path)
        if module is None:
            return
        wanted = task.function.rpartition(".")[2]
        scope = self._names.module_scope(module)
        for node in ast.walk(module.source.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == wanted:
                yield scope, node

    def _maker(self, decorator: ast.expr, scope: Scope, node: Function) -> str | None:
        """The name of what may make a task; None of what is known to make none."""
        value = self._evaluator.value(decorator, scope, None, decorator.lineno)
        function = Code(FunctionSymbol(scope, node))
        applied = self._evaluator.apply(Called(value, (function,), {}, scope.module.path))
        for option in options_of(applied):
            dotted = _root(option)
            if isinstance(option, Code | Known):
                continue
            if dotted is None:
                return line_of(decorator)
            families = self._names.modules.external.packages
            known = is_foreign(dotted, families) or dotted.startswith(HOMES)
            if not known and dotted not in self._not_tasks:
                return dotted
        return None


def _root(value: Value) -> str | None:
    """The outside name that is called in the end; None where something else is."""
    while isinstance(value, (Called, Partial)):
        value = value.callee
    return value.dotted if isinstance(value, Known) else None
