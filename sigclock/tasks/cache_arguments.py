"""The cache arguments that a call carries, as far as they stand in its source."""

from __future__ import annotations

import ast
from collections.abc import Mapping

import msgspec

from sigclock.python.names.unparse import last_name, line_of
from sigclock.python.values.values import Called, Known, Table, Value
from sigclock.tasks.sdks import HOMES

#: Words that only a tool like Flyte uses, which a file holds that carries cache arguments.
WORDS = (b"cache_version", b"version_override", b"TaskMetadata")
#: Methods that take cache arguments and are judged by themselves.
CARRYING = frozenset({"override", "with_overrides"})
_VERSIONS = ("cache_version", "version_override")
_NAMES = frozenset({"cache", *_VERSIONS})
#: Options of a call whose values may stand for cache arguments by a name.
_BY_NAME = frozenset({"cache", "metadata"})


class CacheArguments(msgspec.Struct, frozen=True, eq=False):
    """The arguments that have to do with a cache; `cache` is the switch.

    `text` tells them all, but for the value of the version. `has_sdk_cache` tells that the switch
    is an SDK's own object.
    """

    cache: ast.expr | None = None
    has_version: bool = False
    has_version_override: bool = False
    has_metadata: bool = False
    has_sdk_cache: bool = False
    text: str = ""

    @property
    def is_telling(self) -> bool:
        """Whether nothing but Flyte takes such arguments."""
        return self.has_version or self.has_metadata or self.has_sdk_cache

    @property
    def is_carrying(self) -> bool:
        return self.cache is not None or self.has_version or self.has_metadata


def cache_arguments(call: ast.Call) -> CacheArguments:
    """The cache arguments that are written in the call itself, also in a `**` display."""
    if not call.keywords and not call.args:
        return _NONE
    settings = {name: value for name, value in _named(call) if name in _NAMES}
    metadata = any(name == "metadata" and _holds_metadata(value) for name, value in _named(call))
    cache_objects = [part for part in call.args if _is_cache_object(part)]
    if cache_objects and "cache" not in settings:
        settings["cache"] = cache_objects[0]
    metadata = metadata or any(_is_metadata_object(part) for part in call.args)
    if not settings and not metadata:
        return _NONE
    inside = settings.get("cache")
    override = "version_override" in settings or _holds_override(inside)
    version = any(name in settings for name in _VERSIONS) or override
    text = ", ".join(_shown(name, value) for name, value in sorted(settings.items()))
    return CacheArguments(inside, version, override, metadata, text=text)


def holds_cache_words(data: bytes) -> bool:
    """Whether a text has one of the words that only Flyte uses for this."""
    return any(word in data for word in WORDS)


def set_later(node: ast.stmt) -> ast.Attribute | None:
    """`t.metadata.cache = True`, `t._metadata = TaskMetadata(cache=True, …)`: its target."""
    match node:
        case ast.Assign([ast.Attribute(ast.Attribute(_, "metadata"), attr) as target]) if (
            attr in _NAMES
        ):
            return target
        case ast.Assign([ast.Attribute(_, "_metadata" | "metadata") as target], value) if (
            _is_metadata_object(value)
        ):
            return target
        case _:
            return None


_NONE = CacheArguments()


def is_incomplete(call: ast.Call) -> bool:
    """Whether names stand for options that may be cache arguments: `metadata=M`, `**CFG`."""
    return any(
        keyword.arg is None
        or (keyword.arg in _BY_NAME and isinstance(keyword.value, (ast.Name, ast.Attribute)))
        for keyword in call.keywords
    )


def completed(arguments: CacheArguments, values: Mapping[str | None, Value]) -> CacheArguments:
    """The arguments with what the options of a call come to; under None is what `**` unpacks."""
    switch, unpacked = values.get("cache"), values.get(None)
    named = unpacked.items if isinstance(unpacked, Table) else {}
    metadata = _is_made_by(values.get("metadata"), "TaskMetadata") or "metadata" in named
    version = not named.keys().isdisjoint(_VERSIONS)
    return msgspec.structs.replace(
        arguments,
        has_version=arguments.has_version or version,
        has_metadata=arguments.has_metadata or metadata,
        has_sdk_cache=_is_made_by(switch or named.get("cache"), "Cache"),
        text=arguments.text or ", ".join(sorted(named.keys() & _NAMES)),
    )


def _is_made_by(value: Value | None, maker: str) -> bool:
    match value:
        case Called(Known(dotted)):
            return dotted.startswith(HOMES) and dotted.rpartition(".")[2] == maker
        case _:
            return False


def _named(call: ast.Call) -> list[tuple[str, ast.expr]]:
    named: list[tuple[str, ast.expr]] = []
    for keyword in call.keywords:
        match keyword:
            case ast.keyword(str(name), value):
                named.append((name, value))
            case ast.keyword(None, ast.Dict(keys, values)):
                pairs = zip(keys, values, strict=True)
                named += [
                    (key.value, value)
                    for key, value in pairs
                    if isinstance(key, ast.Constant) and isinstance(key.value, str)
                ]
            case ast.keyword(None, ast.Call(ast.Name("dict")) as inner):
                named += [(k.arg, k.value) for k in inner.keywords if k.arg is not None]
            case _:
                pass
    return named


def _shown(name: str, value: ast.expr) -> str:
    """An argument; whoever bumps a version by hand changes nothing else about it."""
    if name in _VERSIONS:
        return name
    match value:
        case ast.Call(func, _, keywords) if _is_cache_object(value):
            named = [(keyword.arg or "**", keyword.value) for keyword in keywords]
            inner = sorted(_shown(*pair) for pair in named if pair[0] != "version")
            return f"{name}={line_of(func)}({', '.join(inner)})"
        case _:
            return f"{name}={line_of(value)}"


def _is_cache_object(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) == "Cache"


def _is_metadata_object(node: ast.expr) -> bool:
    if not (isinstance(node, ast.Call) and last_name(node.func) == "TaskMetadata"):
        return False
    return _is_caching(node)


def _holds_metadata(node: ast.expr) -> bool:
    """Whether `metadata` is, or is made of, what caches: it is of many other libraries too."""
    return any(isinstance(part, ast.Call) and _is_metadata_object(part) for part in ast.walk(node))


def _is_caching(call: ast.Call) -> bool:
    """Whether `TaskMetadata(…)` is given cache arguments, or what may be some."""
    named = {name for name, _ in _named(call)}
    return bool(call.args or named & _NAMES or any(k.arg is None for k in call.keywords))


def _holds_override(node: ast.expr | None) -> bool:
    """`cache=Cache("auto", version_override="1")`."""
    return isinstance(node, ast.Call) and any(n == "version_override" for n, _ in _named(node))
