"""How a report looks; a format uses what it supports."""

from __future__ import annotations

import msgspec


class Style(msgspec.Struct, frozen=True):
    """`color` is for terminals; `verbose` above 0 shows everything, below 0 only findings."""

    color: bool = False
    verbose: int = 0


PLAIN = Style()
