"""The views of a pair in which an expression is replaced, and what each of them keeps silent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from support import amount

from blindfold.blinding import Blinded, blinded
from blindfold.claim import Side, Trees, broken, expected, first, judged
from blindfold.pairs import Pair
from sigclock.project.analysis import Analysis

_SEED = "1"


class View(NamedTuple):
    """An expression of the earlier tree, of the later one, or the same of both."""

    id: str
    earlier: Blinded | None
    later: Blinded | None


def is_drawn(text: str, of: int) -> bool:
    """Whether a text is in the sample of one in so many."""
    return amount.is_drawn(f"{_SEED} {text}", of)


def views(pair: Pair) -> Iterator[View]:
    before, after = (list(blinded(side)) for side in (pair.before, pair.after))
    if pair.only:
        before, after = ([v for v in side if v.key[1] == pair.only] for side in (before, after))
    there = {view.key: view for view in before}
    for earlier in before:
        yield View(f"earlier {earlier.id}", earlier, None)
    for later in after:
        yield View(f"later {later.id}", None, later)
        if later.key in there:
            yield View(f"both {later.id}", there[later.key], later)


def failures(pair: Pair, of: int = 1) -> Iterator[str]:
    """How the views of a pair, or of one in so many, break the claim."""
    drawn = [view for view in views(pair) if is_drawn(f"{pair.id} {view.id}", of)]
    if not drawn:
        return
    after = Side.of(pair.after)
    locked = first(Side.of(pair.before))
    tasks = expected(locked, judged(locked, after))
    read = _Read()
    for view in drawn:
        base = locked if view.earlier is None else read.base(view.earlier)
        blind = judged(base, after if view.later is None else read.side(view.later))
        trees = Trees(pair.before, pair.after, view.earlier, view.later)
        for what in broken(tasks, base, blind, trees):
            yield f"{view.id}: {what}"


class _Read:
    """Each blinded tree as it was read, for most are in two views."""

    def __init__(self) -> None:
        self._bases: dict[str, Analysis] = {}
        self._sides: dict[str, Side] = {}

    def base(self, view: Blinded) -> Analysis:
        if view.id not in self._bases:
            self._bases[view.id] = first(Side.of(view.tree))
        return self._bases[view.id]

    def side(self, view: Blinded) -> Side:
        if view.id not in self._sides:
            self._sides[view.id] = Side.of(view.tree)
        return self._sides[view.id]
