"""Flyte 1: which decorators make tasks, whether they are cached, where the version stands.

`reference_task` makes none: it stands for a task that is declared, and cached, elsewhere.
"""

from __future__ import annotations

from collections.abc import Container

import msgspec

from sigclock.interface.snapshot import CacheSetting, IgnoredSetting, Sdk
from sigclock.python.values.values import Called, Code, Constant, Known, Member, Partial, Value
from sigclock.tasks.declaration import (
    DISABLED,
    Declaration,
    arguments,
    automatic,
    dropped,
    function_in,
    identity,
    is_object,
    is_on,
    metadata_setting,
    names_of,
    not_switched_on,
    outside_in,
    pinned_or_computed,
    typed,
    unknown_setting,
    unless_none,
)

#: A file that holds none of these cannot declare a task by itself.
MARKERS = (b"flytekit", b"union")
#: Where the SDK's own names are imported from.
HOMES = ("flytekit.", "union.", "unionai.")
#: A call within an expression is looked at if its name has one of these, in lower case.
WORDS = ("task",)

_TASKS = frozenset({"flytekit.task", "flytekit.dynamic", "flytekit.eager"})
#: What makes tasks with the options that it holds (`flytekit/core/environment.py`).
_ENVIRONMENTS = frozenset({"flytekit.Environment", "flytekit.core.environment.Environment"})
#: Parameters of `flytekit.task` that may be given by position, the function first.
_POSITIONS = ("_task_function", "task_config", "cache")
_CACHE = ("version", "serialize", "ignored_inputs", "salt", "policies")

Cached = tuple[CacheSetting, Value | None, tuple[IgnoredSetting, ...]]


def declare(call: Called, decorators: Container[str] = frozenset(), /) -> Declaration | None:
    """The task that a call makes, or None. `decorators` are a team's own, treated as `task`."""
    flat = _flatten(call)
    match flat.callee:
        case Known(dotted) if dotted in _TASKS or dotted in decorators:
            return _function_task(dotted, flat)
        case Known(dotted) if dotted in _ENVIRONMENTS:
            return _function_task("flytekit.task", flat)
        case Member(owner, "task" | "dynamic") if environment := _environment(owner):
            return _function_task("flytekit.task", _under(environment, flat))
        case Member(_, "task") if _is_actor(flat.callee):
            return _function_task("flytekit.task", flat)
        case _:
            return None


def is_factory(value: Value, decorators: Container[str] = frozenset(), /) -> bool:
    """Whether the value makes a task of a function: `partial(task, …)`, `task(cache=True)`."""
    match value:
        case Known(dotted):
            return dotted in _TASKS or dotted in decorators or dotted in _ENVIRONMENTS
        case Called(Member(owner, "extend")) | Member(owner, "dynamic") if _environment(owner):
            return True
        case Called() if _is_applied(_flatten(value)):
            return False
        case Called(callee) | Partial(callee):
            return is_factory(callee, decorators)
        case Member(owner, "task"):
            return _is_actor(value) or is_factory(owner, decorators)
        case _:
            return False


def _is_applied(call: Called) -> bool:
    """Whether it has made a task already, maybe of a function that cannot be followed."""
    is_task = isinstance(call.callee, Known) and call.callee.dotted in _TASKS
    return is_task and bool(call.args) and is_object(call.args[0])


def _environment(value: Value) -> Called | None:
    """`flytekit.Environment(…)`, or what `extend` makes of one, as one call."""
    match value:
        case Called(Known(dotted)) if dotted in _ENVIRONMENTS:
            return value
        case Called(Member(owner, "extend")):
            above = _environment(owner)
            return None if above is None else _under(above, value)
        case _:
            return None


def _under(environment: Called, call: Called) -> Called:
    """The call with what its environment adds to it."""
    return msgspec.structs.replace(
        call,
        callee=environment.callee,
        keywords={**environment.keywords, **call.keywords},
        open=environment.open or call.open,
    )


def _is_actor(value: Value) -> bool:
    """`union.ActorEnvironment(…).task`."""
    match value:
        case Member(Called(Known(dotted)), "task"):
            return dotted.startswith("union") and dotted.endswith(".ActorEnvironment")
        case _:
            return False


