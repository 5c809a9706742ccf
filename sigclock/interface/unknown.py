"""What is there but could not be read: never the same as what is known to be absent."""

from __future__ import annotations

import msgspec

from sigclock.source import Location


class Unknown(msgspec.Struct, frozen=True):
    """What stands for a value that a reader could not follow: `Value | Unknown`.

    `None`, `()` and `{}` are answers of their own: "known to be absent". `reason` is a few words
    for people; `location` is the expression that could not be followed.
    """

    reason: str
    location: Location | None = None
