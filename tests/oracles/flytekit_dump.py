"""What the installed flytekit (Flyte 1) says of the tasks of a source tree."""

from __future__ import annotations

import dataclasses
import importlib
from pathlib import Path
from typing import Any

import msgspec

from oracles import forkserver, pbhash

Json = Any


class TaskDump(msgspec.Struct, frozen=True):
    """A task as flytekit made it.

    `inputs` and `outputs` are stripped `LiteralType`s by name, `remote_*` the backend's hashes of
    them; `module` and `function` are None for tasks without a Python function.
    """

    name: str
    kind: str
    module: str | None
    function: str | None
    cached: bool
    cache_version: str | None
    void: bool
    inputs: dict[str, Json]
    outputs: dict[str, Json]
    remote_inputs: str
    remote_outputs: str


class Dump(msgspec.Struct, frozen=True):
    """All tasks of a tree in the order of their making, and the modules that do not import."""

    tasks: tuple[TaskDump, ...] = ()
    errors: dict[str, str] = {}
    crash: str = ""


def dump(trees: list[forkserver.Tree], together: int = 1) -> list[Dump]:
    """Import every module of each tree; `together` trees share a process, one after the other."""
    answers = forkserver.ask_together("flytekit_dump", trees, together)
    return msgspec.convert(answers, list[Dump])


def preload() -> None:
    """Import flytekit and, by one small use, what it imports late."""
    importlib.import_module("flytekit")
    engine = importlib.import_module("flytekit.core.type_engine").TypeEngine
    engine.to_literal_type(dataclasses.make_dataclass("Warm", [("up", int)]))
    for late in ("diskcache", "joblib", "pydantic"):
        importlib.import_module(late)


def answer(trees: list[forkserver.Tree]) -> Json:
    return forkserver.each(_dump, trees)


def _dump(tree: forkserver.Tree) -> Json:
    task_class = importlib.import_module("flytekit.core.base_task").Task
    entities = importlib.import_module("flytekit.core.context_manager").FlyteEntities.entities
    entities.clear()
    forkserver.plant(tree, Path.cwd() / "tree")
    errors = forkserver.import_all(tree)
    tasks = [_dump_task(task) for task in entities if isinstance(task, task_class)]
    return msgspec.to_builtins(Dump(tuple(tasks), errors))


def _dump_task(task: Any) -> TaskDump:
    function = getattr(task, "task_function", None)
    metadata = getattr(task, "metadata", None)
    interface = task.interface.to_flyte_idl()
    return TaskDump(
        name=task.name,
        kind=type(task).__name__,
        module=getattr(function, "__module__", None),
        function=getattr(function, "__name__", None),
        cached=bool(metadata and metadata.cache),
        cache_version=(str(metadata.cache_version) or None) if metadata else None,
        void=not interface.outputs.variables,
        inputs=_by_name(interface.inputs),
        outputs=_by_name(interface.outputs),
        remote_inputs=pbhash.signature(interface.inputs),
        remote_outputs=pbhash.signature(interface.outputs),
    )


def _by_name(variables: Any) -> dict[str, Json]:
    stripped = pbhash.stripped(variables).get("variables", {})
    return {name: variable["type"] for name, variable in stripped.items()}
