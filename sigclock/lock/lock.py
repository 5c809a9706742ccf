"""A lock as a value: the snapshot it describes and the ledger that only grows."""

from __future__ import annotations

import msgspec

from sigclock.interface.snapshot import Snapshot

VERSION = 1
"""The shape of the file; a file of another version cannot be read."""
REVISION = 1
"""What this sigclock writes; of a newer revision it reads the keys it knows, and writes nothing."""
REQUIRES = "sigclock >= 0.1.0"
"""The oldest release that can read and write `REVISION`."""


class Acceptance(msgspec.Struct, frozen=True, order=True):
    """A person's decision that two signatures mean the same to the cache, and why."""

    baseline: str
    current: str
    reason: str


class Account(msgspec.Struct, frozen=True):
    """One task's part of the ledger: version → signature hashes that it was issued with."""

    issued: dict[str, frozenset[str]] = {}
    accepted: frozenset[Acceptance] = frozenset()


Ledger = dict[str, Account]
"""Task name → account; also of removed tasks (tombstones)."""


class Lock(msgspec.Struct, frozen=True):
    """What `.sigclock.lock` holds.

    `ledger` has an account for every task that ever had a version; names in it that are not in
    `snapshot.tasks` are tombstones. `revision` and `requires` are the file's if that is newer.
    """

    snapshot: Snapshot = Snapshot()
    ledger: Ledger = {}
    revision: int = REVISION
    requires: str = REQUIRES
