"""Under the policy, laptop and cluster miss together, exactly where stored values may be wrong."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from oracles import cachehit, flytekit_dump
from oracles.forkserver import TOGETHER
from support.amount import sample

from differential.pairs import Pair, pairs
from differential.records import FAMILIES

HEAD = '@task(cache=True, cache_version="1.0")'
POLICY = "@task(cache=Cache(policies=[SignaturePolicy()]))"
IMPORTS = "from flytekit import Cache\nfrom sigclock.flyte import SignaturePolicy\n"

#: Of each family of classes: an edit that all have, one that the remote key misses, silent ones.
OF_FAMILIES = {"field-added", "nested-optional-inner-field-added", "docstring-added", "reordered"}

#: By the rules, only the values of an enum count: swapped names look like renamed members.
SWAPPED = {"enum:swapped", "str-enum:swapped"}

#: One side or both is a void task, which the policy refuses.
VOID = {
    "untyped-namedtuple",
    "untyped-namedtuple-wider",
    "value->void",
    "void->value",
    "void-empty",
    "void-optional",
    "void-respelled",
}


class Seen(NamedTuple):
    """A pair under the policy: the versions before and after, and what the new code's call did."""

    edit: str
    hazard: bool
    versions: tuple[str | None, str | None]
    run: cachehit.CacheHit

    @property
    def moved(self) -> bool:
        return self.versions[0] != self.versions[1]


def with_policy(tree: dict[str, str]) -> dict[str, str]:
    return {path: rewritten(text) for path, text in tree.items()}


def rewritten(text: str) -> str:
    return text.replace("from flytekit import task", f"{IMPORTS}from flytekit import task").replace(
        HEAD, POLICY
    )


def edit_of(pair: Pair) -> str:
    return pair.id.rpartition("/")[0]


def is_chosen(pair: Pair) -> bool:
    family, _, kind = edit_of(pair).partition(":")
    if family in FAMILIES:
        return pair.id.endswith("/direct") and kind in OF_FAMILIES and not FAMILIES[family].like
    return pair.id.endswith("/direct")


@cache
def seen() -> tuple[Seen, ...]:
    known = [pair for pair in pairs() if is_chosen(pair) and edit_of(pair) not in VOID]
    sampled = {pair.id for pair in sample(known, edit_of, 6)}
    chosen = [pair for pair in known if pair.id in sampled or edit_of(pair) in SWAPPED]
    cases = [case_of(pair) for pair in chosen]
    before = flytekit_dump.dump([case.before for case in cases], TOGETHER)
    after = flytekit_dump.dump([case.after for case in cases], TOGETHER)
    runs = cachehit.run(cases, TOGETHER)
    return tuple(
        Seen(edit_of(pair), pair.hazard, (version(old, pair.task), version(new, pair.task)), run)
        for pair, old, new, run in zip(chosen, before, after, runs, strict=True)
    )


def case_of(pair: Pair) -> cachehit.Case:
    return cachehit.Case(with_policy(pair.before), with_policy(pair.after), pair.task)


def version(dump: flytekit_dump.Dump, name: str) -> str | None:
    assert not dump.errors, dump.errors
    return next(task for task in dump.tasks if task.name == name).cache_version


def test_a_version_moves_exactly_where_a_stored_value_may_be_wrong() -> None:
    assert {one.edit for one in seen() if one.moved != one.hazard} == set()


def test_a_moved_version_misses_on_a_laptop() -> None:
    assert {one.edit for one in seen() if one.moved and one.run.served.hit} == set()


def test_a_version_that_stays_hits_on_a_laptop() -> None:
    stayed = [one for one in seen() if not one.moved and one.run.comparable]
    assert {one.edit for one in stayed if not one.run.served.hit} == set()


def test_no_answer_is_stale() -> None:
    assert {one.edit for one in seen() if one.run.stale} == SWAPPED
