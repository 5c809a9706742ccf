"""A program for the project's Python: it writes the tasks as the installed SDK has them, as JSON.

It needs only the SDK, so it runs where sigclock is not installed. Request on stdin:
`{"modules": […], "paths": […], "archive": null | FILE}`. The answer goes to the file that the first
argument names, for imported code may print.
"""

from __future__ import annotations

import importlib
import inspect
import io
import json
import sys
import tarfile
from contextlib import suppress
from typing import Any

Json = Any
#: In bytes, unpacked: a few kilobytes hold as much as a disk.
_LARGEST_ARCHIVE = 256 * 1024 * 1024
_LARGEST_TASK = 16 * 1024 * 1024
_LARGEST_MEMORY = 1024 * 1024 * 1024


def main() -> None:
    """Answer one request."""
    request = json.load(sys.stdin.buffer)  # UTF-8, whatever the system's encoding is
    sys.path[:0] = request["paths"]
    archive = request["archive"]
    if archive:
        _limit_memory()
    answer = of_archive(archive) if archive else _of_modules(request["modules"])
    with open(sys.argv[1], "w", encoding="utf-8") as file:  # noqa: PTH123 - the shortest
        json.dump(answer, file)


def _of_modules(names: list[str]) -> Json:
    errors = {name: error for name in names if (error := _import(name))}
    tasks = [*_flytekit_tasks(), *_flyte_tasks()]
    return {"tasks": tasks, "errors": errors, "sdks": _sdks()}


def _import(name: str) -> str:
    try:
        importlib.import_module(name)
    except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
        return f"{type(error).__name__}: {error}".splitlines()[0]
    return ""


def _sdks() -> dict[str, str]:
    from importlib.metadata import version  # noqa: PLC0415 - a program of its own

    return {name: version(name) for name in ("flytekit", "flyte") if name in sys.modules}


def _task(sdk: str, name: str, function: Any, interface: Any, **more: Json) -> Json:  # noqa: ANN401
    from google.protobuf.json_format import MessageToDict  # noqa: PLC0415 - comes with an SDK

    code = getattr(inspect.unwrap(function), "__code__", None) if function else None
    return {
        "sdk": sdk,
        "name": name,
        "file": code.co_filename if code else "",
        "function": inspect.unwrap(function).__qualname__ if code else "",
        "inputs": MessageToDict(interface.inputs),
        "outputs": MessageToDict(interface.outputs),
        "interface": "",
        "error": "",
        **more,
    }


# -- Flyte 1 -------------------------------------------------------------------------------------


def _flytekit_tasks() -> list[Json]:
    if "flytekit" not in sys.modules:
        return []
    task_class = importlib.import_module("flytekit.core.base_task").Task
    entities = importlib.import_module("flytekit.core.context_manager").FlyteEntities.entities
    tasks = [
        entity
        for entity in entities
        if isinstance(entity, task_class) and entity.interface is not None
    ]
    return [_flytekit_task(task) for task in tasks]


def _flytekit_task(task: Any) -> Json:  # noqa: ANN401
    metadata = getattr(task, "metadata", None)
    function = getattr(task, "task_function", None)
    cached = metadata is not None and bool(metadata.cache)
    version = str(getattr(metadata, "cache_version", "")) if cached else ""
    interface = task.interface.to_flyte_idl()
    return _task("flytekit", task.name, function, interface, cached=cached, version=version)


def of_archive(path: str) -> Json:
    """The tasks of an archive that `pyflyte package` wrote."""
    spec = importlib.import_module("flyteidl.admin.task_pb2").TaskSpec
    tasks = []
    total = 0
    with tarfile.open(path) as archive:
        for member in archive:
            total += member.size
            if total > _LARGEST_ARCHIVE:
                raise ValueError(f"more than {_LARGEST_ARCHIVE // 2**20} MB are packed in it")
            if not member.isfile() or not member.name.endswith("_1.pb"):
                continue
            if member.size > _LARGEST_TASK:
                raise ValueError(f"a task in it has more than {_LARGEST_TASK // 2**20} MB")
            message = spec()
            message.ParseFromString((archive.extractfile(member) or io.BytesIO()).read())
            template = message.template
            metadata = template.metadata
            cached = metadata.discoverable
            version = metadata.discovery_version if cached else ""
            name = template.id.name
            tasks.append(
                _task("flytekit", name, None, template.interface, cached=cached, version=version)
            )
    return {"tasks": tasks, "errors": {}, "sdks": {}}


def _limit_memory() -> None:
    """A header of an archive is read whole, however long it says that it is."""
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - not there

        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        limit = _LARGEST_MEMORY if most < 0 else min(most, _LARGEST_MEMORY)
        # macOS may refuse; the bound on what is unpacked holds there too.
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_DATA, (limit, most))


# -- Flyte 2 -------------------------------------------------------------------------------------


def _flyte_tasks() -> list[Json]:
    if "flyte" not in sys.modules:
        return []
    template = importlib.import_module("flyte._task").TaskTemplate
    modules = [
        module for name, module in list(sys.modules.items()) if name.split(".")[0] != "flyte"
    ]
    values = [
        value for module in modules for value in list(getattr(module, "__dict__", {}).values())
    ]
    environment = importlib.import_module("flyte").TaskEnvironment
    for value in values[:]:
        if isinstance(value, environment):
            values.extend(value.tasks.values())
    tasks = {id(task): task for task in values if isinstance(task, template)}
    return [_flyte_task(task) for task in tasks.values()]


def _flyte_task(task: Any) -> Json:  # noqa: ANN401
    serde = importlib.import_module("flyte._internal.runtime.types_serde")
    convert = importlib.import_module("flyte._internal.runtime.convert")
    caches = importlib.import_module("flyte._cache.cache")
    function = getattr(task, "func", None)
    try:
        cache = caches.cache_from_request(task.cache)
        parameters = caches.VersionParameters(func=function, image=task.image)
        version = cache.get_version(parameters) if cache.is_enabled() else ""
        cached = cache.is_enabled()
        interface = serde.transform_native_to_typed_interface(task.interface)
    except Exception as error:  # noqa: BLE001 - foreign code may raise anything
        return {"sdk": "flyte", "name": task.name, "error": f"{type(error).__name__}: {error}"}
    answer = _task("flyte", task.name, function, interface, cached=cached, version=str(version))
    for side in ("inputs", "outputs"):
        variables = answer[side].get("variables", [])
        answer[side] = {"variables": {variable["key"]: variable["value"] for variable in variables}}
    return {**answer, "interface": convert.generate_interface_hash(interface)}


if __name__ == "__main__":
    main()
