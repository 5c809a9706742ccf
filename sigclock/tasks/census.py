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
from sigclock.python.names.unparse import last_name, line_of
from sigclock.python.values.evaluator import Evaluator
from sigclock.python.values.values import (
    Called,
    Code,
    Computed,
    Known,
    Member,
    Partial,
    Value,
    options_of,
)
from sigclock.tasks.cache_arguments import (
    cache_arguments,
    is_incomplete,
    set_later,
)
from sigclock.tasks.call_makers import OFFERED, CallMakers
from sigclock.tasks.claims import Around, CensusFile, Claims
from sigclock.tasks.expressions import Part, Role, children, roots
from sigclock.tasks.factories import Factories
from sigclock.tasks.foreign import is_foreign, is_unrelated
from sigclock.tasks.makers import (
    Maker,
    is_named_like_maker,
    is_opaque,
    known_as,
    outside_root,
    owner_of,
    sdk_names,
    site_of,
)
from sigclock.tasks.sdks import HOMES
from sigclock.tasks.statements import inside_of, statements

#: Only lines with one of these words, or with a name that the file offers, are looked at.
_WORDS = (b"cache", b"version_override", b"task", b"dynamic", b"metadata")
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
        self._not_tasks = not_tasks
        self._families = self._names.modules.external.packages
        self._makers = CallMakers(evaluator, factories, decorators, not_tasks)

    def sites(
        self, module: Module, offers: Sequence[str], claims: Claims
    ) -> Iterator[Unrecognized]:
        """Everything in a file that may make a task and is part of none, in order."""
        if f"{module.name}.".startswith(HOMES):
            return
        sdk_imports = sdk_names(module)
        words = (*_WORDS, *(name.lower().encode() for name in offers[:_MOST_OFFERS]))
        if sdk_imports:
            words = (*words, b"**")
        lines: Sequence[int] = module.source.lines_with_any(words)
        if len(offers) > _MOST_OFFERS:
            # Searching for very many names takes the square of their number.
            lines = range(1, module.source.data.count(b"\n") + 2)
        scope = self._names.module_scope(module)
        names = frozenset((*offers, *sdk_imports, *OFFERED, *_EVALUATING))
        file = CensusFile(lines, frozenset(offers), claims, bool(sdk_imports), names)
        for site in self._in_scope(scope, module.source.tree.body, file):
            if site.maker not in self._not_tasks:
                yield site

    def _in_scope(
        self, scope: Scope, body: Sequence[ast.stmt], file: CensusFile
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

    def _decorated(self, scope: Scope, node: Function, file: CensusFile) -> Iterator[Unrecognized]:
        if id(node) in file.claims.functions or file.follows(scope):
            return
        owner = scope.nested(node.name)
        for decorator in node.decorator_list:
            if file.claims.claim(decorator, looped=False):
                continue
            lines = (decorator.lineno, max(node.lineno, node.body[0].lineno - 1))
            maker = self._maker_of_function(decorator, scope, node)
            if maker is None and file.imports_sdk:
                maker = self._offered(decorator, scope, node)
            if maker is not None:
                yield site_of(decorator, file.weighed(maker), scope, owner, lines, "@")
            elif isinstance(decorator, ast.Call) and is_on(file.lines, decorator):
                parts = list(children(Part(decorator, Role.READ)))
                around = Around(scope, owner, lines, decorator.lineno)
                yield from self._among(parts, around, file)

    def _maker_of_function(self, decorator: ast.expr, scope: Scope, node: Function) -> Maker | None:
        line = decorator.lineno
        if isinstance(decorator, ast.Call):
            maker = self._makers.of_call(decorator, scope, line, decorates=True, bound=frozenset())
            if maker is not None:
                return maker
            if cache_arguments(decorator).is_carrying:
                return None
        if not self._makers.leads.lead(decorator, scope, line):
            return None
        value = self._evaluator.value(decorator, scope, None, line)
        name = known_as(value, decorator, scope)
        later = isinstance(value, Member) and isinstance(value.owner, Partial)
        if later or any(map(self._makers.makes_or_made, options_of(value))):
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
        root = outside_root(value)
        if root is None or is_opaque(value):
            return False
        return root.startswith(HOMES) and not self._makers.makes(root)

    def _is_of_command(self, value: Value, depth: int = _COMMANDS) -> bool:
        """Whether it is an attribute of what another package made of a function: `cli.command`."""
        match owner_of(value):
            case Code(FunctionSymbol(scope, node)) if depth:
                decorators = [
                    self._evaluator.value(decorator, scope, None, decorator.lineno)
                    for decorator in node.decorator_list
                ]
                roots = filter(None, map(outside_root, decorators))
                return any(map(is_unrelated, roots)) or any(
                    self._is_of_command(decorator, depth - 1) for decorator in decorators
                )
            case _:
                return False

    def _offered(self, decorator: ast.expr, scope: Scope, node: Function) -> Maker | None:
        """`@env.task` and `@task`, where nobody can say what `env` or `task` is."""
        head = decorator.func if isinstance(decorator, ast.Call) else decorator
        line = decorator.lineno
        if last_name(head) not in OFFERED:
            return None
        value = self._evaluator.value(decorator, scope, None, line)
        function = Code(FunctionSymbol(scope, node))
        applied = self._evaluator.apply(Called(value, (function,), {}, scope.module.path))
        if isinstance(applied, (Code, Known)):
            return None
        dotted = outside_root(applied)
        if dotted is None:
            named = self._evaluator.value(head, scope, None, line)
            is_unread = isinstance(named, (Computed, Member)) and is_opaque(named)
            unknown = is_unread or self._makers.outside.lead(head, scope, line)
            return Maker(known_as(named, head, scope), "") if unknown else None
        known = dotted.startswith(HOMES) or is_foreign(dotted, self._families)
        return None if known else Maker(dotted, "", outside=True)

    # -- calls and names -------------------------------------------------------------------------

    def _in_statement(
        self, scope: Scope, node: ast.stmt, file: CensusFile, *, looped: bool
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

    def _among(self, work: list[Part], around: Around, file: CensusFile) -> Iterator[Unrecognized]:
        """The outermost expressions that may make a task and are part of none."""
        scope = around.scope
        while work:
            part = work.pop()
            maker = None
            if isinstance(part.node, ast.Call) and id(part.node) in file.claims.unnamed:
                value = self._evaluator.value(part.node.func, scope, None, around.read_at)
                maker = Maker(known_as(value, part.node, scope), "")
            elif not file.claims.claim(part.node, looped=part.looped):
                maker = self._maker_in(part, around, file.words)
            if maker is None:
                work.extend(reversed(list(children(part))))
            elif isinstance(part.node, ast.expr):
                yield site_of(part.node, file.weighed(maker), scope, around.owner, around.lines)

    def _maker_in(self, part: Part, around: Around, words: frozenset[str]) -> Maker | None:
        match part.node:
            case ast.Call(func) as call if (
                is_named_like_maker(func, words)
                or cache_arguments(call).is_carrying
                or is_incomplete(call)
            ):
                return self._makers.of_call(
                    call, around.scope, around.read_at, decorates=False, bound=part.bound
                )
            case (ast.Name() | ast.Attribute()) as name if part.role is Role.GIVEN:
                if is_named_like_maker(name, words):
                    return self._makers.of_name(name, around.scope, around.read_at, part.bound)
                return None
            case _:
                return None
