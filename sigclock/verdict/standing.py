"""What stood before: the findings of a tree, known again by their subject and their cause."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import msgspec

from sigclock.lock.lock import Lock
from sigclock.verdict.finding import Finding, Level
from sigclock.verdict.plan import Plan
from sigclock.verdict.rules import RULES

#: A project's directory, a finding's fingerprint, and its cause.
Identity = tuple[str, str, str]


class Standing(msgspec.Struct, frozen=True):
    """The findings of a base, each by its identity with the rank of its worst level.

    The identity is internal: the fingerprint that is printed leaves the cause out, so that an
    alert on a forge keeps its thread while what it is about goes on changing. `base` tells whether
    there is one at all: without it everything is new, and nothing is worse for that.
    """

    ranks: Mapping[Identity, int] = {}
    base: bool = False

    @classmethod
    def of(cls, found: Iterable[tuple[Identity, Finding]]) -> Standing:
        """The findings of a base."""
        ranks: dict[Identity, int] = {}
        for whole, finding in found:
            rank = finding.level.rank
            for part in _parts(whole, finding):
                ranks[part] = min(rank, ranks.get(part, rank))
        return cls(ranks, base=True)

    def dated(self, whole: Identity, finding: Finding) -> Finding:
        """The finding, which is new unless the base has it at the same level or a worse one.

        One with several places is new if one of them is.
        """
        if not self.base:
            return msgspec.structs.replace(finding, new=True)
        known = (self.ranks.get(part) for part in _parts(whole, finding))
        if all(rank is not None and rank <= finding.level.rank for rank in known):
            return msgspec.structs.replace(finding, new=False)
        level = RULES[finding.rule].level_if_new or finding.level
        return msgspec.structs.replace(finding, new=True, level=level)


def _parts(whole: Identity, finding: Finding) -> list[Identity]:
    directory, _, cause = whole
    return [(directory, place.identity, cause) for place in finding.places] or [whole]


NOTHING = Standing()


def identity(directory: str, finding: Finding, plan: Plan) -> Identity:
    """What a finding of the project in `directory` is known by in another tree.

    An error about a task that is due has its version and signature for a cause, so whoever changes
    a task again that was due before brings a finding of their own. What the version was issued
    with besides is no part of it: that depends on which branches a clone has.
    """
    decision = plan.decisions.get(finding.task or "")
    if finding.level is Level.ERROR and decision is not None and decision.due:
        due = f"{decision.task.cache.version}\0{decision.tracked}"
        return (directory, finding.fingerprint, due)
    return identity_by_itself(directory, finding)


def identity_by_itself(directory: str, finding: Finding) -> Identity:
    """The same of a finding about no task that is due."""
    return (directory, finding.fingerprint, finding.cause)


def identity_of_lag(directory: str, finding: Finding, lock: Lock, plan: Plan) -> Identity:
    """The same of the finding that a lock lags behind: its cause is what `update` would write."""
    before, after = lock.snapshot, plan.lock.snapshot
    sides = (
        (before.tasks, after.tasks),
        (before.definitions, after.definitions),
        (lock.ledger, plan.lock.ledger),
    )
    lagging = sorted(
        f"{name}\0{new.get(name)!r}"
        for old, new in sides
        for name in old.keys() | new.keys()
        if old.get(name) != new.get(name)
    )
    cause = hashlib.sha256("\0".join(lagging).encode("utf-8", "surrogatepass")).hexdigest()
    return (directory, finding.fingerprint, cause)
