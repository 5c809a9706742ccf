"""What the installed flyte (Flyte 2) says of the tasks of a source tree."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from oracles import forkserver

if TYPE_CHECKING:
    from collections.abc import Iterable

Json = Any


class TaskDump(msgspec.Struct, frozen=True):
    """A task as the SDK made it; `version` is the one that goes into the cache key."""

    name: str
    kind: str
    module: str | None
    function: str | None
    behavior: str
    cached: bool
    version: str
    void: bool
    inputs: dict[str, Json]
    outputs: dict[str, Json]
    interface_hash: str


class Dump(msgspec.Struct, frozen=True):
    """All tasks of a tree by name, and the modules that do not import."""

    tasks: tuple[TaskDump, ...] = ()
    errors: dict[str, str] = {}
    crash: str = ""


def dump(trees: list[forkserver.Tree], together: int = 1) -> list[Dump]:
    """Import every module of each tree; `together` trees share a process, one after the other."""
    return msgspec.convert(forkserver.ask_together("flyte_dump", trees, together), list[Dump])


def preload() -> None:
    """Import flyte and, by one small use, what it imports late."""
    importlib.import_module("flyte")
    engine = importlib.import_module("flyte.types._type_engine").TypeEngine
    engine.to_literal_type(type("Warm", (), {}))
    importlib.import_module("flyte._internal.runtime.convert")


def answer(trees: list[forkserver.Tree]) -> Json:
    return forkserver.each(_dump, trees)


def _dump(tree: forkserver.Tree) -> Json:
    forkserver.plant(tree, Path.cwd() / "tree")
    errors = forkserver.import_all(tree)
    modules = [sys.modules[name] for name in forkserver.modules_of(tree) if name in sys.modules]
    tasks = sorted(map(_dump_task, tasks_of(modules)), key=lambda task: task.name)
    return msgspec.to_builtins(Dump(tuple(tasks), errors))


def tasks_of(modules: Iterable[Any]) -> list[Any]:
    """The tasks that modules hold, or that their environments do; each once."""
    template = importlib.import_module("flyte._task").TaskTemplate
    held = [value for module in modules for value in vars(module).values()]
    registers = [vars(value).get("_tasks", {}) for value in held if hasattr(value, "__dict__")]
    held += [task for register in registers for task in register.values()]
    return list({id(task): task for task in held if isinstance(task, template)}.values())


def _dump_task(task: Any) -> TaskDump:
    serde = importlib.import_module("flyte._internal.runtime.types_serde")
    convert = importlib.import_module("flyte._internal.runtime.convert")
    interface = serde.transform_native_to_typed_interface(task.interface)
    function = getattr(task, "func", None)
    cache = importlib.import_module("flyte._cache.cache").cache_from_request(task.cache)
    return TaskDump(
        name=task.name,
        kind=type(task).__name__,
        module=getattr(function, "__module__", None),
        function=getattr(function, "__name__", None),
        behavior=cache.behavior,
        cached=cache.is_enabled(),
        version=_version(cache, task, function),
        void=not interface.outputs.variables,
        inputs=_by_name(interface.inputs),
        outputs=_by_name(interface.outputs),
        interface_hash=convert.generate_interface_hash(interface),
    )


def _version(cache: Any, task: Any, function: Any) -> str:
    parameters = importlib.import_module("flyte._cache.cache").VersionParameters
    return str(cache.get_version(parameters(func=function, image=task.image)))


def _by_name(variables: Any) -> dict[str, Json]:
    to_json = importlib.import_module("google.protobuf.json_format").MessageToDict
    return {entry.key: to_json(entry.value.type) for entry in variables.variables}
