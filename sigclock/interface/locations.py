"""Where the parts of classes and tasks are declared: encoded, for hardly any is ever read."""

from __future__ import annotations

import json
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
    """Encode the locations of parts: with any text as the name of a part, any bytes in a path."""
    try:
        return msgspec.Raw(msgspec.msgpack.encode(parts))
    except UnicodeEncodeError:
        # A path that is not UTF-8 has lone surrogates, which JSON alone can write.
        entries = {
            name: [*msgspec.structs.astuple(part.location), part.default]
            for name, part in parts.items()
        }
        return msgspec.Raw(json.dumps(entries).encode())


def unpacked(parts: Parts) -> dict[str, PartLocation]:
    """Decode what `packed` encoded; give nothing for bytes that somebody forged."""
    with suppress(msgspec.MsgspecError, ValueError, RecursionError):
        if not bytes(parts).startswith(b"{"):
            return msgspec.msgpack.decode(parts, type=dict[str, PartLocation])
        entries = msgspec.convert(json.loads(bytes(parts)), dict[str, tuple[str, int, int, bool]])
        return {
            name: PartLocation(Location(path, line, column), default)
            for name, (path, line, column, default) in entries.items()
        }
    return {}


def location_of(places: PartLocations, owner: str, part: str) -> PartLocation | None:
    """Where a part is declared, if that is known."""
    return unpacked(places[owner]).get(part) if owner in places else None
