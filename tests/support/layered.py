"""Places for boxes in rows, so that arrows run down, seldom cross and never pass behind a box.

The four steps of Sugiyama's method without the first, for the rows are given: an arrow that passes
a row gets a bend there, each row is ordered so that few arrows cross, and then everything moves as
near to what it is joined with as its neighbours allow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import fsum
from typing import NamedTuple

Arrow = tuple[str, str]
SWEEPS = 600
GAP = 28.0
#: How much stronger an arrow pulls where it passes a row than where it ends: it should be straight.
PULL = 40.0


class Layout(NamedTuple):
    """Middle and row of each box and bend, and each arrow as the boxes and bends it leads along."""

    middles: dict[str, float]
    rows: dict[str, int]
    ways: dict[Arrow, list[str]]


def laid_out(
    rows: Sequence[Sequence[str]], widths: dict[str, float], arrows: Iterable[Arrow]
) -> Layout:
    """The same for the same arguments, whatever the order of `arrows`."""
    row_of = {box: number for number, row in enumerate(rows) for box in row}
    ways = {}
    filled = [list(row) for row in rows]
    for above, below in sorted(arrows):
        bends = {row: f"{above}>{below}@{row}" for row in range(row_of[above] + 1, row_of[below])}
        for row, bend in bends.items():
            filled[row].append(bend)
        ways[above, below] = [above, *bends.values(), below]
    steps = [step for way in ways.values() for step in pairwise(way)]
    ordered = _ordered(filled, steps)
    rows_of_all = {box: number for number, row in enumerate(ordered) for box in row}
    middles = _placed(ordered, widths, steps)
    for way in [*ways.values()] * 2:  # twice, for one that moves makes room for another
        _straighten(way[1:-1], ordered, widths, middles)
    return Layout(middles, rows_of_all, ways)


def spread(wanted: Sequence[float], gaps: Sequence[float]) -> list[float]:
    """The places nearest to the wanted ones of which each is a gap to the right of the last."""
    offsets = [0.0]
    for gap in gaps:
        offsets.append(offsets[-1] + gap)
    # What would overlap is pushed together into a block, and a block stands where its mean wants.
    blocks: list[list[float]] = []
    for place, offset in zip(wanted, offsets, strict=False):
        blocks.append([place - offset])
        while len(blocks) > 1 and _mean(blocks[-2]) > _mean(blocks[-1]):
            last = blocks.pop()
            blocks[-1] += last
    places = [_mean(block) for block in blocks for _ in block]
    return [place + offset for place, offset in zip(places, offsets, strict=False)]


def _mean(numbers: Sequence[float]) -> float:
    return fsum(numbers) / len(numbers)


def _ordered(rows: list[list[str]], steps: list[Arrow]) -> list[list[str]]:
    """Move one box or bend of a row at a time, as long as that makes it better."""
    cost, before = _cost(rows, steps), float("inf")
    while cost < before:
        before = cost
        for number, row in enumerate(rows):
            moved = [
                _moved(row, here, there) for here in range(len(row)) for there in range(len(row))
            ]
            ways = [[*rows[:number], other, *rows[number + 1 :]] for other in moved]
            rows = min([rows, *ways], key=lambda candidate: _cost(candidate, steps))
        cost = _cost(rows, steps)
    return rows


def _moved(row: list[str], here: int, there: int) -> list[str]:
    rest = [*row[:here], *row[here + 1 :]]
    return [*rest[:there], row[here], *rest[there:]]


def _cost(rows: list[list[str]], steps: list[Arrow]) -> float:
    """How often arrows cross, and, far behind, how far they lead to the side."""
    place = {box: (number - (len(row) - 1) / 2) for row in rows for number, box in enumerate(row)}
    row_of = {box: number for number, row in enumerate(rows) for box in row}
    crossings = sum(
        (place[a] - place[c]) * (place[b] - place[d]) < 0
        for number, (a, b) in enumerate(steps)
        for c, d in steps[:number]
        if row_of[a] == row_of[c]
    )
    return crossings + fsum(abs(place[a] - place[b]) for a, b in steps) / 1000


def _placed(
    rows: list[list[str]], widths: dict[str, float], steps: list[Arrow]
) -> dict[str, float]:
    pulls: dict[str, list[tuple[str, float]]] = {box: [] for row in rows for box in row}
    for above, below in steps:
        weight = PULL if above not in widths and below not in widths else 1.0
        pulls[above].append((below, weight))
        pulls[below].append((above, weight))
    middles = dict.fromkeys(pulls, 0.0)
    numbers = range(len(rows))
    for number in [*numbers, *reversed(numbers)] * SWEEPS:
        row = rows[number]
        wanted = [
            fsum(middles[other] * weight for other, weight in pulls[box])
            / fsum(weight for _, weight in pulls[box])
            if pulls[box]
            else middles[box]
            for box in row
        ]
        gaps = [(widths.get(a, 0) + widths.get(b, 0)) / 2 + GAP for a, b in pairwise(row)]
        middles.update(zip(row, spread(wanted, gaps), strict=True))
    return middles


def _straighten(
    bends: Sequence[str], rows: list[list[str]], widths: dict[str, float], middles: dict[str, float]
) -> None:
    """Put as many bends of an arrow below each other as their neighbours in the row allow."""

    def fits(bend: str, place: float) -> bool:
        row = next(row for row in rows if bend in row)
        number = row.index(bend)
        left = [middles[box] + widths.get(box, 0) / 2 for box in row[:number][-1:]]
        right = [middles[box] - widths.get(box, 0) / 2 for box in row[number + 1 :][:1]]
        return all(edge + GAP <= place for edge in left) and all(
            place <= edge - GAP for edge in right
        )

    ways = [[bend for bend in bends if fits(bend, middles[other])] for other in bends]
    straight, other = max(
        zip(ways, bends, strict=True), key=lambda way: len(way[0]), default=([], "")
    )
    middles.update(dict.fromkeys(straight, middles.get(other, 0.0)))
