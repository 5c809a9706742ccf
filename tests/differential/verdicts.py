"""What flytekit does with each pair, beside what sigclock says of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from blindfold.claim import Side, about, first, judged
from oracles import cachehit
from oracles.forkserver import TOGETHER

from differential.kinds.row import Row

#: Asks an SDK about cases, of which so many may share two processes.
Run = Callable[[list[cachehit.Case], int], list[cachehit.CacheHit]]
#: What says of a pair that a part of it could not be followed.
SAID = frozenset({"unresolved-type", "unrecognized-task", "version-not-literal"})


class Word(NamedTuple):
    """What sigclock says of a task: whether a bump is due, what else it tells and foretells."""

    told: frozenset[str]
    remote: str = ""
    ending: str | None = None
    found: bool = False
    due: bool = False


class Verdict(NamedTuple):
    """A pair with both answers; `back` is what flytekit does with the same change taken back."""

    row: Row
    seen: cachehit.CacheHit
    word: Word
    back: cachehit.CacheHit | None = None

    @property
    def is_judged(self) -> bool:
        """Whether the old code stored a value, and the new code is given it, or makes another."""
        return self.seen.comparable and (self.seen.served.hit or self.seen.moved)

    @property
    def fault(self) -> str:
        """How the two disagree; "" where they do not."""
        word = self.word
        if not word.found:
            return "said, not followed" if word.told else "silent"
        if self.seen.stale and not word.due:
            return "said, not followed" if word.told else "silent"
        return "needless" if self.is_needless else ""

    @property
    def is_needless(self) -> bool:
        """Whether a bump is due though neither direction serves a wrong value or moves a key."""
        hazard = self.seen.stale or self.seen.moved or (self.back is not None and self.back.stale)
        return self.word.due and not hazard

    @property
    def foretold(self) -> str:
        """How the prediction is wrong; "" where it is right, or says that it does not know."""
        seen, word, wrong = self.seen, self.word, []
        if not (word.found and word.due):
            return ""
        if word.remote != "unknown" and (word.remote == "miss") is not seen.moved:
            wrong.append(f"remote {word.remote}")
        ending = "raises" if seen.served.error else "silent"
        if seen.stale and word.ending not in {None, ending}:
            wrong.append(str(word.ending))
        return ", ".join(wrong)


def word_of(row: Row) -> Word:
    """What sigclock says of the later tree, where the earlier one was locked."""
    locked = first(Side.of(row.before))
    after = judged(locked, Side.of(row.after))
    findings = [f for side in (locked, after) for f in side.findings if f.rule in SAID]
    decision = after.plan.decisions.get(row.task)
    if decision is None or not decision.task.cached:
        return Word(told=frozenset(f.rule for f in findings))
    told = {f.rule for f in findings if f.task in {None, row.task}}
    told |= {f.rule for f in about(row.task, decision.task, after) if f.rule in SAID}
    foretold = after.tasks[row.task].prediction
    remote, ending = foretold.remote.value, foretold.stale_outcome
    return Word(frozenset(told), remote, ending, found=True, due=decision.due)


def verdicts(rows: list[Row], run: Run = cachehit.run) -> list[Verdict]:
    """Both answers for each pair that the SDK can judge; `run` asks it."""
    pairs = zip(rows, _runs(rows, run), strict=True)
    known = [Verdict(row, run, word_of(row)) for row, run in pairs]
    known = [verdict for verdict in known if verdict.is_judged]
    doubted = [verdict.row for verdict in known if verdict.is_needless]
    turned = _runs([row._replace(before=row.after, after=row.before) for row in doubted], run)
    back = dict(zip((row.id for row in doubted), turned, strict=True))
    return [verdict._replace(back=back.get(verdict.row.id)) for verdict in known]


def _runs(rows: list[Row], run: Run) -> list[cachehit.CacheHit]:
    cases = [cachehit.Case(row.before, row.after, row.task) for row in rows]
    return run(cases, TOGETHER) if cases else []
