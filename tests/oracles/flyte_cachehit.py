"""What Flyte 2's local cache does when a task's old code has run and the new code is called."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from pathlib import Path
from typing import Any

import msgspec

from oracles import cachehit, flyte_dump, forkserver
from oracles.cachehit import CacheHit, Case, Run

Json = Any
#: For so many cases on a busy machine; a run takes some 20 ms.
_SECONDS = 300


def run(cases: list[Case], together: int = 1) -> list[CacheHit]:
    """Run each case; `together` cases share two processes, and one local cache.

    They do not meet in it: each is called with another number. The arguments of a case, and its
    guard, do not count.
    """
    requests = [msgspec.to_builtins(case) for case in cases]
    answers = forkserver.ask_together("flyte_cachehit", requests, together)
    return msgspec.convert(answers, list[CacheHit])


def preload() -> None:
    flyte_dump.preload()
    importlib.import_module("flyte._persistence._task_cache")


def answer(cases: list[Json]) -> Json:
    signal.alarm(2 * _SECONDS)
    place = Path.cwd()
    os.environ["HOME"] = str(place)
    sides = [
        [
            {
                "tree": case[side],
                "root": str(place / side / str(number)),
                "task": case["task"],
                "x": number + 3,
                "fresh": side == "after",
            }
            for number, case in enumerate(cases)
        ]
        for side in ("before", "after")
    ]
    for request in (*sides[0], *sides[1]):
        forkserver.write(request["tree"], Path(request["root"]))
    stored = forkserver.apart(_calls, sides[0], place / "old")
    served = forkserver.apart(_calls, sides[1], place / "new")
    if not (isinstance(stored, list) and isinstance(served, list)):
        return served if isinstance(stored, list) else stored
    return [cachehit.ended(old, new) for old, new in zip(stored, served, strict=True)]


def _calls(requests: list[Json]) -> Json:
    signal.alarm(_SECONDS)
    # The thread of Flyte's loop is not in a fork.
    loop = vars(importlib.import_module("flyte.syncify").syncify)["_bg_loop"]
    type(loop).__init__(loop, "fork")
    flyte = importlib.import_module("flyte")
    flyte.init()
    hits = _watch_cache()
    return forkserver.each(lambda request: _call(flyte, request, hits), requests)


def _call(flyte: Any, request: Json, hits: list[bool]) -> Json:
    hits.clear()
    forkserver.enter(request["tree"], Path(request["root"]))
    if errors := forkserver.import_all(request["tree"]):
        cannot = Run(error=f"import: {errors}")
        return msgspec.to_builtins({"cached": cannot, "fresh": cannot})
    modules = (sys.modules[name] for name in forkserver.modules_of(request["tree"]))
    task = next(task for task in flyte_dump.tasks_of(modules) if task.name == request["task"])
    cached = _run(flyte, task, request["x"], disabled=False)
    serde = importlib.import_module("flyte._internal.runtime.types_serde")
    convert = importlib.import_module("flyte._internal.runtime.convert")
    interface = serde.transform_native_to_typed_interface(task.interface)
    remote = convert.generate_interface_hash(interface)
    cached = msgspec.structs.replace(cached, hit=any(hits), remote=remote)
    fresh = _run(flyte, task, request["x"], disabled=True) if request["fresh"] else Run()
    return msgspec.to_builtins({"cached": cached, "fresh": fresh})


def _watch_cache() -> list[bool]:
    """Note for each look into the local cache whether something was there."""
    cache = importlib.import_module("flyte._persistence._task_cache").LocalTaskCache
    look, hits = cache.get, []

    async def get(cache_key: str) -> Any:
        found = await look(cache_key)
        hits.append(found is not None)
        return found

    cache.get = staticmethod(get)
    return hits


def _run(flyte: Any, task: Any, x: int, *, disabled: bool) -> Run:
    context = flyte.with_runcontext(mode="local", disable_run_cache=disabled)
    try:
        value = list(context.run(task, x=x).outputs())
        return Run(value=cachehit.shown(value), content=cachehit.content(value))
    except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
        return Run(error=forkserver.said(error))
