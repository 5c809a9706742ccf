"""Which statements of a file declare tasks: decorators and calls are shown to the dialects."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

import msgspec

from sigclock.declarations import Declaration
from sigclock.dialects import DIALECTS, HOMES
from sigclock.factories import Factories
from sigclock.model.snapshot import CacheKind
from sigclock.namesakes import Rank
from sigclock.resolve.bindings import Branch, Function
from sigclock.resolve.evaluator import Evaluator
from sigclock.resolve.leads import Leads
from sigclock.resolve.modules import Module
from sigclock.resolve.source import is_on
from sigclock.resolve.symbols import (
    ClassSymbol,
    FunctionSymbol,
    Scope,
)
from sigclock.resolve.values import Called, Code, Known, Member, Partial, Value

#: Calls inside an expression are looked at if they are called like this, or given `metadata`.
_TASK_LIKE = re.compile(r"task|query|dbt|sensor|orchestrator", re.IGNORECASE)
_TASK_LIKE_TEXT = re.compile(_TASK_LIKE.pattern.encode() + rb"|metadata|override", re.IGNORECASE)

#: Versions that a variant can hold against its signature; policies look after themselves.
_PINNED = (CacheKind.PINNED, CacheKind.COMPUTED)
#: Functions of an SDK that make tasks have such names, and all its classes may.
_MAKER = re.compile(r"task|dynamic|eager|orchestrator|create")


class Found(msgspec.Struct, frozen=True, eq=False):
    """A declaration with the module, scope and branch in which it stands.

    A `variant` is a task that is declared elsewhere, used under another cache setting.
    """

    declaration: Declaration
    module: Module
    scope: Scope
    branches: tuple[Branch, ...]
    lines: tuple[int, int]
    line: int
    variant: bool = False

    @property
    def rank(self) -> Rank:
        return (self.scope.kind != "function" and not self.variant, self.module.path, self.line)

    @property
    def owner(self) -> str:
        return self.scope.qualname or "module"


class Discovery:
    """Finds the declarations of one module at a time; `decorators` are a team's own."""

    def __init__(self, evaluator: Evaluator, decorators: frozenset[str]) -> None:
        self._evaluator = evaluator
        self._names = evaluator.names
        self._decorators = decorators
        self._lines: dict[str, Sequence[int]] = {}
        self._leads = Leads(self._names, self._may_make)
        self._factories = Factories(evaluator, self._leads, decorators)

    def declared(self, path: str) -> Iterator[Found]:
        """Every task that a file declares, in the order of its statements."""
        module = self._names.modules.module(path)
        if module is None:
            return
        yield from self._in_scope(self._names.module_scope(module), module.source.tree.body, ())

    def factories(self, module: Module) -> Iterator[str]:
        """The names under which a file offers something that makes tasks."""
        return self._factories.of(module)

    def _may_make(self, dotted: str) -> bool:
        """Whether an outside name may make tasks: most calls and decorators come to none such."""
        if not dotted.startswith(HOMES):
            return dotted in self._decorators
        last = dotted.rpartition(".")[2]
        return last[:1].isupper() or _MAKER.search(last) is not None

    # -- statements ----------------------------------------------------------------------------

    def _in_scope(
        self, scope: Scope, body: Sequence[ast.stmt], branches: tuple[Branch, ...]
    ) -> Iterator[Found]:
        """Every declaration below a list of statements; nested scopes are entered."""
        for node, inside in _with_branches(body, branches):
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    yield from self._decorated(scope, node, inside)
                    local = self._names.function_scope(scope, node)
                    yield from self._in_scope(local, node.body, ())
                case ast.ClassDef():
                    inner = self._names.class_scope(ClassSymbol(scope, node))
                    yield from self._in_scope(inner, node.body, inside)
                case _:
                    for call in _calls(node, self._task_like_lines(scope.module)):
                        yield from self._called(scope, call, node, inside)

    def _task_like_lines(self, module: Module) -> Sequence[int]:
        if module.path not in self._lines:
            self._lines[module.path] = module.source.lines_with(_TASK_LIKE_TEXT)
        return self._lines[module.path]

    def _decorated(
        self, scope: Scope, node: Function, branches: tuple[Branch, ...]
    ) -> Iterator[Found]:
        """The task that the decorators of a function make of it, from the innermost on."""
        decorators = node.decorator_list
        if not any(self._leads.lead(one, scope, one.lineno) for one in decorators):
            return
        function = Code(FunctionSymbol(scope, node))
        for decorator in reversed(decorators):
            value = self._evaluator.value(decorator, scope, None, decorator.lineno)
            if _is_template(value):
                return
            declaration = self._declaration(Called(value, (function,), {}, scope.module.path))
            if declaration is not None and declaration.function is function.symbol:
                lines = (decorators[0].lineno, max(node.lineno, node.body[0].lineno - 1))
                yield Found(declaration, scope.module, scope, branches, lines, node.lineno)
                return

    def _called(
        self, scope: Scope, call: ast.Call, node: ast.stmt, branches: tuple[Branch, ...]
    ) -> Iterator[Found]:
        # `plain = task(plain)` reads the name before it binds it.
        before = node.lineno - 1
        if not _has_metadata(call) and not self._leads.lead(call, scope, before):
            return
        if not self._may_declare(self._evaluator.value(call.func, scope, None, before)):
            return
        value = self._evaluator.value(call, scope, None, before)
        declaration = self._declaration(value) if isinstance(value, Called) else None
        found = declaration or self._varied(value)
        if found is not None:
            lines = (node.lineno, call.end_lineno or node.lineno)
            variant = declaration is None
            yield Found(found, scope.module, scope, branches, lines, node.lineno, variant)

    def _varied(self, value: Value) -> Declaration | None:
        """`t.override(cache=Cache("auto", "2"))`: the task under another version."""
        match value:
            case Called(Member(Code(FunctionSymbol() as symbol), "override"), _, keywords):
                call = self._task_call(symbol)
                if call is None or "cache" not in keywords:
                    return None
                changed = {**call.keywords, "cache": keywords["cache"]}
                declaration = self._declaration(msgspec.structs.replace(call, keywords=changed))
            case _:
                return None
        if declaration is None or declaration.setting.kind not in _PINNED:
            return None
        return declaration

    def _task_call(self, symbol: FunctionSymbol) -> Called | None:
        """The call by which the decorators of a function make a task of it."""
        for decorator in reversed(symbol.node.decorator_list):
            value = self._evaluator.value(decorator, symbol.scope, None, decorator.lineno)
            call = Called(value, (Code(symbol),), {}, symbol.scope.module.path)
            applied = self._evaluator.apply(call)
            if isinstance(applied, Called) and self._declaration(call) is not None:
                return applied
        return None

    def _may_declare(self, callee: Value) -> bool:
        """Whether a call of this is worth evaluating: most are of other libraries and methods."""
        match callee:
            case Code() | Partial() | Called():
                return True
            case Known(dotted) if dotted.startswith(HOMES):
                return True
            case Member(Code(), "override"):
                return True
            case _:
                return self._factories.makes_tasks(callee)

    def _declaration(self, call: Called) -> Declaration | None:
        applied = self._evaluator.apply(call)
        if not isinstance(applied, Called):
            return None
        for dialect in DIALECTS:
            declaration = dialect.declare(applied, self._decorators)
            if declaration is not None:
                return declaration
        return None


