"""What a call or a name applies, where it may make a task."""

from __future__ import annotations

import ast
from collections.abc import Container

from sigclock.python.names.scopes import Scope
from sigclock.python.names.unparse import last_name, line_of
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
from sigclock.tasks.cache_arguments import (
    CARRYING,
    CacheArguments,
    cache_arguments,
    completed,
    is_incomplete,
)
from sigclock.tasks.factories import Factories
from sigclock.tasks.foreign import is_foreign
from sigclock.tasks.makers import (
    Maker,
    is_environment,
    is_evaluated_text,
    known_as,
    outside_root,
    root_name,
)
from sigclock.tasks.sdks import HOMES
from sigclock.tasks.wrappers import wraps_an_sdk

#: Attributes under which objects that cannot be followed offer the SDK's own decorators.
OFFERED = frozenset({"dynamic", "task"})
#: Objects that are made of cache arguments and are no tasks themselves.
_RECORDS = ("Cache", "Environment", "TaskMetadata")
_MAPS = frozenset({"ArrayNodeMapTask", "MapPythonTask", "array_node_map_task", "map", "map_task"})
#: What the SDK itself refuses cache arguments to.
_NEVER = frozenset({"workflow"})
#: Words by which Flyte 2 switches the cache off.
_OFF = frozenset({"disable", "off", "false", "no", "none"})


class CallMakers:
    """Tells what may make a task; `not_tasks` have nothing to do with Flyte."""

    def __init__(
        self,
        evaluator: Evaluator,
        factories: Factories,
        decorators: Container[str],
        not_tasks: Container[str],
    ) -> None:
        self._evaluator = evaluator
        self._factories = factories
        self._decorators = decorators
        self._not_tasks = not_tasks
        self._families = evaluator.names.modules.external.packages
        #: Where names lead that make tasks, and those of other packages that may.
        self.leads = Leads(evaluator.names, self.makes)
        self.outside = Leads(evaluator.names, self._may_be_maker)

    def of_name(
        self, node: ast.Name | ast.Attribute, scope: Scope, line: int, bound: frozenset[str]
    ) -> Maker | None:
        """A decorator of the SDK that is passed as an argument: `map(task, functions)`."""
        if root_name(node) in bound or not self.leads.lead(node, scope, line):
            return None
        value = self._evaluator.value(node, scope, None, line)
        if isinstance(value, (Known, Member, Partial)) and self.makes_tasks(value):
            return Maker(known_as(value, node, scope), "")
        return None

    def of_call(
        self, call: ast.Call, scope: Scope, line: int, *, decorates: bool, bound: frozenset[str]
    ) -> Maker | None:
        """What a call applies, if it carries cache arguments or makes tasks.

        Names in `bound` mean something else in the expression that the call is part of.
        """
        if is_evaluated_text(call):
            return Maker(line_of(call.func), "")
        arguments = cache_arguments(call)
        arguments = self._completed(arguments, call, scope, line)
        if not arguments.is_carrying and not self._may_lead(call, scope, line, bound):
            return None
        callee = self._callee(call, scope, line, bound)
        if self._is_off(arguments, scope, line):
            return None
        makers = [
            self._maker_of_call(value, call, arguments, scope, line, decorates) for value in callee
        ]
        return next((maker for maker in makers if maker is not None), None)

    def _completed(
        self, arguments: CacheArguments, call: ast.Call, scope: Scope, line: int
    ) -> CacheArguments:
        if not arguments.is_carrying and not is_incomplete(call):
            return arguments
        values = {
            keyword.arg: self._evaluator.value(keyword.value, scope, None, line)
            for keyword in call.keywords
            if keyword.arg in {"cache", "metadata", None}
        }
        return completed(arguments, values)

    def _may_lead(self, call: ast.Call, scope: Scope, line: int, bound: frozenset[str]) -> bool:
        return root_name(call.func) not in bound and self.leads.lead(call, scope, line)

    def _callee(
        self, call: ast.Call, scope: Scope, line: int, bound: frozenset[str]
    ) -> tuple[Value, ...]:
        if root_name(call.func) in bound:
            return (Computed(call.func),)
        return options_of(self._evaluator.value(self._head(call, scope, line), scope, None, line))

    def _head(self, call: ast.Call, scope: Scope, line: int) -> ast.expr:
        """What a call applies, now or later: of `functools.partial` its first argument."""
        value = self._evaluator.value(call.func, scope, None, line)
        is_partial = isinstance(value, Known) and value.dotted == "functools.partial"
        return call.args[0] if is_partial and call.args else call.func

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
        if self.makes_tasks(callee):
            return Maker(name, shown)
        root = outside_root(callee)
        if arguments.is_carrying and root is not None and root.startswith(HOMES):
            # A method of an object of the SDK: the overrides of a launch plan are nobody else's.
            return Maker(f"{root}.{last_name(call.func)}", shown)
        if not arguments.is_carrying or last_name(call.func) in CARRYING:
            return None
        if isinstance(callee, (Code, Called, Partial)):
            head = self._head(call, scope, line)
            leads = self.leads.lead(head, scope, line)
            telling = decorates or arguments.is_telling
            may_make = telling and self.outside.lead(head, scope, line)
            if leads and telling:
                return Maker(name, shown)
            return Maker(name, shown, weak=True) if may_make else None
        offered = last_name(call.func) in OFFERED
        if arguments.is_telling or decorates or offered:
            if self.leads.lead(call.func, scope, line):
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
        return (arguments.is_carrying and last not in _NEVER) or self.makes(callee.dotted)

    def _of_another_package(
        self, dotted: str, arguments: CacheArguments, *, decorates: bool
    ) -> Maker | None:
        if is_foreign(dotted, self._families) or not arguments.is_carrying:
            return None
        if dotted.rpartition(".")[2] in _RECORDS:
            return None
        if arguments.is_telling or wraps_an_sdk(dotted):
            return Maker(dotted, arguments.text, outside=True)
        return Maker(dotted, arguments.text, outside=True, weak=True) if decorates else None

    # -- which names matter ------------------------------------------------------------------------

    def makes(self, dotted: str) -> bool:
        """Whether an outside name makes tasks."""
        if dotted.startswith(HOMES):
            return self._factories.makes(dotted)
        # `getattr` may take any attribute of the SDK itself.
        return f"{dotted}." in HOMES or dotted in self._decorators

    def _may_be_maker(self, dotted: str) -> bool:
        """Whether an outside name may make tasks, as nothing known of it rules that out."""
        return not is_foreign(dotted, self._families) and dotted not in self._not_tasks

    def makes_or_made(self, value: Value) -> bool:
        """Whether it makes tasks, or is what a maker gives for what cannot be followed."""
        made = isinstance(value, Called) and self.makes_tasks(value.callee)
        return made or self.makes_tasks(value)

    def makes_tasks(self, value: Value) -> bool:
        """Whether it makes a task of a function; a map makes one of a task."""
        if isinstance(value, Known) and value.dotted.rpartition(".")[2] in _MAPS:
            return False
        return not is_environment(value) and self._factories.makes_tasks(value)
