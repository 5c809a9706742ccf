"""A lock as a value: the snapshot it describes and the ledger that only grows."""

from __future__ import annotations

import msgspec

from sigclock.interface.snapshot import Snapshot

VERSION = 2
"""The shape of the file; of a newer version nothing is read, older ones are read for ever."""
REVISION = 2
"""What this sigclock writes; of a newer revision it reads the keys it knows, and writes nothing.

It moves with each new key, with each hash scheme, and where sources are read otherwise than before:
where a lock is of an older one, the source beside it is read anew (`project/migration.py`).
"""
REQUIRES = "sigclock >= 0.2.0"
"""The oldest release that can read and write `REVISION`."""
VERSION_1 = 0
"""The revision that a lock of version 1 counts as: older than all of version 2."""


SAME_SOURCE = "one source, hashed or read in two ways"
"""What stands for the reason of an acceptance that has none."""


class Acceptance(msgspec.Struct, frozen=True, order=True):
    """A person's decision that two signatures mean the same to the cache, and why.

    They have all their digits, for the version of a policy rests on them. Without a reason it is
    sigclock's own word: both are signatures of one source, hashed or read in two ways.
    """

    baseline: str
    current: str
    reason: str = ""


class Account(msgspec.Struct, frozen=True):
    """One task's part of the ledger: version → signature hashes that it was issued with."""

    issued: dict[str, frozenset[str]] = {}
    accepted: frozenset[Acceptance] = frozenset()


Ledger = dict[str, Account]
"""Task name → account; also of removed tasks (tombstones)."""


class Lock(msgspec.Struct, frozen=True):
    """What `.sigclock.lock` holds.

    `ledger` has an account for every task that ever had a version; names in it that are not in
    `snapshot.tasks` are tombstones. `revision` and `requires` are the file's.
    """

    snapshot: Snapshot = Snapshot()
    ledger: Ledger = {}
    revision: int = REVISION
    requires: str = REQUIRES

    @property
    def is_older(self) -> bool:
        """Whether an older sigclock wrote it."""
        return self.revision < REVISION
