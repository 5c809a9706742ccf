"""The guard's own failures: each costs a cache hit and a warning, and no run."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LOG = logging.getLogger("sigclock.guard")

_said: set[str] = set()


def attempt(work: Callable[[], T], otherwise: T) -> T:
    """What `work` gives; if it raises, one warning, and `otherwise`."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - it looks at users' classes, and no run may fail by it
        say(f"sigclock's guard: {type(error).__name__}: {error}; the local cache is not used here")
        return otherwise


def say(text: str) -> None:
    """One line on stderr, or where the process has its log; the same line is said once."""
    if text not in _said:
        _said.add(text)
        LOG.warning("%s", text)
