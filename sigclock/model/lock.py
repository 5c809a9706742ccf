"""A lock as a value: the snapshot it describes and the ledger that only grows."""

from __future__ import annotations

import msgspec

from sigclock.model.ledger import Account
from sigclock.model.snapshot import Snapshot

LOCK_NAME = ".sigclock.lock"


class Lock(msgspec.Struct, frozen=True):
    """What `.sigclock.lock` holds.

    `ledger` has an account for every task that ever had a version; names in it that are not in
    `snapshot.tasks` are tombstones.
    """

    snapshot: Snapshot = Snapshot()
    ledger: dict[str, Account] = {}
