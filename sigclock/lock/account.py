"""The record of every version that was issued, and of what a person declared equivalent."""

from __future__ import annotations

import msgspec


class Acceptance(msgspec.Struct, frozen=True, order=True):
    """A person's word that two signatures mean the same to the cache, and why."""

    baseline: str
    current: str
    reason: str


class Account(msgspec.Struct, frozen=True):
    """One task's part of the ledger: version → signature hashes that it was issued with."""

    issued: dict[str, frozenset[str]] = {}
    accepted: frozenset[Acceptance] = frozenset()


Ledger = dict[str, Account]
"""Task name → account; also of tasks that are gone (tombstones)."""
