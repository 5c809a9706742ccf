"""What flytekit's local cache does when a task's old code has run and the new code is called."""

from __future__ import annotations

import dataclasses
import importlib
import json
import logging
import os
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from oracles import flytekit_dump, forkserver, pbhash
from sigclock.guard import flytekit_cache, process
from sigclock.guard.failures import LOG

if TYPE_CHECKING:
    from collections.abc import Callable

Json = Any
LEAVES = frozenset({"builtins", "datetime", "decimal", "uuid", "pathlib", "numpy"})


class Case(msgspec.Struct, frozen=True):
    """Two trees, and the call that is made on both: a task by Flyte name with its arguments.

    `guard` is none, or where sigclock's guard takes the signature from: `source` or `objects`.
    """

    before: forkserver.Tree
    after: forkserver.Tree
    task: str = "flow.produce"
    arguments: dict[str, Json] = msgspec.field(default_factory=lambda: {"x": 3})
    guard: str = ""


class Run(msgspec.Struct, frozen=True):
    """How one call ended: `error` (type and first line), or a value with its shape and content.

    `remote` is the backend's hash of the task's outputs, `said` what the guard told.
    """

    hit: bool = False
    value: str = ""
    shape: Json = None
    content: Json = None
    error: str = ""
    remote: str = ""
    said: str = ""


class CacheHit(msgspec.Struct, frozen=True):
    """The old code's run, the new code's with its cache, and the new code's without one."""

    stored: Run = Run()
    served: Run = Run()
    fresh: Run = Run()
    crash: str = ""

    @property
    def comparable(self) -> bool:
        """Whether the old code could store, and the new one can compute, a value."""
        return not (self.crash or self.stored.error or self.fresh.error)

    @property
    def stale(self) -> bool:
        """The cache answered, and with an error or with another value than the new code's."""
        differs = bool(self.served.error) or self.served.content != self.fresh.content
        return self.comparable and self.served.hit and differs

    @property
    def moved(self) -> bool:
        """Whether the remote key moves by the outputs."""
        return self.stored.remote != self.served.remote

    @property
    def silent(self) -> bool:
        """A stale answer that no exception tells of."""
        return self.stale and not self.served.error


def run(cases: list[Case], together: int = 1) -> list[CacheHit]:
    """Run each case with a home, so with a local cache, of its own.

    `together` cases share two processes: one runs all old code, the other all new code.
    """
    requests = [msgspec.to_builtins(case) for case in cases]
    return msgspec.convert(forkserver.ask_together("cachehit", requests, together), list[CacheHit])


def preload() -> None:
    flytekit_dump.preload()


def answer(cases: list[Json]) -> Json:
    place = Path.cwd()
    sides = [
        [
            {
                "tree": case[side],
                "root": str(place / "trees" / side / str(number)),
                "home": str(place / f"home-{number}"),
                "task": case["task"],
                "arguments": case["arguments"],
                "fresh": side == "after",
                "guard": case["guard"],
            }
            for number, case in enumerate(cases)
        ]
        for side in ("before", "after")
    ]
    for request in (*sides[0], *sides[1]):
        forkserver.write(request["tree"], Path(request["root"]))
        if request["guard"]:
            forkserver.write({"pyproject.toml": "[tool.sigclock]\n"}, Path(request["root"]))
    # The guard asks whether a source changed since its process began.
    stored = forkserver.apart(_calls, sides[0], place / "before")
    served = forkserver.apart(_calls, sides[1], place / "after")
    if not (isinstance(stored, list) and isinstance(served, list)):
        return served if isinstance(stored, list) else stored
    return [ended(old, new) for old, new in zip(stored, served, strict=True)]


def ended(old: Json, new: Json) -> Json:
    for side in (old, new):
        if "crash" in side:
            return side
    return {"stored": old["cached"], "served": new["cached"], "fresh": new["fresh"]}


def _calls(requests: list[Json]) -> Json:
    # Forks of one process would else name their temporary files alike.
    importlib.import_module("flytekit.interfaces.random").random.seed()
    said: list[str] = []
    if requests[0]["guard"]:
        _guard(requests[0]["guard"], said)
    hits = _watch_cache()
    return forkserver.each(lambda request: _call(request, hits, said), requests)


def _guard(made_of: str, said: list[str]) -> None:
    """Put the guard in place; where it takes the objects, each source changed since the start."""
    if made_of == "objects":
        vars(process)["start"] = lambda: 0
    LOG.addHandler(Said(said))
    LOG.propagate = False
    flytekit_cache.install(trusting=False)


