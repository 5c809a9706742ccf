"""Every pair of programs under the guard: nothing stale is served, no cosmetic edit costs a run."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from differential.kinds import rows
from differential.pairs import edit_of, pairs
from differential.sources import Tree
from differential.test_expectations import STALE_ALONE
from oracles import cachehit
from support.amount import FULL, sample

from guard.cosmetics import cosmetics

#: Where nothing is served by rule: flytekit or the guard stores nothing, or the inputs differ.
NEVER_SERVED = {
    "task:async": "the call gives a coroutine, which this oracle does not wait for",
    "task:input-widened": "the inputs have another form",
    "task:unannotated->none": "a task without outputs",
    "untyped-namedtuple-wider": "a task without outputs",
    "void-empty": "a task without outputs",
    "void-optional": "a task without outputs",
    "void-respelled": "a task without outputs",
}
#: How many pairs share a process.
TOGETHER = 20


class Seen(NamedTuple):
    """A pair, whether a bump is due for it (None: by no word of ours), and how the calls ended."""

    id: str
    due: bool | None
    ended: cachehit.CacheHit


class Drawn(NamedTuple):
    id: str
    before: Tree
    after: Tree
    task: str
    due: bool | None


def drawn() -> list[Drawn]:
    edits = [Drawn(edit_of(p), p.before, p.after, p.task, p.hazard) for p in pairs(whole=FULL)]
    kinds = [Drawn(*row, None) for row in rows()]
    cosmetic = [Drawn(f"cosmetic:{n}", *one, due=False) for n, one in enumerate(cosmetics())]
    return (
        cosmetic + sample(edits, lambda pair: pair.id, 80) + sample(kinds, lambda row: row.id, 150)
    )


@cache
def seen(guard: str) -> list[Seen]:
    known = drawn()
    cases = [cachehit.Case(one.before, one.after, one.task, guard=guard) for one in known]
    ended = cachehit.run(cases, TOGETHER)
    return [Seen(one.id, one.due, hit) for one, hit in zip(known, ended, strict=True)]


def ways() -> list[list[Seen]]:
    """By the source of each task; whole, also by the objects alone."""
    return [seen("source"), *([seen("objects")] if FULL else [])]


def test_no_entry_is_served_stale() -> None:
    for way in ways():
        assert {one.id for one in way if one.ended.stale} <= {*STALE_ALONE}


def test_an_entry_is_served_wherever_no_bump_is_due() -> None:
    judged = [one for one in seen("source") if one.due is not None and one.ended.comparable]
    missed = {one.id for one in judged if not one.due and not one.ended.served.hit}
    assert missed <= {*NEVER_SERVED}


def test_most_cosmetic_edits_are_judged() -> None:
    judged = [one for one in seen("source") if one.id.startswith("cosmetic:")]
    assert sum(one.ended.comparable for one in judged) > len(judged) / 2


def test_no_entry_is_served_where_a_bump_is_due() -> None:
    for way in ways():
        assert {one.id for one in way if one.due and one.ended.served.hit} == set()


def test_the_guard_never_fails() -> None:
    for way in ways():
        ended = [(one.id, one.ended.served.said, one.ended.stored.said) for one in way]
        assert [one for one in ended if "Error" in f"{one[1:]}"] == []
