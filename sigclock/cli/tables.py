"""Rows of text in columns that are as wide as what is in them."""

from __future__ import annotations

from collections.abc import Sequence

_WIDEST = 60


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines, the headings first; a text that is very long does not widen its column."""
    every = [headings, *rows]
    widths = [min(_WIDEST, max(map(len, column))) for column in zip(*every, strict=True)]
    return [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in every
    ]
