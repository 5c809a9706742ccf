"""What happens to one task: whether a bump is due, and why it is not made."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from sigclock.interface.hash_schemes import Signatures
from sigclock.interface.moves import as_stored
from sigclock.interface.snapshot import Definition, Extraction, Task
from sigclock.lock import ledger
from sigclock.lock.lock import Account


class Refusal(msgspec.Struct, frozen=True):
    """Why a due version is not bumped; `by_hand` if a person has to change it instead."""

    reason: str
    by_hand: bool


class Decision(msgspec.Struct, frozen=True):
    """What happens to a task, cached or not.

    `tracked` is the signature as the ledger has it. `conflicting` are the other signatures of
    its current version: a bump is due if there are any. `next_version` is set if the version is
    bumped, because the task or another one with the same literal is due. `refusal` says why a due
    version is not bumped. `taken_elsewhere` is set if only another reference of the clone has the
    version for another signature. If stored values have classes under former names, `task` and
    `tracked` go by these, and `alike` is the signature by the names that the classes have now.
    """

    name: str
    task: Task
    baseline: Task | None
    previous_name: str | None
    account: Account
    tracked: str
    conflicting: frozenset[str] = frozenset()
    next_version: str | None = None
    refusal: Refusal | None = None
    taken_elsewhere: bool = False
    alike: str = ""

    @property
    def due(self) -> bool:
        return bool(self.conflicting)


def tracked_signature(
    task: Task, definitions: Mapping[str, Definition], *, inputs: bool = False
) -> str:
    """A task's signature as the ledger has it: of the outputs, and of the inputs if `inputs`."""
    if not inputs:
        return task.signature
    return f"{task.signature}+{Signatures(definitions).of(task.inputs, task.sdk)}"


def long_signature(task: Task, signatures: Signatures, *, inputs: bool = False) -> str:
    """The same by the first scheme with all digits, of which versions are made."""
    parts = [task.outputs, task.inputs] if inputs else [task.outputs]
    return "+".join(signatures.long(part, task.sdk) for part in parts)


def by_former_names(decision: Decision, extraction: Extraction, *, inputs: bool) -> Decision:
    """The decision; not due where only the names changed that classes have in stored values.

    Of a class that moves again, or after another one, no lock has all names; so that is due.
    """
    tree = extraction.snapshot
    task = as_stored(tree, decision.task, extraction.former_names)
    tracked = tracked_signature(task, tree.definitions_of(task), inputs=inputs)
    others = ledger.conflicts(decision.account, decision.task.cache.version or "", tracked)
    if task == decision.task or others - {decision.tracked}:
        return decision
    return msgspec.structs.replace(
        decision, task=task, tracked=tracked, conflicting=frozenset(), alike=decision.tracked
    )
