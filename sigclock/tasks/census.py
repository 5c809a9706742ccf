"""The census: what looks like a task, but is part of no task that sigclock follows.

Unknown is never none: each decorator and call that may make a task is reported with its location.
"""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator, Sequence

from sigclock.interface.unrecognized import Unrecognized
from sigclock.python.names.bindings import Function
from sigclock.python.names.modules import Module
from sigclock.python.names.scopes import ClassSymbol, FunctionSymbol, Scope
from sigclock.python.names.syntax import is_on
from sigclock.python.names.unparse import line_of
from sigclock.python.values.evaluator import Evaluator
from sigclock.python.values.lookahead import Leads
from sigclock.python.values.values import (
    Called,
    Code,
    Computed,
    Constant,
    Known,
    Member,
    Partial,
    Value,
    options_of,
    truth,
)
from sigclock.tasks.cache_arguments import CARRYING, CacheArguments, cache_arguments, set_later
from sigclock.tasks.claims import Around, Claims, ReadFile
from sigclock.tasks.expressions import Part, Role, children, roots
from sigclock.tasks.factories import Factories
from sigclock.tasks.foreign import is_foreign, is_unrelated
from sigclock.tasks.makers import (
    Maker,
    is_environment,
    is_evaluated_text,
    is_named_like_maker,
    is_opaque,
    known_as,
    last_name,
    owner_of,
    root_name,
    root_of,
    sdk_names,
    site_of,
)
from sigclock.tasks.sdks import HOMES
from sigclock.tasks.statements import inside_of, statements
from sigclock.tasks.wrappers import wraps_an_sdk

#: Only lines with one of these words, or with a name that the file offers, are looked at.
_WORDS = (b"cache", b"version_override", b"task", b"dynamic", b"metadata")
#: Attributes under which objects that cannot be followed offer the SDK's own decorators.
_OFFERED = frozenset({"dynamic", "task"})
#: Objects that are made of cache arguments and are no tasks themselves.
_RECORDS = ("Cache", "Environment", "TaskMetadata")
_MAPS = frozenset({"ArrayNodeMapTask", "MapPythonTask", "array_node_map_task", "map", "map_task"})
#: What the SDK itself refuses cache arguments to.
_NEVER = frozenset({"workflow"})
_EVALUATING = frozenset({"eval", "exec"})
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
#: How deep groups of commands are followed: `@group.command()` of a `@cli.group()`.
_COMMANDS = 4
#: A file that offers more names than these has all its lines looked at.
_MOST_OFFERS = 40


