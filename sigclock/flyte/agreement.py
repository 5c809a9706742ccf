"""A task as the SDK made it, compared with the task as sigclock reads it; and its exact keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from sigclock.flyte import keys
from sigclock.flyte.literal_types import on_flyte, type_text
from sigclock.interface.remote_key import PICKLE, remote_view
from sigclock.interface.snapshot import CacheKind, Definition, Field, Sdk, Task
from sigclock.interface.types import ARTIFACT, Unresolved, spell
from sigclock.verdict.rules.verify_mismatch import Difference

Variables = Mapping[str, Any]
Definitions = Mapping[str, Definition]


class Live(msgspec.Struct, frozen=True):
    """A task as the SDK in the child process says it is (`sigclock.flyte.probe`)."""

    sdk: Sdk
    name: str
    file: str = ""
    function: str = ""
    cached: bool = False
    version: str = ""
    inputs: Variables = {}
    outputs: Variables = {}
    interface: str = ""
    error: str = ""

    @property
    def void(self) -> bool:
        return not self.outputs.get("variables")


class Answer(msgspec.Struct, frozen=True):
    """The child process's answer; `errors` are of modules that do not import."""

    tasks: tuple[Live, ...] = ()
    errors: dict[str, str] = {}
    sdks: dict[str, str] = {}


def differences(live: Live, task: Task, definitions: Definitions) -> Iterator[Difference]:
    """The differences between a task as the SDK has it and as sigclock reads it."""
    if live.sdk is not task.sdk:
        yield Difference("sdk", live.sdk.value, task.sdk.value)
    if live.cached != task.cached:
        words = ("is not cached", "is cached")
        yield Difference("cache", words[live.cached], words[task.cached])
    elif task.cache.kind is CacheKind.PINNED and live.version != task.cache.version:
        yield Difference("version", live.version, task.cache.version or "")
    if live.void != task.void:
        words = ("an output", "no output")
        yield Difference("void", words[live.void], words[task.void])
    yield from _variables("inputs", live, live.inputs, task.inputs, definitions)
    yield from _variables("outputs", live, live.outputs, task.outputs, definitions)


def _variables(
    side: str, live: Live, variables: Variables, fields: tuple[Field, ...], definitions: Definitions
) -> Iterator[Difference]:
    sdk = {
        name: variable.get("type", {}) for name, variable in variables.get("variables", {}).items()
    }
    own = {field.name: field for field in fields}
    if sdk.keys() != own.keys() and sdk and own:
        yield Difference(side, ", ".join(sorted(sdk)), ", ".join(sorted(own)))
    for name in sorted(sdk.keys() & own.keys()):
        theirs, ours = _texts(live.sdk, sdk[name], own[name], definitions)
        if theirs != ours:
            unread = isinstance(own[name].type, Unresolved)
            shown = spell(own[name].type) if unread else _shown(ours)
            yield Difference(f"{side}.{name}", _shown(theirs), shown, unread)


def _texts(sdk: Sdk, type_: Any, field: Field, definitions: Definitions) -> tuple[str, str]:  # noqa: ANN401 - JSON
    if sdk is Sdk.FLYTE:
        return type_text(type_, deep=False), on_flyte(field.type, definitions)
    # Only the type is compared, and artifacts are no part of it.
    ours = remote_view((field,), definitions, Sdk.FLYTEKIT).partition(f" as {ARTIFACT}")[0]
    return type_text(type_), ours.removeprefix(f"{field.name}: ")


def _shown(text: str) -> str:
    return text.replace(PICKLE, "a pickle")


def key_lines(live: Live) -> Iterator[str]:
    """The exact keys of a cached task, each in a line."""
    if live.sdk is Sdk.FLYTE:
        yield f"both    {live.name} + {live.interface} + {live.version} + inputs"
        return
    yield f"local   {keys.local_prefix(live.name, live.version)}<inputs>"
    if live.void:
        yield "remote  never: a task without outputs is not cached there"
        return
    version = keys.dataset_version(live.version, live.inputs, live.outputs)
    yield f"remote  {keys.dataset(live.name)}, version {version}"
