"""Flyte 2: environments and the tasks that they declare, cache behaviours and pinned versions."""

from __future__ import annotations

import ast
from collections.abc import Container

import msgspec

from sigclock.interface.snapshot import CacheSetting, Disregard, IgnoredSetting, Sdk
from sigclock.interface.types import Name
from sigclock.python.names.unparse import str_of
from sigclock.python.values.values import (
    Called,
    Code,
    Computed,
    Constant,
    Known,
    Member,
    Partial,
    Table,
    Value,
)
from sigclock.tasks.declaration import (
    DISABLED,
    Declaration,
    Part,
    argument_node,
    arguments,
    automatic,
    function_in,
    identity,
    is_object,
    is_on,
    names_of,
    outside_in,
    pinned_or_computed,
    typed,
    unknown_setting,
    unless_none,
)

#: A file that holds none of these cannot declare a task by itself.
MARKERS = (b"flyte",)

#: Where the SDK's own classes are imported from.
HOMES = ("flyte.", "flyteplugins.")
#: A call within an expression is looked at if its name has one of these, in lower case.
WORDS = ("task", "orchestrator")
_CACHE = ("behavior", "version_override", "serialize", "ignored_inputs", "salt", "policies")
_CONTAINER = ("name", "image", "command", "inputs", "arguments", "outputs")
#: What people write for a behaviour (`_CACHE_BEHAVIOR_ALIASES` in flyte/_cache/cache.py).
_ALIASES = {
    **dict.fromkeys(("enable", "enabled", "on", "true", "yes"), "auto"),
    **dict.fromkeys(("off", "false", "no", "none"), "disable"),
}
#: What is remarked of two behaviours; of the first only where a version is given.
_OFF = IgnoredSetting(Disregard.SWITCHED_OFF, ("version_override",), "disable")
_OVERRIDE = IgnoredSetting(Disregard.NEVER_READ, ("behavior",), "override")
#: What `flyte.extras.shell.create` does unless it is told otherwise.
_AUTO = Constant("auto", "", ast.Constant("auto"))
#: Classes that only look like tasks.
_RECORDS = {"DeployedTask"}
#: What a notebook gives beside its outputs, if it is asked to.
_NOTEBOOKS: dict[str, Part] = {
    "output_notebook": Name("flyte.io.File"),
    "output_notebook_executed": Name("flyte.io.File"),
}
#: Parameters of the decorators that count here.
_TASK = ("_func",)

Cached = tuple[CacheSetting, Value | None, tuple[IgnoredSetting, ...]]


class Environment(msgspec.Struct, frozen=True, eq=False):
    """What a task takes from its environment."""

    name: Value | None
    cache: Value | None
    #: It takes options that cannot be read.
    open: bool = False


def declare(call: Called, _decorators: Container[str] = frozenset(), /) -> Declaration | None:
    """The task that a call makes, or None."""
    flat = _flatten(call)
    match flat.callee:
        case Member(owner, "task"):
            return _task(flat, _environment(owner))
        case Member(Member(owner, "sandbox"), "orchestrator"):
            return _task(flat, _environment(owner))
        case Known(dotted) if dotted.startswith(HOMES) and _is_task_class(dotted):
            return _of_class(flat, None)
        case Known("flyte.extras.shell.create"):
            return _of_class(flat, _AUTO)
        case _:
            return None


def is_factory(value: Value, decorators: Container[str] = frozenset(), /) -> bool:
    """Whether the value is an environment, or makes tasks when it is applied to a function."""
    match value:
        case Member(owner, "task") | Member(Member(owner, "sandbox"), "orchestrator"):
            return _environment(owner) is not None
        case Called() if _is_applied(_flatten(value)):
            return False
        case Called(callee) | Partial(callee):
            return _environment(value) is not None or is_factory(callee, decorators)
        case _:
            return False


def _is_applied(call: Called) -> bool:
    """Whether it has made a task already, maybe of a function that cannot be followed."""
    is_task = isinstance(call.callee, Member) and call.callee.name == "task"
    return is_task and bool(call.args) and is_object(call.args[0])


def _is_task_class(dotted: str) -> bool:
    last = dotted.rpartition(".")[2]
    if last in _RECORDS:
        return False
    return (last[:1].isupper() and last.endswith("Task")) or last in {"Snowflake", "BigQuery"}


def _environment(value: Value) -> Environment | None:
    """`TaskEnvironment(…)`, a subclass of it, or a clone of another environment."""
    match value:
        case Called(Known(dotted)) if dotted.startswith(HOMES) and dotted.endswith("Environment"):
            args = arguments(value, ("name",))
            return Environment(args.get("name"), args.get("cache"), value.open)
        case Called(Member(base, "clone_with")) | Called(
            Known("dataclasses.replace" | "copy.replace"), (base,)
        ):
            original = _environment(base)
            positions = ("name",) if isinstance(value.callee, Member) else ()
            args = arguments(value, positions)
            if original is None:
                return None
            cache = unless_none(args.get("cache"))
            name = args.get("name", original.name)
            is_open = value.open or (original.open and cache is None)
            return Environment(name, original.cache if cache is None else cache, is_open)
        case _:
            return None