class Said(logging.Handler):
    """Keeps what a log is told."""

    def __init__(self, said: list[str]) -> None:
        super().__init__()
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        self._said.append(record.getMessage())


def _call(request: Json, hits: list[bool], said: list[str]) -> Json:
    os.environ["HOME"] = request["home"]
    os.environ["FLYTE_LOCAL_CACHE_ENABLED"] = "true"
    importlib.import_module("flytekit.core.local_cache").LocalTaskCache.initialize()
    hits.clear()
    said.clear()
    forkserver.enter(request["tree"], Path(request["root"]))
    if errors := forkserver.import_all(request["tree"]):
        cannot = Run(error=f"import: {errors}")
        return msgspec.to_builtins({"cached": cannot, "fresh": cannot})
    task = _task(request["task"])
    cached = _run(task, request["arguments"])
    remote = pbhash.signature(task.interface.to_flyte_idl().outputs)
    cached = msgspec.structs.replace(cached, hit=any(hits), remote=remote, said="\n".join(said))
    os.environ["FLYTE_LOCAL_CACHE_ENABLED"] = "false"
    fresh = _run(task, request["arguments"]) if request["fresh"] else Run()
    return msgspec.to_builtins({"cached": cached, "fresh": fresh})


def _task(name: str) -> Any:
    entities = importlib.import_module("flytekit.core.context_manager").FlyteEntities.entities
    return next(entity for entity in reversed(entities) if entity.name == name)


def _watch_cache() -> list[bool]:
    """Note for each look into the local cache whether something was there."""
    cache = importlib.import_module("flytekit.core.local_cache").LocalTaskCache
    look, hits = cache.get, []

    def get(*args: Any, **kwargs: Any) -> Any:
        found = look(*args, **kwargs)
        hits.append(found is not None)
        return found

    cache.get = staticmethod(get)
    return hits


def _run(task: Any, arguments: dict[str, Json]) -> Run:
    try:
        value = task(**arguments)
        if hasattr(value, "__next__"):
            value = list(value)
        return Run(value=shown(value), shape=shape(value), content=content(value))
    except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
        return Run(error=forkserver.said(error))


def shown(value: Any) -> str:
    """A stale object may not even let itself be shown; it was served all the same."""
    try:
        return repr(value)[:500]
    except AttributeError as error:
        return f"<{type(value).__qualname__}: {forkserver.said(error)}>"


def shape(value: Any) -> Json:
    """The types that a value is made of, as JSON; its content does not count."""
    return _take_apart(value, lambda leaf: _name(type(leaf)))


def content(value: Any) -> Json:
    """The value itself as JSON, without addresses and temporary paths."""
    return _take_apart(value, lambda leaf: [_name(type(leaf)), _plain(leaf)])


def _take_apart(value: Any, leaf: Callable[[Any], Json]) -> Json:
    kind = _name(type(value))
    inside = _inside(value)
    if inside is None:
        return leaf(value)
    if isinstance(inside, dict):
        return [kind, {name: _take_apart(part, leaf) for name, part in sorted(inside.items())}]
    parts = [_take_apart(part, leaf) for part in inside]
    return [kind, sorted(parts, key=json.dumps) if isinstance(value, (set, frozenset)) else parts]


def _inside(value: Any) -> list[Any] | dict[str, Any] | None:
    """The parts of a value; None where it is one itself."""
    if isinstance(value, Enum):
        return {"name": value.name, "value": value.value}
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return dict(value._asdict())
    if isinstance(value, (list, tuple, set, frozenset)):
        return list(value)
    if isinstance(value, type) or type(value).__module__ in LEAVES:
        return None
    return _parts(value) or None


def _plain(leaf: Any) -> str:
    return repr(leaf) if type(leaf).__module__ in LEAVES or isinstance(leaf, type) else ""


def _name(kind: type) -> str:
    extension = getattr(kind, "extension", None)
    return f"{kind.__qualname__}:{extension()}" if callable(extension) else kind.__qualname__


def _parts(value: Any) -> dict[str, Any]:
    if type(value).__module__.startswith("flytekit"):
        return {}
    if dataclasses.is_dataclass(value):
        names = {field.name for field in dataclasses.fields(value)}
    else:
        slots = [getattr(base, "__slots__", ()) for base in type(value).__mro__]
        names = {slot for group in slots for slot in ([group] if isinstance(group, str) else group)}
        names |= {*getattr(value, "__dict__", {}), *getattr(value, "__struct_fields__", ())}
    public = sorted(name for name in names if not name.startswith("_"))
    return {name: getattr(value, name) for name in public if hasattr(value, name)}
