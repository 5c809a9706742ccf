"""The product, which runs nothing, says of every pair what the rules and the real flytekit say."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

from support.amount import FULL

from differential.observed import Observations
from differential.pairs import Pair, asked, edit_of, pairs
from differential.test_expectations import STALE_ALONE
from sigclock.interface.diff import compare
from sigclock.interface.remote_key import remote_view
from sigclock.interface.snapshot import Sdk
from sigclock.tasks.extract import extract
from sigclock.verdict.prediction import swapped

if TYPE_CHECKING:
    from differential.sources import Tree


class InMemory(NamedTuple):
    """A source tree that is a dict."""

    files: Tree
    label: str = "worktree"

    def paths(self) -> list[str]:
        return sorted(self.files)

    def read(self, path: str) -> bytes:
        return self.files[path].encode()


class View(NamedTuple):
    """What is compared of `produce` on one side of a pair."""

    signature: str
    remote: str


def view(tree: Tree, task: str) -> View:
    return _view(tuple(tree.items()), task)


@functools.cache
def _view(files: tuple[tuple[str, str], ...], task: str) -> View:
    found = extract(InMemory(dict(files))).snapshot
    produce = found.tasks[task]
    remote = remote_view(produce.outputs, found.definitions, Sdk.FLYTEKIT)
    return View(produce.signature, remote)


def both(pair: Pair) -> tuple[View, View]:
    return view(pair.before, pair.task), view(pair.after, pair.task)


def signature_changes(pair: Pair) -> bool:
    before, after = both(pair)
    return before.signature != after.signature


def remote_changes(pair: Pair) -> bool:
    before, after = both(pair)
    return before.remote != after.remote


def swaps(pair: Pair) -> bool:
    before, after = extract(InMemory(pair.before)), extract(InMemory(pair.after))
    old, new = before.snapshot.tasks[pair.task], after.snapshot.tasks[pair.task]
    return bool(swapped(old, new, compare(before.snapshot, old, after, new, pair.task)))


def test_a_signature_changes_exactly_where_a_bump_is_due() -> None:
    every = pairs(whole=True) if FULL else asked()
    wrong = {edit_of(pair) for pair in every if signature_changes(pair) != pair.hazard}
    assert wrong == set()


def test_the_remote_key_is_predicted_to_move_exactly_where_it_does(
    on_flytekit: Observations,
) -> None:
    wrong = {seen.edit for seen in on_flytekit if remote_changes(seen.pair) != seen.moved}
    assert wrong == set()


def test_what_is_stale_without_a_bump_is_said() -> None:
    told = {edit_of(pair) for pair in asked() if not pair.hazard and swaps(pair)}
    assert told == {*STALE_ALONE}
