"""How much a test run looks at: all with `SIGCLOCK_FULL=1`, else a sample that stays the same."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FULL = bool(os.environ.get("SIGCLOCK_FULL"))

T = TypeVar("T")


def is_drawn(name: str, every: int) -> bool:
    """Whether a thing of that name is looked at, of about one in so many."""
    return FULL or crc32(name.encode()) % every == 0


def sample(things: Iterable[T], name: Callable[[T], str], every: int) -> list[T]:
    """All things, or about one of so many, told by their names: more things move none out."""
    return [thing for thing in things if is_drawn(name(thing), every)]
