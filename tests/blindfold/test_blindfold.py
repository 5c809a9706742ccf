"""Whatever expression cannot be followed: no task is lost, and what was due is still said."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from blindfold.blinding import Blinded, blinded
from blindfold.claim import Side, broken, expected, first, judged
from blindfold.pairs import Pair, pairs

#: `SIGCLOCK_FULL=1` blinds pairs of programs and each way to declare a task as well as the cases.
PAIRS = [pair for pair in pairs() if "SIGCLOCK_FULL" in os.environ or pair.id.startswith("case ")]


def views(pair: Pair) -> Iterator[tuple[str, Blinded | None, Blinded | None]]:
    """An expression of the earlier tree, of the later one, or the same of both."""
    before, after = list(blinded(pair.before)), list(blinded(pair.after))
    for earlier in before:
        yield f"earlier {earlier.id}", earlier, None
    there = {view.key: view for view in before}
    for later in after:
        yield f"later {later.id}", None, later
        if later.key in there:
            yield f"both {later.id}", there[later.key], later


def failures(pair: Pair) -> list[str]:
    before, after = Side.of(pair.before), Side.of(pair.after)
    locked = first(before)
    tasks = expected(judged(locked, after))
    told = []
    for name, earlier, later in views(pair):
        base = locked if earlier is None else first(Side.of(earlier.tree))
        blind = judged(base, after if later is None else Side.of(later.tree))
        whole = earlier or later
        if whole is not None and whole.is_whole:
            # Nothing in such a tree says that there is a task, so a lock must say it.
            known = base.plan.lock.snapshot.tasks
            tasks_ = [task for task in tasks if task.name in known] if later else []
        else:
            tasks_ = tasks
        told += [f"{name}: {what}" for what in broken(tasks_, base, blind)]
    return told


@pytest.mark.parametrize("pair", PAIRS, ids=[pair.id for pair in PAIRS])
def test_what_cannot_be_followed_is_never_taken_for_none(pair: Pair) -> None:
    assert failures(pair) == []
