"""What happens to one task: whether a bump is due, and why it is not made."""

from __future__ import annotations

import msgspec

from sigclock.interface.snapshot import Task
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
    version for another signature.
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

    @property
    def due(self) -> bool:
        return bool(self.conflicting)