def _flatten(call: Called) -> Called:
    """`env.task(cache="auto")(fn)` → `env.task(fn, cache="auto")`."""
    inner = call.callee
    if not isinstance(inner, Called) or not isinstance(inner.callee, Member) or inner.args:
        return call
    return msgspec.structs.replace(
        call,
        callee=inner.callee,
        keywords={**inner.keywords, **call.keywords},
        open=inner.open or call.open,
    )


def _task(call: Called, environment: Environment | None) -> Declaration | None:
    args = arguments(call, _TASK)
    function = function_in(args.get("_func"))
    outside = None if function else outside_in(args.get("_func"))
    called = function.node.name if function else (outside or "").rpartition(".")[2]
    if environment is None or not called:
        return None
    own = args.get("cache")
    # `cache or self.cache`: a falsy one falls back to the environment's.
    cache = own if own is not None and is_on(own) else environment.cache
    may_set = (call.open and own is None) or (environment.open and cache is None)
    setting, version, remarks = _cache(cache, open_=may_set)
    name = _name(environment.name, called, unless_none(args.get("name")))
    return Declaration(
        Sdk.FLYTE,
        setting,
        version,
        function,
        name=name,
        ambiguous=name.startswith("{"),
        ignored_inputs=_ignored_inputs(cache),
        remarks=remarks,
        outside=outside,
    )


def _name(environment: Value | None, function: str, own: Value | None) -> str:
    """`<environment>.<function>`; what only a run can tell stands in braces."""
    if own is not None:
        return _text(own)
    prefix = "{unnamed}" if environment is None else _text(environment)
    return f"{prefix}.{function}"


def _text(value: Value) -> str:
    match value:
        case Constant(constant):
            return str_of(constant)
        case Computed(folded=str(folded)):
            return folded
        case _:
            return f"{{{identity(value)}}}"


def _cache(cache: Value | None, *, open_: bool = False) -> Cached:
    """Setting, version and remarks of a behaviour or a `Cache(…)`."""
    match cache:
        case None if open_:
            return unknown_setting("**"), None, ()
        case None | Constant(None):
            return DISABLED, None, ()
        case Constant(str(word)):
            return _behaviour(word, {})
        case Called(Known(dotted)) if dotted.rpartition(".")[2] == "Cache":
            return _cache_object(cache)
        case _:
            return unknown_setting(cache), None, ()


def _cache_object(cache: Called) -> Cached:
    args = arguments(cache, _CACHE)
    behaviour = args.get("behavior")
    if isinstance(behaviour, Constant) and isinstance(behaviour.value, str):
        return _behaviour(behaviour.value, args)
    version = unless_none(args.get("version_override"))
    if version is not None:
        return pinned_or_computed(version), version, ()
    return unknown_setting(cache), None, ()


def _behaviour(word: str, args: dict[str, Value]) -> Cached:
    behaviour = _ALIASES.get(word.lower(), word)
    version = unless_none(args.get("version_override"))
    if behaviour == "disable":
        return DISABLED, None, ()
    remarks = (_OVERRIDE,) if behaviour == "override" else ()
    if version is not None:
        return pinned_or_computed(version), version, remarks
    policies = unless_none(args.get("policies"))
    return automatic(policies, args.get("salt"), "auto"), None, remarks


def _ignored_inputs(cache: Value | None) -> tuple[str, ...]:
    if not isinstance(cache, Called):
        return ()
    return names_of(arguments(cache, _CACHE).get("ignored_inputs"))


def _of_class(call: Called, default: Value | None) -> Declaration | None:
    """`ContainerTask(name=…, inputs=…, outputs=…, cache=…)`: its name is used as it is.

    `default` is the behaviour where none is given: `shell.create(…)` caches unless told not to.
    """
    args = arguments(call, _CONTAINER)
    name = args.get("name")
    if name is None or isinstance(args.get("func"), Code):
        return None
    setting, version, remarks = _cache(args.get("cache", default), open_=call.open)
    outputs = _collected(args.get("outputs"))
    if outputs is not None and "output_notebooks" in args and is_on(args["output_notebooks"]):
        outputs = {**outputs, **_NOTEBOOKS}
    return Declaration(
        Sdk.FLYTE,
        setting,
        version,
        name=_text(name),
        ambiguous=not isinstance(name, Constant),
        inputs=typed(args.get("inputs")),
        outputs=outputs,
        ignored_inputs=_ignored_inputs(args.get("cache")),
        remarks=remarks,
    )


def _collected(value: Value | None) -> dict[str, Part] | None:
    """The outputs of a container or shell task; `Glob` gives a directory, `Stdout` a file."""
    outputs = typed(value)
    if outputs is None or not isinstance(value, Table):
        return outputs
    return {name: _collector(value.items[name], part) for name, part in outputs.items()}


def _collector(value: Value, part: Part) -> Part:
    match value:
        case Called(Known("flyte.extras.shell.Glob")):
            return Name("flyte.io.Dir")
        case Called(Known("flyte.extras.shell.Stdout" | "flyte.extras.shell.Stderr")):
            return argument_node(value, "type", ("type",)) or Name("flyte.io.File")
        case _:
            return part
