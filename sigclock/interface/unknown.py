"""A value that is there but could not be read: never the same as a value known to be absent."""

from __future__ import annotations

import msgspec

from sigclock.source import Location


class Unknown(msgspec.Struct, frozen=True):
    """Takes the place of a value that a reader could not follow: `Value | Unknown`.

    `None`, `()` and `{}` mean "known to be absent" instead. `reason` is a few words
    for people; `location` is the expression that could not be followed.
    """

    reason: str
    location: Location | None = None
