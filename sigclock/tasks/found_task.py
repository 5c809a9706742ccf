"""The tasks of one file, each once and with its location."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

import msgspec

from sigclock.interface.snapshot import CacheKind, CacheSetting
from sigclock.python.names.bindings import Branch, Function
from sigclock.python.names.modules import Module
from sigclock.python.names.scopes import Scope
from sigclock.python.values.values import Called, Code, Constant, Known, Value
from sigclock.source import Location
from sigclock.tasks.declaration import Declaration, Part, Written
from sigclock.tasks.namesakes import Rank

_WORD = re.compile(r"[^\W\d]\w*")


class FoundTask(msgspec.Struct, frozen=True, eq=False):
    """A declaration with the module, scope and branch in which it stands.

    A `variant` is a task that is declared elsewhere, used under another cache setting. `origin` is
    the function or call that makes the task; it is found `at_origin`, or where a function that
    holds the origin is called.
    """

    declaration: Declaration
    module: Module
    scope: Scope
    branches: tuple[Branch, ...]
    lines: tuple[int, int]
    location: Location
    variant: bool = False
    origin: ast.AST | None = None
    at_origin: bool = False

    @property
    def rank(self) -> Rank:
        is_outer = self.scope.kind != "function" and not self.variant
        return (is_outer, self.module.path, self.location.line)

    @property
    def owner(self) -> str:
        return self.scope.qualname or "module"

    @property
    def is_local(self) -> bool:
        """Whether it is made whenever the function around it is called."""
        return self.at_origin and self.scope.kind == "function"


def once(tasks: Sequence[FoundTask]) -> Iterator[FoundTask]:
    """Each task of a file once, though discovery yields it in a function and at its calls.

    A function that is called with other versions or names makes other tasks: then these count, and
    the declaration in the function does not.
    """
    by_origin: dict[int, list[FoundTask]] = {}
    for task in tasks:
        if task.origin is not None and not task.at_origin:
            by_origin.setdefault(id(task.origin), []).append(task)
    local = {id(task.origin): task for task in tasks if task.is_local}
    for task in tasks:
        others = by_origin.get(id(task.origin), [])
        if task.is_local:
            is_repeated = bool(others) and not any(_is_same(task, other) for other in others)
        elif task.at_origin or task.origin is None:
            is_repeated = False
        else:
            first = [local[id(task.origin)]] if id(task.origin) in local else []
            earlier = [*first, *others[: others.index(task)]]
            is_repeated = any(_is_same(task, other) for other in earlier)
        if not is_repeated:
            yield task


def _is_same(one: FoundTask, other: FoundTask) -> bool:
    return _identity(one.declaration) == _identity(other.declaration)


def _identity(declaration: Declaration) -> tuple[object, ...]:
    """What distinguishes the tasks of one maker: name, cache setting, and types."""
    return (
        declaration.sdk,
        declaration.name,
        declaration.setting,
        _type_ids(declaration.inputs),
        _type_ids(declaration.outputs),
    )


def _type_ids(parts: dict[str, Part] | None) -> dict[str, object] | None:
    if parts is None:
        return None
    return {name: id(p.node) if isinstance(p, Written) else p for name, p in parts.items()}


def combined(declarations: Sequence[Declaration]) -> list[Declaration]:
    """One task of each name, where a condition picks which of several makers makes it.

    It counts as cached if it may be, and its version as computed if it may be one of several.
    """
    by_name: dict[tuple[str, str | None], list[Declaration]] = {}
    for declaration in declarations:
        by_name.setdefault((declaration.sdk.value, declaration.name), []).append(declaration)
    return [_combined(group) for group in by_name.values()]


def uncertain(declaration: Declaration) -> Declaration:
    """The task, where something that cannot be read may give it another cache setting."""
    known = declaration.setting.version
    setting = CacheSetting(CacheKind.UNKNOWN, f"{known} or another" if known else "not read")
    return msgspec.structs.replace(declaration, setting=setting, version=None)


def _combined(group: list[Declaration]) -> Declaration:
    cached = [
        declaration for declaration in group if declaration.setting.kind is not CacheKind.DISABLED
    ]
    settings = dict.fromkeys(declaration.setting for declaration in cached)
    chosen = (cached or group)[0]
    if len(settings) <= 1 and len({_literal(declaration.version) for declaration in cached}) <= 1:
        return chosen
    # An edit of one of the literals would leave the others.
    versions = dict.fromkeys(setting.version or "" for setting in settings)
    unread = any(setting.kind is CacheKind.UNKNOWN for setting in settings)
    kind = CacheKind.UNKNOWN if unread else CacheKind.COMPUTED
    setting = CacheSetting(kind, " or ".join(versions))
    return msgspec.structs.replace(chosen, setting=setting, version=None)


def _literal(version: Value | None) -> int | None:
    return id(version.node) if isinstance(version, Constant) else None


def is_template(value: Value) -> bool:
    """`@functools.wraps(fn)` around a parameter: the task is named after what is passed for it."""
    match value:
        case Called(Known("functools.wraps"), (wrapped,)):
            return not isinstance(wrapped, (Code, Known))
        case _:
            return False


def reads_local_name(node: ast.expr, scope: Scope) -> bool:
    """Whether an expression reads a parameter or local variable of a function around it."""
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    here: Scope | None = scope
    while here is not None:
        if here.kind == "function" and not names.isdisjoint(here.bindings.by_name):
            return True
        here = here.parent
    return False


def is_named_by_parameter(declaration: Declaration, scope: Scope) -> bool:
    """Whether a function of a module names its task by a parameter, so that its calls decide."""
    if not declaration.ambiguous or scope.parent is None or scope.parent.kind != "module":
        return False
    words = set(_WORD.findall(declaration.name or ""))
    makers = scope.parent.bindings.by_name.get(scope.qualname, ())
    return any(
        not words.isdisjoint(_parameters(maker.target))
        for maker in makers
        if isinstance(maker.target, (ast.FunctionDef, ast.AsyncFunctionDef))
    )


def _parameters(node: Function) -> set[str]:
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    rest = [argument for argument in (arguments.vararg, arguments.kwarg) if argument is not None]
    return {argument.arg for argument in (*every, *rest)}