def _is_template(value: Value) -> bool:
    """`@functools.wraps(fn)` around a parameter: the task is named after what is passed for it."""
    match value:
        case Called(Known("functools.wraps"), (wrapped,)):
            return not isinstance(wrapped, Code)
        case _:
            return False


def _calls(node: ast.stmt, task_like: Sequence[int]) -> Iterator[ast.Call]:
    """The calls of a statement that may declare a task: the outermost, and those that look so.

    `task_like` are the lines in which the words for that occur; most statements have none.
    """
    outermost = getattr(node, "value", None)
    if not is_on(task_like, node):
        if isinstance(outermost, ast.Call):
            yield outermost
        return
    work: list[ast.AST] = [
        child for child in ast.iter_child_nodes(node) if isinstance(child, (ast.expr, ast.withitem))
    ]
    while work:
        part = work.pop()
        if isinstance(part, ast.Call) and (part is outermost or _is_task_like(part)):
            yield part
        work.extend(ast.iter_child_nodes(part))


def _is_task_like(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    varied = name == "override" and any(keyword.arg == "cache" for keyword in call.keywords)
    return bool(_TASK_LIKE.search(name)) or varied or _has_metadata(call)


def _has_metadata(call: ast.Call) -> bool:
    """`TaskMetadata` is given to tasks alone, whatever their class is called."""
    return any(keyword.arg == "metadata" for keyword in call.keywords)


def _with_branches(
    body: Sequence[ast.stmt], branches: tuple[Branch, ...]
) -> Iterator[tuple[ast.stmt, tuple[Branch, ...]]]:
    """The statements of one scope with the arms of `if` and `try` in which they stand."""
    number = 0
    work = [(statement, branches) for statement in reversed(body)]
    while work:
        node, inside = work.pop()
        yield node, inside
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        number += 1
        arms = _arms(node)
        for arm, statements in reversed(arms):
            within = (*inside, Branch(number, arm, "")) if arm else inside
            work.extend((statement, within) for statement in reversed(statements))


def _arms(node: ast.stmt) -> list[tuple[str, list[ast.stmt]]]:
    match node:
        case ast.If(_, body, orelse):
            return [("body", body), ("orelse", orelse)]
        case _ if hasattr(node, "handlers"):
            handlers = [(f"handler{i}", handler.body) for i, handler in enumerate(node.handlers)]
            return [("body", [*node.body, *node.orelse]), *handlers, ("", node.finalbody)]  # type: ignore[attr-defined]
        case ast.Match(_, cases):
            return [(str(index), case.body) for index, case in enumerate(cases)]
        case _:
            return [("", getattr(node, "body", [])), ("", getattr(node, "orelse", []))]
