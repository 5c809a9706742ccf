"""A random lock is taken apart and put together again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from support.lock_strategies import LOCKS

from sigclock.interface.snapshot import Snapshot
from sigclock.lock.lock import Lock
from sigclock.lock.patch import join, patched, split
from sigclock.lock.reader import dumps

if TYPE_CHECKING:
    from random import Random


@given(LOCKS)
def test_a_lock_is_joined_as_it_was(one: Lock) -> None:
    assert join(split(dumps(one))) == dumps(one)


@given(LOCKS, st.randoms(use_true_random=False))
def test_what_is_taken_out_can_be_put_back(one: Lock, chance: Random) -> None:
    names = sorted({*one.snapshot.tasks, *one.ledger, *one.snapshot.definitions})
    taken = set(chance.sample(names, chance.randint(0, len(names))))
    part, rest = only(one, taken), only(one, set(names) - taken)
    assert patched(dumps(rest), dumps(part), [], []) == dumps(one)
    assert patched(dumps(one), dumps(part), [], []) == dumps(one)


def only(one: Lock, names: set[str]) -> Lock:
    """What a lock says of some names."""
    tasks, definitions = one.snapshot.tasks, one.snapshot.definitions
    return Lock(
        Snapshot(
            {name: task for name, task in tasks.items() if name in names},
            {name: found for name, found in definitions.items() if name in names},
        ),
        {name: account for name, account in one.ledger.items() if name in names},
    )
