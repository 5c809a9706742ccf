"""The signature that a task has without a word in the lock: nothing stands there twice."""

from __future__ import annotations

from collections.abc import Mapping

from sigclock.interface.hash_schemes import Signatures, signature
from sigclock.interface.snapshot import Definition, Task
from sigclock.lock.lock import Account


class Implied:
    """The implied signatures of one lock's tasks; `definitions` are its shared classes."""

    def __init__(self, definitions: Mapping[str, Definition]) -> None:
        self._definitions = definitions
        self._signatures = Signatures(definitions)

    def of(self, task: Task, account: Account) -> str:
        """The one for which its version was issued; if that is not one, that of its structure."""
        version = task.cache.version if task.cached else None
        issued = account.issued.get(version, ()) if version is not None else ()
        outputs = {each.partition("+")[0] for each in issued}
        if len(outputs) == 1:
            return outputs.pop()
        if task.own_definitions:
            return signature(task, {**self._definitions, **task.own_definitions})
        return self._signatures.of(task.outputs, task.sdk)
