"""Which tasks and workflows recompute when a task does: values followed through workflow bodies.

In the body of a workflow, a dynamic task or a Flyte 2 task, the values from which an argument is
computed flow into the task that is called. Only names are followed; nothing is run.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

import msgspec

from sigclock.interface.snapshot import Extraction
from sigclock.python.names.bindings import Function, walk_statements
from sigclock.python.names.canonical import canonical
from sigclock.python.names.modules import Modules
from sigclock.python.names.names import Names
from sigclock.python.names.scopes import External, FunctionSymbol, Scope
from sigclock.python.types.classes import EXTERNAL_NAMES
from sigclock.python.values.byte_search import mentioning
from sigclock.python.values.constant_uses import last
from sigclock.source import SourceTree
from sigclock.tasks.extract import Options
from sigclock.verdict.finding import TaskReport

#: A function by file and qualified name.
Key = tuple[str, str]
#: The inputs or the outputs of a task or workflow.
_Port = tuple[Key, bool]
_IN, _OUT = False, True
_Sources = frozenset[_Port]

_WORKFLOW = "flytekit.workflow"
#: Loops carry values from one round to the next.
_ROUNDS = 2


class Radius(msgspec.Struct, frozen=True):
    """The tasks that get other inputs when one recomputes, and the workflows that run them."""

    tasks: tuple[str, ...]
    workflows: tuple[str, ...]

    @property
    def size(self) -> int:
        return len(self.tasks) + len(self.workflows)


class CallGraph:
    """Starts at a task and reads, file by file, the code that mentions what it has found."""

    def __init__(self, tree: SourceTree, options: Options, extraction: Extraction) -> None:
        self._modules = Modules(tree, EXTERNAL_NAMES, options.layout)
        self._names = Names(self._modules)
        tasks = extraction.snapshot.tasks
        self._tasks: dict[Key, str] = {(t.path, t.function): name for name, t in tasks.items()}
        self._keys = {name: key for key, name in self._tasks.items()}
        self._cached = {key for key, name in self._tasks.items() if tasks[name].cached}
        self._workflows: dict[Key, str] = {}
        self._flows: dict[_Port, set[_Port]] = defaultdict(set)
        self._runs: dict[Key, set[Key]] = defaultdict(set)
        self._read: set[str] = set()
        self._looked_for: set[str] = set()

    def radii(self, names: Iterable[str]) -> dict[str, Radius]:
        """What is downstream of each of these tasks; all files are searched for all at once."""
        known = {name: self._keys.get(name) for name in names}
        self._grow(key[1] for key in known.values() if key is not None)
        return {
            name: Radius((), ()) if key is None else self._radius(name, key)
            for name, key in known.items()
        }

    def _radius(self, name: str, key: Key) -> Radius:
        reached = self._reached((key, _OUT))
        tasks = {self._tasks[function] for function, _ in reached if function in self._tasks} - {
            name
        }
        running = self._running({key, *(function for function, _ in reached)})
        return Radius(
            tuple(sorted(tasks)), tuple(sorted(self._workflows[function] for function in running))
        )

    def callers(self, name: str) -> tuple[str, ...]:
        """The tasks and workflows in whose body a task is called, sorted."""
        key = self._keys.get(name)
        if key is None:
            return ()
        self._grow([key[1]])
        bodies = [body for body, called in self._runs.items() if key in called]
        named = {**self._tasks, **self._workflows}
        return tuple(sorted(named[body] for body in bodies if body in named))

    def _reached(self, start: _Port) -> set[_Port]:
        reached: set[_Port] = set()
        queue = [start]
        while queue:
            for port in self._flows[queue.pop()]:
                if port not in reached:
                    reached.add(port)
                    queue.append(port)
        return reached

    def _running(self, keys: set[Key]) -> set[Key]:
        """The workflows that call any of the functions, directly or through others."""
        workflows = keys & self._workflows.keys()
        known = set(keys)
        while True:
            more = {body for body, called in self._runs.items() if called & known}
            more -= known | self._cached
            if not more:
                return workflows
            known |= more
            workflows |= more & self._workflows.keys()

    # -- reading -----------------------------------------------------------------------------

    def _grow(self, functions: Iterable[str]) -> None:
        """Read every file that mentions a function, or a function that calls it, and so on."""
        wanted = {last(function) for function in functions}
        while wanted - self._looked_for:
            mentions = mentioning(wanted - self._looked_for)
            self._looked_for |= wanted
            for path in sorted(self._modules.paths - self._read):
                if mentions(self._modules.read(path)):
                    self._read.add(path)
                    wanted |= {last(key[1]) for key in self._bodies(path)}

    def _bodies(self, path: str) -> Iterator[Key]:
        """Read the workflows and tasks of a file; give those that call others."""
        module = self._modules.module(path)
        if module is None:
            return
        scope = self._names.module_scope(module)
        for node in walk_statements(module.source.tree.body):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            key = (path, scope.nested(node.name))
            if self._is_workflow(node, scope):
                self._workflows[key] = f"{module.name}.{node.name}"
            elif key not in self._tasks:
                continue
            _Body(self, self._names, key, node, self._names.function_scope(scope, node)).follow()
            if key in self._runs:
                yield key

    def _is_workflow(self, node: Function, scope: Scope) -> bool:
        for decorator in node.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            symbol = self._names.of(called, scope, node.lineno)
            if isinstance(symbol, External) and canonical(symbol.dotted) == _WORKFLOW:
                return True
        return False

    # -- from bodies ---------------------------------------------------------------------------

    def called(self, node: ast.expr, scope: Scope) -> Key | None:
        """The task or workflow that an expression names; of `map_task(t)` and the like, `t`."""
        if isinstance(node, ast.Call):
            keys = (self.called(argument, scope) for argument in node.args)
            return next(filter(None, keys), None)
        if not isinstance(node, (ast.Name, ast.Attribute)):
            return None
        symbol = self._names.of(node, scope)
        if not isinstance(symbol, FunctionSymbol):
            return None
        key = (symbol.scope.module.path, symbol.scope.nested(symbol.node.name))
        known = key in self._tasks or self._is_workflow(symbol.node, symbol.scope)
        return key if known else None

    def is_cached(self, key: Key) -> bool:
        """Whether a body does not run again when something that it calls would recompute."""
        return key in self._cached

    def flow(self, sources: _Sources, target: _Port) -> None:
        for source in sources:
            self._flows[source].add(target)

    def call(self, body: Key, called: Key) -> None:
        self._runs[body].add(called)
        if called in self._tasks:
            self._flows[called, _IN].add((called, _OUT))


class _Body:
    """A function body, statement by statement: from which values each variable is computed."""

    def __init__(
        self, graph: CallGraph, names: Names, key: Key, node: Function, scope: Scope
    ) -> None:
        self._graph = graph
        self._names = names
        self._key = key
        self._node = node
        self._scope = scope
        arguments = node.args
        everything = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        self._variables: dict[str, _Sources] = {
            argument.arg: frozenset({(key, _IN)}) for argument in everything
        }

    def follow(self) -> None:
        for _ in range(_ROUNDS):
            for statement in walk_statements(self._node.body):
                # Generated code may nest deeper than Python can recurse; then it is skipped.
                with suppress(RecursionError):
                    self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Assign(targets, value):
                self._bind(targets, self._sources(value))
            case ast.AnnAssign(target, _, ast.expr() as value) | ast.AugAssign(target, _, value):
                self._bind([target], self._sources(value))
            case ast.For(target, iterated) | ast.AsyncFor(target, iterated):
                self._bind([target], self._sources(iterated))
            case ast.Return(ast.expr() as value):
                sources = self._sources(value)
                if not self._graph.is_cached(self._key):
                    self._graph.flow(sources, (self._key, _OUT))
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self._sources(child)

    def _bind(self, targets: Iterable[ast.expr], sources: _Sources) -> None:
        for target in targets:
            for node in ast.walk(target):
                if isinstance(node, ast.Name):
                    self._variables[node.id] = self._variables.get(node.id, frozenset()) | sources

    def _sources(self, node: ast.expr) -> _Sources:
        """The ports from which a value is computed: a called task's output, else its parts'.

        A call of anything else passes on what its arguments are computed from.
        """
        match node:
            case ast.Name(name):
                return self._variables.get(name, frozenset())
            case ast.Call(function):
                arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
                sources = _joined(self._sources(argument) for argument in arguments)
                called = self._graph.called(function, self._scope)
                if called is None:
                    return sources | self._sources(function)
                self._graph.call(self._key, called)
                self._graph.flow(sources, (called, _IN))
                return frozenset({(called, _OUT)})
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                for loop in node.generators:
                    self._bind([loop.target], self._sources(loop.iter))
                return _joined(map(self._sources, _parts(node)))
            case _:
                return _joined(map(self._sources, _parts(node)))


def _parts(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions directly inside a node, also those of a comprehension."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield child
        elif isinstance(child, (ast.comprehension, ast.keyword)):
            yield from _parts(child)


def _joined(sources: Iterable[_Sources]) -> _Sources:
    return frozenset[_Port]().union(*sources)


def with_radius(
    reports: Mapping[str, TaskReport], tree: SourceTree, options: Options, extraction: Extraction
) -> dict[str, TaskReport]:
    """The reports with, for each changed cached task, how much recomputes with it."""
    due = [
        name
        for name, report in reports.items()
        if report.cached
        and report.status != "removed"
        and (report.outputs_changed or report.next_version)
    ]
    if not due:
        return dict(reports)
    graph = CallGraph(tree, options, extraction)
    sizes = {name: radius.size for name, radius in graph.radii(due).items()}
    return {
        name: msgspec.structs.replace(report, downstream=sizes[name]) if name in sizes else report
        for name, report in reports.items()
    }
