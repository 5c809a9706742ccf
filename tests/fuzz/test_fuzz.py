"""Near misses of real inputs: each ends in a result or in an error that says what is wrong.

`SIGCLOCK_FUZZ=1` draws fifty times as many, and others in each run.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz.mutations import mutated, other_documents
from fuzz.seeds import seeds
from fuzz.targets import TARGETS, of_lock

WHOLE = bool(os.environ.get("SIGCLOCK_FUZZ"))
#: Draws for each target; one of a source costs some milliseconds.
COUNTS = {"source": 150, "edit": 300, "parser": 300, "lock": 150, "config": 300}


def budget(count: int) -> settings:
    return settings(
        max_examples=count * 50 if WHOLE else count,
        deadline=None,
        derandomize=not WHOLE,
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_nearly_right(target: str) -> None:
    run = TARGETS[target]
    budget(COUNTS[target])(given(mutated(target))(run))()


@pytest.mark.parametrize("target", TARGETS)
def test_any_bytes(target: str) -> None:
    run = TARGETS[target]
    budget(50)(given(st.binary(max_size=300))(run))()


@budget(150)
@given(st.sampled_from(seeds("lock")).flatmap(other_documents))
def test_a_lock_with_other_values(data: bytes) -> None:
    of_lock(data)
