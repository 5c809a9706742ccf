"""A lock as a value: the snapshot it describes and the ledger that only grows."""

from __future__ import annotations

import msgspec

from sigclock.interface.snapshot import Snapshot
from sigclock.lock.account import Account

VERSION = 1
"""The shape of the file; another one cannot be read."""
REVISION = 1
"""What this sigclock writes; newer ones are read as far as they are known, and not rewritten."""
REQUIRES = "sigclock >= 0.1.0"
"""The oldest release that can read and write `REVISION`."""


class Lock(msgspec.Struct, frozen=True):
    """What `.sigclock.lock` holds.

    `ledger` has an account for every task that ever had a version; names in it that are not in
    `snapshot.tasks` are tombstones. `revision` and `requires` are the file's if that is newer.
    """

    snapshot: Snapshot = Snapshot()
    ledger: dict[str, Account] = {}
    revision: int = REVISION
    requires: str = REQUIRES
