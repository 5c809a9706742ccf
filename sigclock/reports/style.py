"""How a report looks; a format uses what it supports."""

from __future__ import annotations

import msgspec


class Style(msgspec.Struct, frozen=True):
    """`color` is for terminals; `verbose` above 0 shows everything, below 0 only findings.

    `width` is the number of columns after which a sentence goes on in the next line; 0 is never.
    `links` says that the terminal takes links (OSC 8).
    """

    color: bool = False
    verbose: int = 0
    width: int = 0
    links: bool = False


PLAIN = Style()
