"""What the real flytekit does with every pair."""

from __future__ import annotations

import json
from typing import NamedTuple

import msgspec
from oracles import cachehit, flytekit_dump
from oracles.forkserver import TOGETHER

from differential.pairs import Pair, asked, edit_of
from differential.sources import LAYOUTS, Tree

#: Wrappers inside which a run of old and new code shows no more than outside of them.
ALIKE = {"list", "dict", "tuple", "field"}


class Observation(NamedTuple):
    """A pair with the dump of each side, and the run of the new code on the old code's cache.

    `hit` is None for pairs that differ from others only in what their type stands in, or in how
    their files are laid out.
    """

    pair: Pair
    before: flytekit_dump.Dump
    after: flytekit_dump.Dump
    hit: cachehit.CacheHit | None

    @property
    def errors(self) -> str:
        said = [self.before.crash, self.after.crash, *self.before.errors.values()]
        said += [*self.after.errors.values(), self.hit.crash if self.hit else ""]
        return "; ".join(filter(None, said))

    @property
    def moved(self) -> bool:
        """Whether the remote key of `produce` moves by its outputs."""
        before, after = (_task(side, self.pair) for side in (self.before, self.after))
        return before.remote_outputs != after.remote_outputs

    @property
    def stale(self) -> bool:
        """Whether the local cache answers with an error, or with what the new code would not."""
        return self.hit is not None and self.hit.stale

    @property
    def edit(self) -> str:
        return edit_of(self.pair)


#: One for each pair.
Observations = tuple[Observation, ...]


class Answers(msgspec.Struct, frozen=True):
    """The dumps of each side's trees, and the runs by the pair's id."""

    before: dict[str, flytekit_dump.Dump]
    after: dict[str, flytekit_dump.Dump]
    hits: dict[str, cachehit.CacheHit]


def _task(dump: flytekit_dump.Dump, pair: Pair) -> flytekit_dump.TaskDump:
    return next(task for task in dump.tasks if task.name == pair.task)


def ask() -> Answers:
    """Ask flytekit about every pair; takes most of a minute."""
    known = asked()
    # The two sides of a pair never share a process.
    before, after = _dumps([pair.before for pair in known]), _dumps([pair.after for pair in known])
    return Answers(before, after, _hits(known))


def observations(answers: Answers) -> Observations:
    """Every pair with the answers for it."""
    return tuple(
        Observation(
            pair,
            answers.before[_key(pair.before)],
            answers.after[_key(pair.after)],
            answers.hits.get(pair.id),
        )
        for pair in asked()
    )


def _dumps(known: list[Tree]) -> dict[str, flytekit_dump.Dump]:
    """The dump of each distinct tree."""
    trees = {_key(tree): tree for tree in known}
    return dict(zip(trees, flytekit_dump.dump(list(trees.values()), TOGETHER), strict=True))


def _hits(known: list[Pair]) -> dict[str, cachehit.CacheHit]:
    run = [pair for pair in known if pair.id.rpartition("/")[2] not in {*LAYOUTS, *ALIKE}]
    cases = [cachehit.Case(pair.before, pair.after, pair.task) for pair in run]
    return dict(zip((pair.id for pair in run), cachehit.run(cases, TOGETHER), strict=True))


def _key(tree: Tree) -> str:
    return json.dumps(tree, sort_keys=True)
