"""Which statements of a file declare tasks: decorators and calls are shown to the SDKs."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator, Mapping, Sequence

import msgspec

from sigclock.interface.snapshot import CacheKind, Disregard, IgnoredCache, IgnoredSetting
from sigclock.interface.unknown import Unknown
from sigclock.interface.unrecognized import Unrecognized
from sigclock.python.names.bindings import Branch, Function
from sigclock.python.names.modules import Module
from sigclock.python.names.scopes import ClassSymbol, FunctionSymbol, Scope
from sigclock.python.values.control_flow import rounds
from sigclock.python.values.evaluator import Evaluator
from sigclock.python.values.lookahead import Leads
from sigclock.python.values.values import (
    Called,
    Code,
    Env,
    Known,
    Member,
    Partial,
    Value,
    is_known,
    options_of,
)
from sigclock.tasks.annotations_set_later import set_by_decorator
from sigclock.tasks.census import Census
from sigclock.tasks.claims import Claims
from sigclock.tasks.declaration import Declaration, Written
from sigclock.tasks.declaration import is_on as is_switched_on
from sigclock.tasks.expressions import has_metadata, is_override, task_calls
from sigclock.tasks.factories import Factories
from sigclock.tasks.foreign import is_foreign
from sigclock.tasks.found_task import (
    FoundTask,
    combined,
    is_named_by_parameter,
    is_template,
    once,
    reads_local_name,
    uncertain,
)
from sigclock.tasks.makers import outside_root
from sigclock.tasks.sdks import HOMES, SDKS, WORDS
from sigclock.tasks.statements import (
    ONCE,
    Repeated,
    inside_of,
    nested,
    with_branches,
)

#: A line without any of these holds no call that is looked at inside of an expression.
_TASK_LIKE = tuple(word.encode() for word in (*WORDS, "metadata", "override"))

#: Versions that a variant can hold against its signature.
_PINNED = (CacheKind.PINNED, CacheKind.COMPUTED, CacheKind.UNKNOWN)


class Discovery:
    """Finds the declarations of one module at a time; `decorators` are a team's own."""

    def __init__(
        self,
        evaluator: Evaluator,
        decorators: Container[str],
        not_tasks: Container[str] = frozenset(),
    ) -> None:
        self._evaluator = evaluator
        self._names = evaluator.names
        self._decorators = decorators
        self._families = evaluator.names.modules.external.packages
        #: Calls in the last file that Flyte does not heed.
        self.ignored: list[IgnoredCache] = []
        self._lines: dict[str, Sequence[int]] = {}
        self._leads = Leads(self._names, self._may_make)
        self._factories = Factories(evaluator, self._leads, decorators)
        self._census = Census(evaluator, self._factories, decorators, not_tasks)
        self._claims = Claims()

    def declared(self, path: str) -> Iterator[FoundTask]:
        """Every task that a file declares, in the order of its statements."""
        module = self._names.modules.module(path)
        if module is None:
            return
        scope = self._names.module_scope(module)
        self._claims = Claims()
        self.ignored.clear()
        yield from once(list(self._in_scope(scope, module.source.tree.body, ())))

    def factories(self, module: Module) -> Iterator[str]:
        """The names under which a file offers something that makes tasks."""
        return self._factories.of(module)

    def unclaimed(self, module: Module, offers: Sequence[str]) -> Iterator[Unrecognized]:
        """What else may make tasks in a file; call `declared` and `factories` for it first."""
        self._claims.offered.update(self._factories.read)
        self._factories.read.clear()
        yield from self._census.sites(module, offers, self._claims)

    def _claim(self) -> None:
        """Note what a task is made of."""
        self._claims.read.update(map(id, self._evaluator.traced()))

    def _may_make(self, dotted: str) -> bool:
        """Whether an outside name may make tasks; most calls and decorators have no such name."""
        if not dotted.startswith(HOMES):
            # The SDK itself is where `getattr` finds its decorators.
            return dotted in self._decorators or f"{dotted}." in HOMES
        return dotted.rpartition(".")[2][:1].isupper() or self._factories.makes(dotted)

    # -- statements ----------------------------------------------------------------------------

    def _in_scope(
        self, scope: Scope, body: Sequence[ast.stmt], branches: tuple[Branch, ...]
    ) -> Iterator[FoundTask]:
        """Every declaration below a list of statements; nested scopes are entered."""
        looped: dict[int, Repeated] = {}
        for node, inside in with_branches(body, branches):
            repeated = looped.get(id(node), ONCE)
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    yield from self._decorated(scope, node, inside)
                    local = self._names.function_scope(scope, node)
                    yield from self._in_scope(local, node.body, ())
                case ast.ClassDef():
                    inner = self._names.class_scope(ClassSymbol(scope, node))
                    yield from self._in_scope(inner, node.body, inside)
                case _:
                    outside = scope.kind != "function"
                    around = nested(node, repeated)
                    looped.update((id(statement), around) for statement in inside_of(node))
                    for call, loops in task_calls(
                        node, self._task_like_lines(scope.module), all_=outside
                    ):
                        every = (*repeated, *loops)
                        if not self._may_be_task(call, every, scope, node.lineno - 1):
                            continue
                        for env in self._environments(scope, node, every):
                            yield from self._called(scope, call, node, inside, env)

    def _may_be_task(self, call: ast.Call, loops: Repeated, scope: Scope, line: int) -> bool:
        """Whether a call, or what a loop around it goes over, may make a task; most do not."""
        if has_metadata(call) or is_override(call):
            return True
        parts = (call, *(items for _, items in loops))
        return any(self._leads.lead(part, scope, line) for part in parts)

    def _environments(self, scope: Scope, node: ast.stmt, loops: Repeated) -> Iterator[Env]:
        """What the variables of the loops around a call are, in each round; once if not known."""
        if not loops:
            yield {}
            return
        (target, items), *others = loops
        if others:
            # Nested loops could make more tasks than anybody writes this way.
            yield {}
            return
        passes = rounds(target, self._evaluator.value(items, scope, None, node.lineno))
        yield from [{}] if isinstance(passes, Unknown) else passes

    def _task_like_lines(self, module: Module) -> Sequence[int]:
        if module.path not in self._lines:
            self._lines[module.path] = module.source.lines_with_any(_TASK_LIKE)
        return self._lines[module.path]

    def _decorated(
        self, scope: Scope, node: Function, branches: tuple[Branch, ...]
    ) -> Iterator[FoundTask]:
        """The task that the decorators of a function make of it, from the innermost on."""
        decorators = node.decorator_list
        if not any(
            self._leads.lead(decorator, scope, decorator.lineno) for decorator in decorators
        ):
            return
        value: Value = Code(FunctionSymbol(scope, node))
        returns: Written | None = None
        self._evaluator.traced()
        for decorator in reversed(decorators):
            applied = self._evaluator.value(decorator, scope, None, decorator.lineno)
            if is_template(applied) and reads_local_name(decorator, scope):
                return
            call = Called(applied, (value,), {}, scope.module.path)
            declared = [
                declaration
                for declaration in self._declarations(call)
                if _is_of(declaration, value)
            ]
            if declared:
                # A decorator may make the task of a function of its own, and annotate that.
                returns = set_by_decorator(applied, self._names) or returns
            if returns is not None:
                declared = [
                    msgspec.structs.replace(declaration, returns=returns)
                    for declaration in declared
                ]
            if declared:
                self._claim()
                self._claims.functions.add(id(node))
                lines = (decorators[0].lineno, max(node.lineno, node.body[0].lineno - 1))
                for declaration in declared:
                    context = (scope.module, scope, branches, lines, scope.module.location(node))
                    yield FoundTask(declaration, *context, origin=node, at_origin=True)
                return
            task = self._evaluator.apply(call)
            # A decorator below the task's own may put another function in the place of this one.
            returns = set_by_decorator(applied, self._names) or returns
            value = task if isinstance(task, (Code, Known)) else value

    def _called(
        self,
        scope: Scope,
        call: ast.Call,
        node: ast.stmt,
        branches: tuple[Branch, ...],
        env: Env,
    ) -> Iterator[FoundTask]:
        """The task that a call makes, with these variables of the loops around it."""
        # `plain = task(plain)` reads the name before it binds it.
        before = node.lineno - 1
        self._evaluator.traced()
        callees = options_of(self._evaluator.value(call.func, scope, env, before))
        if not any(map(self._may_declare, callees)) and not is_override(call):
            return
        value = self._evaluator.value(call, scope, env, before)
        lines = (node.lineno, call.end_lineno or node.lineno)
        context = (scope.module, scope, branches, lines, scope.module.location(node))
        declared = self._declarations(value)
        for declaration in declared:
            if declaration.function is not None and self._wraps_parameter(declaration.function):
                if not reads_local_name(call, scope):
                    self._claims.unnamed.add(id(call))
                continue
            origin = declaration.function.node if declaration.function else declaration.node
            at_origin = origin is call or declaration.node is call
            if not at_origin or not is_named_by_parameter(declaration, scope):
                yield FoundTask(declaration, *context, origin=origin, at_origin=at_origin)
        if not declared:
            self.ignored += self._ignored_overrides(value, call, scope)
        varied = None if declared else self._varied(value)
        if declared or varied is not None:
            self._claim()
        if varied is not None:
            yield FoundTask(varied, *context, variant=True)

    def _wraps_parameter(self, function: FunctionSymbol) -> bool:
        """Whether a local function takes the name of the function that it will decorate."""
        node, scope = function.node, function.scope
        lines = (
            (decorator, decorator.lineno)
            for decorator in node.decorator_list
            if scope.kind == "function"
        )
        values = (self._evaluator.value(decorator, scope, None, at) for decorator, at in lines)
        return any(map(is_template, values))

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

    def _ignored_overrides(
        self, value: Value, call: ast.Call, scope: Scope
    ) -> Iterator[IgnoredCache]:
        """`t(x=x).with_overrides(cache=True, …)` of a task that is not cached, or off of one."""
        callee, keywords = self._override(value, call, scope)
        if "cache" not in keywords or not isinstance(callee, Code):
            return
        symbol, on = callee.symbol, is_switched_on(keywords["cache"])
        task_call = self._task_call(symbol) if isinstance(symbol, FunctionSymbol) else None
        declared = None if task_call is None else self._declaration(task_call)
        if declared is None or declared.setting.kind is CacheKind.UNKNOWN:
            return
        if (declared.setting.kind is CacheKind.DISABLED) is on:
            names = tuple(sorted({"cache", "cache_version"} & keywords.keys()))
            why = Disregard.OVERRIDDEN if on else Disregard.STAYS_ON
            setting = IgnoredSetting(why, names, "with_overrides", f"cache={on}")
            location = scope.module.location(call)
            yield IgnoredCache(symbol.node.name, location, setting, of_task=False)

    def _override(
        self, value: Value, call: ast.Call, scope: Scope
    ) -> tuple[Value | None, Mapping[str, Value]]:
        """What a call of `with_overrides` overrides a call of, and the arguments."""
        before = call.lineno - 1
        match value, call:
            case _, ast.Call(ast.Attribute(ast.Call(func), "with_overrides"), _, written):
                # What the function gives is no matter, though its body may tell.
                callee = self._evaluator.value(func, scope, None, before)
                if isinstance(value, Called):
                    return callee, value.keywords
                return callee, {
                    keyword.arg: self._evaluator.value(keyword.value, scope, None, before)
                    for keyword in written
                    if keyword.arg is not None
                }
            case Called(Member(Called(callee), "with_overrides"), _, keywords), _:
                return callee, keywords
            case _:
                return None, {}

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
            case Member(Code(), "override") | Member(Called(Code()), "with_overrides"):
                return True
            case _:
                return self._factories.makes_tasks(callee)

    def _declaration(self, call: Called) -> Declaration | None:
        return next(iter(self._declarations(call)), None)

    def _declarations(self, call: Value) -> list[Declaration]:
        """What a call declares: one task, or one of each name where a condition picks the maker."""
        applied = self._evaluator.apply(call) if isinstance(call, Called) else call
        declarations: list[Declaration] = []
        are_followed = True
        for option in options_of(applied):
            declared = self._declared_by(option)
            declarations += declared
            are_followed &= bool(declared) or self._is_followed(option)
        declarations = combined(declarations) if len(declarations) > 1 else declarations
        return declarations if are_followed else list(map(uncertain, declarations))

    def _is_followed(self, option: Value) -> bool:
        """Whether a value is known to be no task; what another package gives may be one as well."""
        root = outside_root(option) if isinstance(option, Called) else None
        if not isinstance(option, Called) or root is None or is_foreign(root, self._families):
            return is_known(option)
        made = root.startswith(HOMES) and not self._factories.makes_tasks(option.callee)
        return made or root in self._decorators

    def _declared_by(self, option: Value) -> list[Declaration]:
        if not isinstance(option, Called):
            return []
        found = (sdk.declare(option, self._decorators) for sdk in SDKS)
        return [
            msgspec.structs.replace(declaration, node=option.node)
            for declaration in found
            if declaration is not None
        ]


def _is_of(declaration: Declaration, value: Value) -> bool:
    if isinstance(value, Known):
        return declaration.outside == value.dotted
    return isinstance(value, Code) and declaration.function is value.symbol
