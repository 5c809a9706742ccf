"""A live function's signature by its source, and its locked state; nothing is imported."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from sigclock.errors import SigclockError
from sigclock.flyte.source_tree import RootTree, has_root
from sigclock.interface.hash_schemes import Signatures
from sigclock.interface.snapshot import DISABLED, Sdk, Task
from sigclock.lock import reader
from sigclock.lock.ledger import EMPTY
from sigclock.lock.lock import Account, Lock
from sigclock.project.projects import Overrides, Project, projects
from sigclock.python.names.modules import Module, Modules
from sigclock.python.names.names import Names
from sigclock.python.names.scopes import ClassSymbol, FunctionSymbol, Scope, ValueSymbol
from sigclock.python.types.classes import EXTERNAL_NAMES
from sigclock.python.types.definitions import Definitions
from sigclock.python.values.evaluator import Evaluator
from sigclock.tasks.declaration import Declaration
from sigclock.tasks.file_reader import Reader, declared
from sigclock.tasks.typed_interface import interface

#: Nodes that can contain a function statement.
_BLOCKS = (ast.stmt, ast.ExceptHandler, ast.match_case)


class Signed(msgspec.Struct, frozen=True):
    """A function's output signature and its locked state.

    `long` are all digits of the signature by the first scheme, which a policy's version rests on.
    `shared_decorator` names a decorator object that may serve several functions; else it is empty.
    `has_lock` tells whether a lock is at `lock_path`. `task` is the function as a task, with its
    own definitions.
    """

    where: str
    function: str
    signature: str
    long: str
    void: bool
    shared_decorator: str
    lock_path: str
    has_lock: bool
    locked: Task | None
    account: Account
    task: Task


def read(function: Callable[..., object]) -> Signed:
    """Find a function's source on disk and read its interface there."""
    place = _place(function)
    return _view(place[0]).signed(*place)


def read_as_imported(function: Callable[..., object], start: int) -> Signed | None:
    """The same, if the process, which began at `start` (in ns), imported what is on disk now.

    None if a source that this rests on changed since then, or if no root of a project is known.
    """
    place = _place(function)
    if not has_root(place[0]):
        return None
    view = _view(place[0])
    signed = view.signed(*place)
    if view.place.changed_since(start):
        # Perhaps only a source that another function rests on.
        view = View(RootTree.of(place[0]))
        signed = view.signed(*place)
    return None if view.place.changed_since(start) else signed


def _place(function: Callable[..., object]) -> tuple[Path, str, int]:
    """The file of a function, its qualified name there, and its first line."""
    plain = inspect.unwrap(function)
    code = getattr(plain, "__code__", None)
    file = Path(code.co_filename).resolve() if code else Path()
    if code is None or not file.is_file():
        name = getattr(plain, "__qualname__", repr(plain))
        raise SigclockError(
            f"{name} has no source file, so its signature cannot be read",
            advice="ship the .py files, or give the task an explicit cache version",
        )
    qualname = plain.__qualname__.replace(".<locals>", "")
    return file, qualname, code.co_firstlineno


class View:
    """A tree with its projects; it reads only the files that the requested functions reach."""

    def __init__(self, place: RootTree) -> None:
        self.place = place
        self._projects = projects(place, Overrides())
        self._modules: dict[str, Modules] = {}

    def signed(self, file: Path, qualname: str, line: int) -> Signed:
        """The function that starts, with its decorators, at a line of a file."""
        path = self.place.path_of(file)
        if not self.place.holds(file):
            raise SigclockError(
                f"{file} is no file of {self.place.root} that sigclock reads",
                advice="add it to the repository, or give the task an explicit cache version",
            )
        project = self._project(path)
        modules = self._modules_of(project)
        symbol = _function(Names(modules), modules, path, qualname, line)
        task = _declared(modules, project, symbol) or _bare(modules, symbol)
        lock = self._lock(project)
        name = _locked_name(lock, path, task.function)
        return Signed(
            where=f"{path}:{symbol.node.lineno}",
            function=task.function,
            signature=task.signature,
            long=Signatures(task.own_definitions).long(task.outputs, task.sdk),
            void=task.void,
            shared_decorator=_shared_decorator(Names(modules), symbol),
            lock_path=project.lock_path,
            has_lock=lock is not None,
            locked=lock.snapshot.tasks[name] if lock and name else None,
            account=lock.ledger.get(name, EMPTY) if lock and name else EMPTY,
            task=task,
        )

    def _project(self, path: str) -> Project:
        within = [p for p in self._projects if path.startswith(p.directory and f"{p.directory}/")]
        return max(within, key=lambda project: len(project.directory), default=self._projects[0])

    def _modules_of(self, project: Project) -> Modules:
        if project.directory not in self._modules:
            roots = project.options().layout
            self._modules[project.directory] = Modules(self.place, EXTERNAL_NAMES, roots)
        return self._modules[project.directory]

    def _lock(self, project: Project) -> Lock | None:
        try:
            return reader.loads(self.place.read(project.lock_path), project.lock_path)
        except KeyError:
            return None


