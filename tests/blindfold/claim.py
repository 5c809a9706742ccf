"""What must still be said of a pair of trees when one of its expressions cannot be followed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from support.memory import InMemory

from blindfold.blinding import Tree
from sigclock.interface.snapshot import Extraction, Task
from sigclock.lock.lock import Lock
from sigclock.tasks.extract import extract
from sigclock.verdict.finding import Finding, Level, Outcome, TaskReport
from sigclock.verdict.judge import Judgement, judge
from sigclock.verdict.plan import Plan, Policy, plan
from sigclock.verdict.report import of_plan


class Judged(NamedTuple):
    """The later tree of a pair, where the earlier one was locked."""

    extraction: Extraction
    plan: Plan
    reports: dict[str, TaskReport]
    findings: list[Finding]


class Expected(NamedTuple):
    """A cached task of the later tree, and why something must be said of it; "" where nothing."""

    name: str
    task: Task
    why: str


def read(tree: Tree) -> Extraction:
    return extract(InMemory(tree))


def locked(earlier: Extraction) -> Lock:
    return plan(Lock(), earlier, {}, Policy()).lock


def judged(lock: Lock, later: Extraction) -> Judged:
    decided = plan(lock, later, {}, Policy())
    reports = of_plan(decided, lock, later)
    return Judged(later, decided, reports, judge(decided, later, reports, Judgement()))


def expected(seen: Judged) -> list[Expected]:
    """What the pair tells while everything can be followed."""
    found = []
    for name, decision in seen.plan.decisions.items():
        if decision.task.cached:
            why = "due" if decision.due else ""
            why = why or next((one.rule for one in _loud(seen.findings) if one.task == name), "")
            found.append(Expected(name, decision.task, why))
    return found


def broken(tasks: list[Expected], blind: Judged) -> Iterator[str]:
    """How a judgement with less to go by falls silent."""
    loud = list(_loud(blind.findings))
    for name, task, why in tasks:
        there = blind.plan.decisions.get(name)
        own = [one for one in loud if one.task == name]
        own += [one for one in loud if one.task is None and one.path == task.path]
        if there is None or not there.task.cached:
            others = (one for one in blind.plan.decisions.values() if one.task.path == task.path)
            moved = [one for one in others if one.task.function == task.function]
            if not own and not any(one.task.cached for one in moved):
                yield f"{name} is lost"
            continue
        if why and there.next_version is None and not own:
            yield f"{name}: {why}, and nothing is said"
        if why == "due" and blind.reports[name].prediction.local is Outcome.HIT:
            yield f"{name}: due, and a hit is foretold"


def _loud(findings: list[Finding]) -> Iterator[Finding]:
    return (one for one in findings if one.level.rank <= Level.WARNING.rank)