class Census:
    """Takes the census of one file at a time; `not_tasks` have nothing to do with Flyte."""

    def __init__(
        self,
        evaluator: Evaluator,
        factories: Factories,
        decorators: Container[str],
        not_tasks: Container[str],
    ) -> None:
        self._evaluator = evaluator
        self._names = evaluator.names
        self._factories = factories
        self._decorators = decorators
        self._not_tasks = not_tasks
        self._families = self._names.modules.external.packages
        self._leads = Leads(self._names, self._makes)
        self._outside = Leads(self._names, self._may_be_maker)

    def sites(
        self, module: Module, offers: Sequence[str], claims: Claims
    ) -> Iterator[Unrecognized]:
        """Everything in a file that may make a task and is part of none, in order."""
        if f"{module.name}.".startswith(HOMES):
            return
        words = (*_WORDS, *(name.lower().encode() for name in offers[:_MOST_OFFERS]))
        lines: Sequence[int] = module.source.lines_with_any(words)
        if len(offers) > _MOST_OFFERS:
            # Searching for very many names takes the square of their number.
            lines = range(1, module.source.data.count(b"\n") + 2)
        scope = self._names.module_scope(module)
        sdk_imports = sdk_names(module)
        names = frozenset((*offers, *sdk_imports, *_OFFERED, *_EVALUATING))
        file = ReadFile(lines, frozenset(offers), claims, bool(sdk_imports), names)
        for site in self._in_scope(scope, module.source.tree.body, file):
            if site.maker not in self._not_tasks:
                yield site

    def _in_scope(
        self, scope: Scope, body: Sequence[ast.stmt], file: ReadFile
    ) -> Iterator[Unrecognized]:
        looped: set[int] = set()
        for node in statements(body):
            if id(node) in looped or isinstance(node, _LOOPS):
                looped.update(map(id, inside_of(node)))
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    yield from self._decorated(scope, node, file)
                    if is_on(file.lines, node):
                        local = self._names.function_scope(scope, node)
                        yield from self._in_scope(local, node.body, file)
                case ast.ClassDef():
                    inner = self._names.class_scope(ClassSymbol(scope, node))
                    yield from self._in_scope(inner, node.body, file)
                case _ if is_on(file.lines, node):
                    yield from self._in_statement(scope, node, file, looped=id(node) in looped)
                case _:
                    pass

    # -- decorators ------------------------------------------------------------------------------

    def _decorated(self, scope: Scope, node: Function, file: ReadFile) -> Iterator[Unrecognized]:
        if id(node) in file.claims.functions or file.follows(scope):
            return
        owner = scope.nested(node.name)
        for decorator in node.decorator_list:
            if file.claims.claim(decorator, looped=False):
                continue
            lines = (decorator.lineno, max(node.lineno, node.body[0].lineno - 1))
            maker = self._maker_of_function(decorator, scope, node, file)
            if maker is not None:
                yield site_of(decorator, file.weighed(maker), scope, owner, lines, "@")
            elif isinstance(decorator, ast.Call) and is_on(file.lines, decorator):
                parts = list(children(Part(decorator, Role.READ)))
                around = Around(scope, owner, lines, decorator.lineno)
                yield from self._among(parts, around, file)

    def _maker_of_function(
        self, decorator: ast.expr, scope: Scope, node: Function, file: ReadFile
    ) -> Maker | None:
        line = decorator.lineno
        if isinstance(decorator, ast.Call):
            maker = self._maker(decorator, scope, line, decorates=True, bound=frozenset())
            if maker is not None:
                return maker
            if cache_arguments(decorator).is_carrying:
                return None
        if not self._leads.lead(decorator, scope, line):
            return self._offered(decorator, scope, file)
        value = self._evaluator.value(decorator, scope, None, line)
        name = known_as(value, decorator, scope)
        if isinstance(value, Member) and isinstance(value.owner, Partial):
            return Maker(name, "")
        if any(map(self._makes_tasks, options_of(value))):
            return Maker(name, "")
        function = Code(FunctionSymbol(scope, node))
        applied = self._evaluator.apply(Called(value, (function,), {}, scope.module.path))
        if not is_opaque(value) or all(map(self._is_no_task, options_of(applied))):
            return None
        return None if self._is_of_command(value) else Maker(name, "", weak=True)

    def _is_no_task(self, value: Value) -> bool:
        """Whether what a decorator gives is a function, or something else of the SDK's."""
        if isinstance(value, (Code, Known)):
            return True
        root = root_of(value)
        if not isinstance(root, Known) or is_opaque(value):
            return False
        return root.dotted.startswith(HOMES) and not self._makes(root.dotted)

    def _is_of_command(self, value: Value, depth: int = _COMMANDS) -> bool:
        """Whether it is an attribute of what another package made of a function: `cli.command`."""
        match owner_of(value):
            case Code(FunctionSymbol(scope, node)) if depth:
                decorators = [
                    self._evaluator.value(decorator, scope, None, decorator.lineno)
                    for decorator in node.decorator_list
                ]
                roots = map(root_of, decorators)
                return any(
                    isinstance(root, Known) and is_unrelated(root.dotted) for root in roots
                ) or any(self._is_of_command(decorator, depth - 1) for decorator in decorators)
            case _:
                return False

    def _offered(self, decorator: ast.expr, scope: Scope, file: ReadFile) -> Maker | None:
        """`@app.env.task`, where nobody can tell what `app.env` is."""
        named = decorator.func if isinstance(decorator, ast.Call) else decorator
        if not (file.imports_sdk and isinstance(named, ast.Attribute) and named.attr in _OFFERED):
            return None
        value = self._evaluator.value(named, scope, None, decorator.lineno)
        is_unread = isinstance(value, (Computed, Member)) and is_opaque(value)
        return Maker(known_as(value, named, scope), "") if is_unread else None

    # -- calls and names -------------------------------------------------------------------------

    def _in_statement(
        self, scope: Scope, node: ast.stmt, file: ReadFile, *, looped: bool
    ) -> Iterator[Unrecognized]:
        if file.follows(scope) and not looped:
            match node:
                case ast.Return() | ast.AnnAssign() | ast.Assign([ast.Name()]):
                    return
                case _:
                    pass
        parts = [Part(part, role, looped=looped) for part, role in roots(node)]
        target = set_later(node) if file.imports_sdk else None
        if target is not None:
            maker = Maker(f"{scope.module.name}.{line_of(target)}".lstrip("."), "")
            yield site_of(target, maker, scope, scope.qualname, (node.lineno, node.lineno))
        lines = (node.lineno, max((getattr(p.node, "end_lineno", 0) for p in parts), default=0))
        yield from self._among(parts, Around(scope, scope.qualname, lines, node.lineno - 1), file)

    def _among(self, work: list[Part], around: Around, file: ReadFile) -> Iterator[Unrecognized]:
        """The outermost expressions that may make a task and are part of none."""
        scope = around.scope
        while work:
            part = work.pop()
            maker = None
            if not file.claims.claim(part.node, looped=part.looped):
                maker = self._maker_in(part, around, file.words)
            if maker is None:
                work.extend(reversed(list(children(part))))
            elif isinstance(part.node, ast.expr):
                yield site_of(part.node, file.weighed(maker), scope, around.owner, around.lines)

    def _maker_in(self, part: Part, around: Around, words: frozenset[str]) -> Maker | None:
        match part.node:
            case ast.Call(func) as call if (
                is_named_like_maker(func, words) or cache_arguments(call).is_carrying
            ):
                return self._maker(
                    call, around.scope, around.read_at, decorates=False, bound=part.bound
                )
            case (ast.Name() | ast.Attribute()) as name if part.role is Role.GIVEN:
                if is_named_like_maker(name, words):
                    return self._named(name, around.scope, around.read_at, part.bound)
                return None
            case _:
                return None

    def _named(
        self, node: ast.Name | ast.Attribute, scope: Scope, line: int, bound: frozenset[str]
    ) -> Maker | None:
        """A decorator of the SDK that is passed as an argument: `map(task, functions)`."""
        if root_name(node) in bound or not self._leads.lead(node, scope, line):
            return None
        value = self._evaluator.value(node, scope, None, line)
        if isinstance(value, (Known, Member)) and self._makes_tasks(value):
            return Maker(known_as(value, node, scope), "")
        return None

    def _maker(
        self, call: ast.Call, scope: Scope, line: int, *, decorates: bool, bound: frozenset[str]
    ) -> Maker | None:
        """What a call applies, if it carries cache arguments or makes tasks."""
        if is_evaluated_text(call):
            return Maker(line_of(call.func), "")
        arguments = cache_arguments(call)
        if not arguments.is_carrying and not self._may_lead(call, scope, line, bound):
            return None
        callee = self._callee(call, scope, line, bound)
        if self._is_off(arguments, scope, line):
            return None
        makers = [
            self._maker_of_call(value, call, arguments, scope, line, decorates) for value in callee
        ]
        return next((maker for maker in makers if maker is not None), None)

    def _may_lead(self, call: ast.Call, scope: Scope, line: int, bound: frozenset[str]) -> bool:
        return root_name(call.func) not in bound and self._leads.lead(call, scope, line)

    def _callee(
        self, call: ast.Call, scope: Scope, line: int, bound: frozenset[str]
    ) -> tuple[Value, ...]:
        if root_name(call.func) in bound:
            return (Computed(call.func),)
        value = self._evaluator.value(call.func, scope, None, line)
        if isinstance(value, Known) and value.dotted == "functools.partial" and call.args:
            value = self._evaluator.value(call.args[0], scope, None, line)
        return options_of(value)

    def _is_off(self, arguments: CacheArguments, scope: Scope, line: int) -> bool:
        """`cache=False`, or a constant that is false: the code says that it caches nothing."""
        if arguments.cache is None or arguments.has_version_override:
            return False
        value = self._evaluator.value(arguments.cache, scope, None, line)
        off = isinstance(value, Constant) and value.value in _OFF
        return off or (isinstance(value, Constant) and truth(value) is False)

    def _maker_of_call(
        self,
        callee: Value,
        call: ast.Call,
        arguments: CacheArguments,
        scope: Scope,
        line: int,
        decorates: bool,  # noqa: FBT001 - one of several facts about the call
    ) -> Maker | None:
        shown = arguments.text
        name = known_as(callee, call.func, scope)
        match callee:
            case Known(dotted) if dotted in self._not_tasks:
                return None
            case Known(dotted) if dotted.startswith(HOMES):
                return Maker(dotted, shown) if self._is_unclaimed(callee, arguments) else None
            case Known(dotted) if dotted in self._decorators:
                return Maker(dotted, shown)
            case Known(dotted):
                return self._of_another_package(dotted, arguments, decorates=decorates)
            case _:
                pass
        if self._makes_tasks(callee):
            return Maker(name, shown)
        root = root_of(callee)
        if arguments.is_carrying and isinstance(root, Known) and root.dotted.startswith(HOMES):
            # A method of an object of the SDK: the overrides of a launch plan are nobody else's.
            return Maker(f"{root.dotted}.{last_name(call.func)}", shown)
        if not arguments.is_carrying or last_name(call.func) in CARRYING:
            return None
        if isinstance(callee, (Code, Called, Partial)):
            leads = self._leads.lead(call.func, scope, line)
            telling = decorates or arguments.has_version or arguments.has_metadata
            may_make = telling and self._outside.lead(call.func, scope, line)
            if leads and telling:
                return Maker(name, shown)
            return Maker(name, shown, weak=True) if may_make else None
        offered = last_name(call.func) in _OFFERED
        if arguments.has_version or arguments.has_metadata or decorates or offered:
            if self._leads.lead(call.func, scope, line):
                return Maker(name, shown)
            return Maker(name, shown, weak=not arguments.has_version_override)
        return None

    def _is_unclaimed(self, callee: Known, arguments: CacheArguments) -> bool:
        """Whether a call of the SDK itself makes a task, or passes cache settings to one."""
        last = callee.dotted.rpartition(".")[2]
        if last in _MAPS:
            return arguments.has_metadata
        if last == "TaskMetadata":
            return False
        if last.endswith(_RECORDS):
            return arguments.is_carrying and last.endswith("Environment")
        return (arguments.is_carrying and last not in _NEVER) or self._makes(callee.dotted)

    def _of_another_package(
        self, dotted: str, arguments: CacheArguments, *, decorates: bool
    ) -> Maker | None:
        if is_foreign(dotted, self._families) or not arguments.is_carrying:
            return None
        if dotted.rpartition(".")[2] in _RECORDS:
            return None
        if arguments.has_version or arguments.has_metadata or wraps_an_sdk(dotted):
            return Maker(dotted, arguments.text, outside=True)
        return Maker(dotted, arguments.text, outside=True, weak=True) if decorates else None

    # -- which names matter ------------------------------------------------------------------------

    def _makes(self, dotted: str) -> bool:
        """Whether an outside name makes tasks."""
        if dotted.startswith(HOMES):
            return self._factories.makes(dotted)
        # `getattr` may take any attribute of the SDK itself.
        return f"{dotted}." in HOMES or dotted in self._decorators

    def _may_be_maker(self, dotted: str) -> bool:
        """Whether an outside name may make tasks, as nothing known of it rules that out."""
        return not is_foreign(dotted, self._families) and dotted not in self._not_tasks

    def _makes_tasks(self, value: Value) -> bool:
        if isinstance(value, Known) and value.dotted.rpartition(".")[2] in _MAPS:
            return False
        return not is_environment(value) and self._factories.makes_tasks(value)


#: Words by which Flyte 2 switches the cache off.
_OFF = frozenset({"disable", "off", "false", "no", "none"})
