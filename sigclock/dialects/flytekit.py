"""Flyte 1: which calls make flytekit tasks, whether they are cached, and where the version stands."""

from __future__ import annotations

from sigclock.dialects.declaration import Declaration, identity, is_true, pinned_or_computed
from sigclock.model.snapshot import DISABLED, CacheKind, CacheSetting, Sdk
from sigclock.resolve.names import FunctionSymbol
from sigclock.resolve.values import Called, Code, Computed, Constant, Items, Known, Member, Value

#: A file that holds none of these cannot declare a task by itself.
MARKERS = (b"flytekit", b"union")

_TASKS = frozenset({"flytekit.task", "flytekit.dynamic", "flytekit.eager"})
#: Parameters of `flytekit.task` that may be given by position, after the function.
_POSITIONS = ("_task_function", "task_config", "cache")
_CACHE_POSITIONS = ("version", "serialize", "ignored_inputs", "salt", "policies")


def declare(call: Called, decorators: frozenset[str] = frozenset()) -> Declaration | None:
    """The task that a call makes, or None. `decorators` are a team's own, treated as `task`."""
    made = _flatten(call)
    match made.callee:
        case Known(dotted) if dotted in _TASKS or dotted in decorators:
            return _function_task(dotted, made)
        case Member(_, "task") if _is_actor(made.callee):
            return _function_task("flytekit.task", made)
        case _:
            return None


def is_factory(value: Value, decorators: frozenset[str] = frozenset()) -> bool:
    """Whether applying the value to a function can make a task: `partial(task, …)`, `task(cache=True)`."""
    match value:
        case Known(dotted):
            return dotted in _TASKS or dotted in decorators
        case Called(callee):
            return is_factory(callee, decorators)
        case Member(owner, "task"):
            return _is_actor(value) or is_factory(owner, decorators)
        case _:
            callee = getattr(value, "callee", None)
            return isinstance(callee, Value) and is_factory(callee, decorators)


def _is_actor(value: Value) -> bool:
    """`union.ActorEnvironment(…).task`."""
    match value:
        case Member(Called(Known(dotted)), "task"):
            return dotted.endswith(".ActorEnvironment")
        case _:
            return False


def _flatten(call: Called) -> Called:
    """`task(cache=True)(fn)` → `task(fn, cache=True)`."""
    inner = call.callee
    if isinstance(inner, Called) and not _function_in(inner):
        merged = {**inner.keywords, **call.keywords}
        return _flatten(
            Called(
                inner.callee,
                (*call.args, *inner.args[1:]),
                merged,
                call.path,
                call.node,
                inner.open or call.open,
            )
        )
    return call


def _function_in(call: Called) -> bool:
    return bool(call.args) and isinstance(call.args[0], Code)


def _function_task(dotted: str, call: Called) -> Declaration | None:
    arguments = {**dict(zip(_POSITIONS, call.args, strict=False)), **call.keywords}
    function = arguments.get("_task_function")
    if not isinstance(function, Code) or not isinstance(function.symbol, FunctionSymbol):
        return None
    untyped = "pickle_untyped" in arguments and is_true(arguments["pickle_untyped"])
    if dotted == "flytekit.eager":
        remarks = _ignored(arguments, "@eager drops cache arguments")
        return Declaration(Sdk.FLYTEKIT, DISABLED, function=function.symbol, remarks=remarks)
    setting, version, remarks = _cache(arguments, open_=call.open)
    return Declaration(
        Sdk.FLYTEKIT,
        setting,
        version,
        function.symbol,
        pickle_untyped=untyped,
        ignored_inputs=_ignored_inputs(arguments),
        remarks=remarks,
    )


def _ignored(arguments: dict[str, Value], why: str) -> tuple[tuple[str, str], ...]:
    given = sorted({"cache", "cache_version"} & arguments.keys())
    return (("cache-ignored", f"{why}: {', '.join(given)} has no effect"),) if given else ()


def _cache(
    arguments: dict[str, Value], *, open_: bool
) -> tuple[CacheSetting, Value | None, tuple[tuple[str, str], ...]]:
    """Setting, version and remarks of `cache=…, cache_version=…` or `cache=Cache(…)`."""
    cache = arguments.get("cache")
    version = arguments.get("cache_version")
    if isinstance(cache, Called) and isinstance(cache.callee, Known):
        return (*_cache_object(cache), ())
    if cache is None and open_:
        return CacheSetting(CacheKind.COMPUTED, "**"), Computed("**", "", 0), ()
    if cache is None or not is_true(cache):
        remark = "cache_version without cache=True is not caching"
        return DISABLED, None, (("cache-ignored", remark),) if version is not None else ()
    if isinstance(cache, Computed) and version is None:
        return CacheSetting(CacheKind.COMPUTED, identity(cache)), cache, ()
    return pinned_or_computed(version), version, ()


def _cache_object(cache: Called) -> tuple[CacheSetting, Value | None]:
    arguments = {**dict(zip(_CACHE_POSITIONS, cache.args, strict=False)), **cache.keywords}
    version = arguments.get("version")
    if version is not None and not (isinstance(version, Constant) and version.value is None):
        return pinned_or_computed(version), version
    if cache.open:
        return CacheSetting(CacheKind.COMPUTED, identity(cache)), cache
    salt = arguments.get("salt")
    policies = arguments.get("policies")
    parts = [identity(policies) if policies is not None else "default policies"]
    parts += [f"salt={identity(salt)}"] if salt is not None else []
    return CacheSetting(CacheKind.AUTOMATIC, " ".join(parts)), None


def _ignored_inputs(arguments: dict[str, Value]) -> tuple[str, ...]:
    cache = arguments.get("cache")
    value = arguments.get("cache_ignore_input_vars")
    if isinstance(cache, Called):
        value = cache.keywords.get("ignored_inputs")
    match value:
        case Constant(str(name)):
            return (name,)
        case Items(items):
            return tuple(str(item.value) for item in items if isinstance(item, Constant))
        case _:
            return ()
