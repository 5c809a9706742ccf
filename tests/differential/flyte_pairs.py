"""The same pairs written for Flyte 2, and what the real SDK makes of them."""

from __future__ import annotations

import json
from typing import NamedTuple

import msgspec
from oracles import flyte_dump
from oracles.forkserver import TOGETHER

from differential.pairs import FEW, Pair, asked, edit_of
from differential.records import FAMILIES
from differential.sources import Tree

#: The name of the task under Flyte 2.
TASK = "env.produce"
SDK = "from flytekit import task\n"
DECORATOR = '@task(cache=True, cache_version="1.0")'
ENVIRONMENT = 'import flyte\n\nenv = flyte.TaskEnvironment("env")\n'
#: Edits of enums after which a stored name, other than a stored value, is (or is not) still right.
BY_NAME = {"revalued": False, "swapped": False, "member-renamed": True}
CACHED = '@env.task(cache=flyte.Cache("auto", version_override="1.0"))'


class Observation(NamedTuple):
    """A pair with the interface hash that Flyte 2 gives to each side."""

    pair: Pair
    before: str
    after: str
    errors: str

    @property
    def moved(self) -> bool:
        return self.before != self.after

    @property
    def edit(self) -> str:
        return edit_of(self.pair)


def flyte_pairs() -> list[Pair]:
    """The pairs in one file that need nothing of Flyte 1; of pickled families, a few are enough."""
    found = [
        pair._replace(before=_ported(pair.before), after=_ported(pair.after), hazard=_hazard(pair))
        for pair in asked()
        if pair.id.rpartition("/")[2] in {"direct", "optional", "deep"}
        and not _is_more_of_the_same(pair)
    ]
    return [pair for pair in found if "flytekit" not in str((pair.before, pair.after))]


def _hazard(pair: Pair) -> bool:
    """Flyte 2 sends an enum by its members' names, where it is in no record."""
    edit, _, place = pair.id.rpartition("/")
    family, _, what = edit.partition(":")
    by_name = family in {"enum", "str-enum"} and place != "deep"
    return BY_NAME.get(what, pair.hazard) if by_name else pair.hazard


def _is_more_of_the_same(pair: Pair) -> bool:
    family, _, edit = pair.id.rpartition("/")[0].partition(":")
    return bool(family in FAMILIES and FAMILIES[family].pickled) and edit not in FEW


def _ported(tree: Tree) -> Tree:
    return {
        path: text.replace(SDK, ENVIRONMENT).replace(DECORATOR, CACHED)
        for path, text in tree.items()
    }


#: One for each pair.
Observations = tuple[Observation, ...]


class Answers(msgspec.Struct, frozen=True):
    """The dumps of each side's trees."""

    before: dict[str, flyte_dump.Dump]
    after: dict[str, flyte_dump.Dump]


def ask() -> Answers:
    """Ask Flyte 2 about every pair."""
    known = flyte_pairs()
    # The two sides of a pair never share a process.
    return Answers(_dumps([pair.before for pair in known]), _dumps([pair.after for pair in known]))


def observations(answers: Answers) -> Observations:
    """Every pair with the answers for it."""
    return tuple(
        _observation(
            pair, answers.before[json.dumps(pair.before)], answers.after[json.dumps(pair.after)]
        )
        for pair in flyte_pairs()
    )


def _dumps(known: list[Tree]) -> dict[str, flyte_dump.Dump]:
    trees = {json.dumps(tree): tree for tree in known}
    return dict(zip(trees, flyte_dump.dump(list(trees.values()), TOGETHER), strict=True))


def _observation(pair: Pair, before: flyte_dump.Dump, after: flyte_dump.Dump) -> Observation:
    errors = [text for side in (before, after) for text in (side.crash, *side.errors.values())]
    hashes = [
        next((task.interface_hash for task in side.tasks if task.name == TASK), "")
        for side in (before, after)
    ]
    return Observation(pair, hashes[0], hashes[1], "; ".join(filter(None, errors)))