def _flatten(call: Called) -> Called:
    """`task(cache=True)(fn)` → `task(fn, cache=True)`."""
    inner = call.callee
    if isinstance(inner, Called) and isinstance(inner.callee, Member):
        inner = _environment(inner) or inner
    if not isinstance(inner, Called) or any(isinstance(a, (Code, Called)) for a in inner.args[:1]):
        return call
    merged = msgspec.structs.replace(
        call,
        callee=inner.callee,
        args=(*call.args, *inner.args[1:]),
        keywords={**inner.keywords, **call.keywords},
        open=inner.open or call.open,
    )
    return _flatten(merged)


def _function_task(dotted: str, call: Called) -> Declaration | None:
    args = arguments(call, _POSITIONS)
    function = function_in(args.get("_task_function"))
    if function is None and dotted not in _TASKS and dotted.rpartition(".")[2][:1].isupper():
        return _class_task(call)
    outside = None if function else outside_in(args.get("_task_function"))
    if function is None and outside is None:
        return None
    if dotted == "flytekit.eager":
        remarks = dropped(args, "@eager")
        return Declaration(
            Sdk.FLYTEKIT, DISABLED, function=function, remarks=remarks, outside=outside
        )
    setting, version, remarks = _cache(args, open_=call.open)
    return Declaration(
        Sdk.FLYTEKIT,
        setting,
        version,
        function,
        pickle_untyped="pickle_untyped" in args and is_on(args["pickle_untyped"]),
        ignored_inputs=_ignored_inputs(args),
        remarks=remarks,
        outside=outside,
    )


def _class_task(call: Called) -> Declaration | None:
    """A task that a team's own class makes, which takes what the decorator takes."""
    args = arguments(call, ("name",))
    name = args.get("name")
    if name is None:
        return None
    setting, version, remarks = _cache(args, open_=call.open)
    if setting == DISABLED and "metadata" in args:
        setting, version, remarks = metadata_setting(unless_none(args["metadata"]))
    is_named = isinstance(name, Constant)
    return Declaration(
        Sdk.FLYTEKIT,
        setting,
        version,
        name=identity(name) if is_named else f"{{{identity(name)}}}",
        ambiguous=not is_named,
        inputs=typed(args.get("inputs")),
        outputs=typed(args["outputs"]) if "outputs" in args else None,
        ignored_inputs=_ignored_inputs(args),
        remarks=remarks,
    )


def _cache(args: dict[str, Value], *, open_: bool) -> Cached:
    """Setting, version and remarks of `cache=…, cache_version=…` or `cache=Cache(…)`."""
    cache = args.get("cache")
    version = unless_none(args.get("cache_version"))
    if isinstance(cache, Called) and version is None:
        return (*_cache_object(cache), ())
    if open_ and version is None and (cache is None or is_on(cache)):
        return unknown_setting("**" if cache is None else cache), None, ()
    if cache is None and open_:
        return pinned_or_computed(version), version, ()
    if cache is None or not is_on(cache):
        return DISABLED, None, not_switched_on(version if cache is None else None)
    if not isinstance(cache, Constant) and version is None:
        return unknown_setting(cache), None, ()
    return pinned_or_computed(version), version, ()


def _cache_object(cache: Called) -> tuple[CacheSetting, Value | None]:
    if not _is_cache(cache.callee):
        return unknown_setting(cache), None
    args = arguments(cache, _CACHE)
    version = unless_none(args.get("version"))
    if version is not None:
        return pinned_or_computed(version), version
    if cache.open:
        return unknown_setting(cache), None
    policies = unless_none(args.get("policies"))
    return automatic(policies, args.get("salt"), "default policies"), None


def _is_cache(callee: Value) -> bool:
    return isinstance(callee, Known) and callee.dotted.rpartition(".")[2] == "Cache"


def _ignored_inputs(args: dict[str, Value]) -> tuple[str, ...]:
    cache = args.get("cache")
    if isinstance(cache, Called):
        return names_of(arguments(cache, _CACHE).get("ignored_inputs"))
    return names_of(args.get("cache_ignore_input_vars"))
