"""Where the parts of classes and tasks are declared: encoded, for hardly any is ever read."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import msgspec

from sigclock.source import Location


class PartLocation(msgspec.Struct, frozen=True, gc=False):
    """Where a field, input or member is declared, and whether it has a default."""

    location: Location
    default: bool = False


Parts = msgspec.Raw
"""Part → location, for an owner; encoded, hundreds of thousands take a tenth of the memory."""

PartLocations = Mapping[str, Parts]
"""Owner, a definition's key or a task's name → its parts; the part "" is the owner itself."""


def packed(parts: Mapping[str, PartLocation]) -> Parts:
    """Encode the locations of parts; leave out a part whose name has a lone surrogate."""
    try:
        return msgspec.Raw(msgspec.msgpack.encode(parts))
    except UnicodeEncodeError:
        return packed({name: place for name, place in parts.items() if _is_whole(name)})


def unpacked(parts: Parts) -> dict[str, PartLocation]:
    """Decode what `packed` encoded; give nothing for bytes that somebody forged."""
    with suppress(msgspec.MsgspecError, ValueError, RecursionError):
        return msgspec.msgpack.decode(parts, type=dict[str, PartLocation])
    return {}


def location_of(places: PartLocations, owner: str, part: str) -> PartLocation | None:
    """Where a part is declared, if that is known."""
    return unpacked(places[owner]).get(part) if owner in places else None


def _is_whole(name: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in name)
