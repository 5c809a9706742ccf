"""The guard before flytekit's local cache: an entry is served only to the signature that stored it.

flytekit looks entries up by name, version and inputs. The guard hands it the version with the
signature behind it, so the entries of several signatures lie side by side, and a process without
the guard neither sees nor spoils them.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any
from weakref import WeakKeyDictionary

from sigclock.guard import notes, process, signature
from sigclock.guard.failures import attempt, say
from sigclock.guard.frames import caller
from sigclock.guard.signature import Signature, guarded_version

_PARAMETERS = ["task_name", "cache_version", "input_literal_map", "cache_ignore_input_vars"]
#: What the version of a task without outputs is replaced by: nothing is stored there.
_VOID = Signature("", ())

#: The classes that have a guard before them.
_guarded: set[Any] = set()


def install(*, trusting: bool) -> None:
    """Put the guard in place, once in a process; what it does not know stays as it is, and is said.

    `trusting` serves an entry from before the guard to the first signature of its task.
    """
    module = import_module("flytekit.core.local_cache")
    cache = getattr(module, "LocalTaskCache", None)
    look, store = getattr(cache, "get", None), getattr(cache, "set", None)
    if cache in _guarded:
        return
    if not (_is_known(look, _PARAMETERS) and _is_known(store, [*_PARAMETERS, "value"])):
        say("sigclock's guard does not know this flytekit, so its local cache is not guarded")
        return
    _guarded.add(cache)
    guard = Guard(cache, trusting=trusting)
    setattr(cache, "get", guard.get)  # noqa: B010 - it is a class of flytekit's
    setattr(cache, "set", guard.set)  # noqa: B010 - likewise


def _is_known(function: Callable[..., object] | None, parameters: list[str]) -> bool:
    return function is not None and [*inspect.signature(function).parameters] == parameters


class Guard:
    """`get` and `set` of flytekit's cache, for the signature of the task that asks."""

    def __init__(self, cache: Any, *, trusting: bool) -> None:  # noqa: ANN401 - flytekit's class
        self._cache = cache
        self._look: Callable[..., Any] = cache.get
        self._store: Callable[..., None] = cache.set
        self._trusting = trusting
        self._start = process.start()
        self._lock = threading.RLock()
        self._signatures: WeakKeyDictionary[Any, Signature | None] = WeakKeyDictionary()

    def get(self, task_name: str, cache_version: object, *inputs: Any) -> Any:  # noqa: ANN401 - flytekit's
        """The entry that this signature stored; else nothing, with a line on another one."""
        own = self._signature(task_name)
        if own is None:
            return None
        if own is not _VOID:
            found = self._look(task_name, guarded_version(cache_version, own.name), *inputs)
            if found is not None:
                return found
        return attempt(lambda: self._other(own, task_name, cache_version, inputs), None)

    def set(self, task_name: str, cache_version: object, *inputs_and_value: Any) -> None:  # noqa: ANN401
        """Store under this signature; nothing for a task without outputs, as on a cluster."""
        own = self._signature(task_name)
        if own is None or own is _VOID:
            return
        version = guarded_version(cache_version, own.name)
        self._store(task_name, version, *inputs_and_value)
        attempt(lambda: notes.add(self._cache._cache, task_name, cache_version, own), None)  # noqa: SLF001 - flytekit gives no other way

    def _signature(self, task_name: str) -> Signature | None:
        """The signature of the task that runs, worked out once; None if that fails."""
        return attempt(lambda: self._known(_running(task_name)), None)

    def _known(self, task: Any) -> Signature | None:  # noqa: ANN401 - flytekit's
        with self._lock:
            if task not in self._signatures:
                self._signatures[task] = None
                self._signatures[task] = self._of(task)
            return self._signatures[task]

    def _of(self, task: Any) -> Signature:  # noqa: ANN401 - flytekit's
        outputs = dict(task.python_interface.outputs)
        if not outputs:
            return _VOID
        # A map task stores a list of what its task returns.
        mapped = getattr(task, "_run_task", task)
        function = getattr(mapped, "task_function", None)
        return signature.of_function(function, outputs, self._start)

    def _other(
        self, own: Signature, task_name: str, version: object, inputs: tuple[Any, ...]
    ) -> Any:  # noqa: ANN401 - flytekit's
        """Say which entry there is for these inputs, that this signature did not store."""
        known = notes.read(self._cache._cache, task_name, version).signatures  # noqa: SLF001 - as above
        others = {name: lines for name, lines in known.items() if name != own.name}
        for name in reversed(others):
            if self._look(task_name, guarded_version(version, name), *inputs) is not None:
                other = Signature(name, others[name])
                self._say(task_name, signature.difference(other, own))
                return None
        plain = self._look(task_name, version, *inputs)
        if plain is None:
            return None
        if own is _VOID:
            self._say(task_name, "it returns nothing, and a cluster runs such a task each time")
        elif self._trusting and not others:
            self.set(task_name, version, *inputs, plain)
            return plain
        else:
            self._say(task_name, "its entry is from before the guard")
        return None

    def _say(self, task_name: str, why: str) -> None:
        say(f"sigclock's guard: {task_name} runs again: {why}")


def _running(name: str) -> Any:  # noqa: ANN401 - flytekit's task
    """The task of this name that asks the cache; by its frame, for several may have the name."""
    task = caller("local_execute", "self")
    if getattr(task, "name", None) == name:
        return task
    entities = import_module("flytekit.core.context_manager").FlyteEntities.entities
    tasks = [entity for entity in entities if getattr(entity, "name", None) == name]
    if len(tasks) != 1:
        raise LookupError(f"there are {len(tasks)} tasks named {name!r}")
    return tasks[0]
