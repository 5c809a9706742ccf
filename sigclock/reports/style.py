"""How a report is to look; a format takes from it what it knows of."""

from __future__ import annotations

import msgspec


class Style(msgspec.Struct, frozen=True):
    """`color` is for terminals; `verbose` above 0 shows everything, below 0 findings alone."""

    color: bool = False
    verbose: int = 0


PLAIN = Style()