_views: dict[Path, View] = {}


def _view(file: Path) -> View:
    """The view of the tree that has a file, new if a file that it read has changed."""
    for root, view in list(_views.items()):
        if root in file.parents and view.place.holds(file) and view.place.is_fresh():
            return view
    place = RootTree.of(file)
    _views[place.root] = View(place)
    return _views[place.root]


def _function(
    names: Names, modules: Modules, path: str, qualname: str, line: int
) -> FunctionSymbol:
    module = modules.module(path)
    functions = _functions(names, module) if module else ()
    matches = [function for name, function in functions if name == qualname]
    if not matches:
        raise SigclockError(
            f"{path}:{line}: {qualname} cannot be found in its file",
            advice="write it as a plain `def`, or give the task an explicit cache version",
        )
    return min(matches, key=lambda function_symbol: abs(_first_line(function_symbol) - line))


def _first_line(symbol: FunctionSymbol) -> int:
    decorators = [decorator.lineno for decorator in symbol.node.decorator_list]
    return min([symbol.node.lineno, *decorators])


def _functions(names: Names, module: Module) -> Iterator[tuple[str, FunctionSymbol]]:
    """Every function of a module by qualified name, with the scope around it."""
    top = names.module_scope(module)
    work: list[tuple[Scope, ast.AST]] = [(top, node) for node in module.source.tree.body]
    while work:
        scope, node = work.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield scope.nested(node.name), FunctionSymbol(scope, node)
            scope = names.function_scope(scope, node)
        elif isinstance(node, ast.ClassDef):
            scope = names.class_scope(ClassSymbol(scope, node))
        inside = (child for child in ast.iter_child_nodes(node) if isinstance(child, _BLOCKS))
        work.extend((scope, child) for child in inside)


def _declared(modules: Modules, project: Project, symbol: FunctionSymbol) -> Task | None:
    """The task as an SDK's reader gives it, with what its declaration says about outputs."""
    path = symbol.scope.module.path
    qualname = symbol.scope.nested(symbol.node.name)
    for candidate in declared(Reader(modules, project.options()).summary(path)):
        if candidate.task.function == qualname and candidate.rank[-1] == symbol.node.lineno:
            return candidate.task
    return None


def _bare(modules: Modules, symbol: FunctionSymbol) -> Task:
    """The function alone, for a declaration that cannot be followed."""
    definitions = Definitions(Evaluator(Names(modules)))
    declaration = Declaration(Sdk.FLYTE, DISABLED, function=symbol)
    typed_interface = interface(declaration, definitions, Names(modules))
    reached = definitions.reachable([field.type for field in typed_interface.outputs])
    return Task(
        own_definitions=dict(reached),
        sdk=Sdk.FLYTE,
        path=symbol.scope.module.path,
        function=symbol.scope.nested(symbol.node.name),
        cache=DISABLED,
        inputs=typed_interface.inputs,
        outputs=typed_interface.outputs,
        signature=Signatures(reached).of(typed_interface.outputs, Sdk.FLYTE),
    )


def _shared_decorator(names: Names, symbol: FunctionSymbol) -> str:
    """The name of a decorator that a call made once, so that several functions may share it."""
    for decorator in symbol.node.decorator_list:
        target = names.of(decorator, symbol.scope)
        if isinstance(target, ValueSymbol) and isinstance(target.node, ast.Call):
            maker = ast.unparse(target.node.func).rpartition(".")[2]
            if maker != "partial":
                return ast.unparse(decorator)
    return ""


def _locked_name(lock: Lock | None, path: str, function: str) -> str | None:
    tasks = lock.snapshot.tasks if lock else {}
    same = (name for name, task in tasks.items() if (task.path, task.function) == (path, function))
    return next(same, None)
