from __future__ import annotations

import time
from datetime import datetime, timezone

from sigclock.guard import process

NANOSECONDS = 10**9


def test_this_process_began_a_while_ago_and_not_long_ago() -> None:
    ago = time.time_ns() - process.start()
    assert 0 < ago < 24 * 3600 * NANOSECONDS


def test_windows_counts_from_another_year() -> None:
    first = datetime(1601, 1, 1, tzinfo=timezone.utc)
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    steps = int((moment - first).total_seconds()) * 10**7
    assert process.of_filetime(steps) == int(moment.timestamp()) * NANOSECONDS
