"""The guard before Flyte 2's local cache, for pickled outputs alone.

Flyte 2's own key has the whole interface in it, but nothing of a pickled class; there the guard
adds the signature to the key under which an entry is looked up and stored. All other keys stay as
they are, and so does the key that a cluster gets.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any
from weakref import WeakKeyDictionary

from sigclock.guard import process, signature
from sigclock.guard.failures import attempt, say
from sigclock.guard.frames import caller
from sigclock.guard.signature import Signature, guarded_version

_PICKLE = b"PythonPickle"
#: The signature of a task that pickles nothing: its keys stay as they are.
_OWN_KEY = Signature("", ())

#: The classes that have a guard before them.
_guarded: set[Any] = set()


def install() -> None:
    """Put the guard in place, once in a process; what it does not know it leaves, and says so."""
    cache = import_module("flyte._persistence._task_cache").LocalTaskCache
    if cache in _guarded:
        return
    look: Any = getattr(cache, "get", None)
    store: Any = getattr(cache, "set", None)
    if not (_is_known(look, ["cache_key"]) and _is_known(store, ["cache_key", "value"])):
        say("sigclock's guard does not know this Flyte 2, so its local cache is not guarded")
        return
    _guarded.add(cache)
    guard = Guard(look, store)
    setattr(cache, "get", guard.get)  # noqa: B010 - it is a class of Flyte's
    setattr(cache, "set", guard.set)  # noqa: B010 - likewise


def _is_known(function: Any, parameters: list[str]) -> bool:  # noqa: ANN401 - Flyte's
    known = inspect.iscoroutinefunction(function)
    return known and [*inspect.signature(function).parameters] == parameters


class Guard:
    """`get` and `set` of Flyte 2's cache, for the signature of the task that asks."""

    def __init__(
        self, look: Callable[..., Awaitable[Any]], store: Callable[..., Awaitable[None]]
    ) -> None:
        self._look = look
        self._store = store
        self._start = process.start()
        self._lock = threading.RLock()
        self._signatures: WeakKeyDictionary[Any, Signature | None] = WeakKeyDictionary()

    def get(self, cache_key: str) -> Awaitable[Any]:
        """The entry that this signature stored; the task is looked for before anything waits."""
        return self._get(cache_key, caller("submit", "_task"))

    def set(self, cache_key: str, value: object) -> Awaitable[None]:
        """Store under this signature."""
        return self._set(cache_key, value, caller("submit", "_task"))

    async def _get(self, key: str, task: Any) -> Any:  # noqa: ANN401 - Flyte's
        own = attempt(lambda: self._known(task), None)
        if own is None:
            return None
        if own is _OWN_KEY:
            return await self._look(key)
        found = await self._look(guarded_version(key, own.name))
        if found is None and await self._look(key) is not None:
            say(f"sigclock's guard: {task.name} runs again: its entry is from before the guard")
        return found

    async def _set(self, key: str, value: object, task: Any) -> None:  # noqa: ANN401 - Flyte's
        own = attempt(lambda: self._known(task), None)
        if own is not None:
            await self._store(guarded_version(key, own.name) if own is not _OWN_KEY else key, value)

    def _known(self, task: Any) -> Signature | None:  # noqa: ANN401 - Flyte's
        """The signature of a task, worked out once; None if that failed."""
        if task is None:
            raise LookupError("the task that asks the cache is not known")
        function = getattr(task, "func", None)
        if function is None:
            return self._of(task)
        with self._lock:
            # The template is another object each time that a task is overridden.
            if function not in self._signatures:
                self._signatures[function] = None
                self._signatures[function] = self._of(task)
            return self._signatures[function]

    def _of(self, task: Any) -> Signature:  # noqa: ANN401 - Flyte's
        serde = import_module("flyte._internal.runtime.types_serde")
        interface = serde.transform_native_to_typed_interface(task.interface)
        if _PICKLE not in interface.outputs.SerializeToString():
            return _OWN_KEY
        outputs = dict(task.native_interface.outputs)
        return signature.of_function(getattr(task, "func", None), outputs, self._start)
