"""Whatever expression cannot be followed: no task is lost, and what was due is still said."""

from __future__ import annotations

import pytest

from blindfold.pairs import Pair, failed, pairs
from blindfold.views import failures, is_drawn

#: Of each family, one pair in so many, and of their views one in so many; all of them with
#: `SIGCLOCK_FULL=1`.
SAMPLES = {
    "case": (1, 2),
    "own": (1, 1),
    "pair": (40, 8),
    "tasks.flyte_rows": (8, 6),
    "tasks.flytekit_rows": (8, 6),
}


def _sample(pair: Pair) -> tuple[int, int]:
    return SAMPLES[pair.id.partition(" ")[0]]


PAIRS = [pair for pair in pairs() if is_drawn(pair.id, _sample(pair)[0])]
FAILED = list(failed())


@pytest.mark.parametrize("pair", PAIRS, ids=[pair.id for pair in PAIRS])
def test_what_cannot_be_followed_is_never_taken_for_none(pair: Pair) -> None:
    assert list(failures(pair, _sample(pair)[1])) == []


@pytest.mark.parametrize("pair", FAILED, ids=[pair.id for pair in FAILED])
def test_what_once_was_taken_for_none_no_longer_is(pair: Pair) -> None:
    assert list(failures(pair)) == []
