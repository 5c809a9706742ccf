"""What must still be said of a pair of trees when one of its expressions cannot be followed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from support.memory import InMemory

from blindfold.blinding import Tree
from sigclock.interface.snapshot import Extraction, Task
from sigclock.lock.lock import Lock
from sigclock.project.analysis import Analysis, judge
from sigclock.project.baseline import Baseline
from sigclock.project.config import Config
from sigclock.project.projects import Project
from sigclock.tasks.declaration import is_read
from sigclock.tasks.extract import extract
from sigclock.verdict.finding import Finding, Level, Outcome

PROJECT = Project("", Config())


class Side(NamedTuple):
    """One tree of a pair, as it was read."""

    tree: InMemory
    extraction: Extraction

    @classmethod
    def of(cls, tree: Tree) -> Side:
        files = InMemory(tree)
        return cls(files, extract(files))


class Expected(NamedTuple):
    """A cached task of the later tree, and why something must be said of it; "" where nothing."""

    name: str
    task: Task
    why: str


def first(side: Side) -> Analysis:
    """A tree without a lock."""
    return judge(PROJECT, Baseline(None, Lock(), {}), side.extraction, side.tree)


def judged(earlier: Analysis, later: Side) -> Analysis:
    """The later tree, where the earlier one was locked."""
    return judge(PROJECT, Baseline(None, earlier.plan.lock, {}), later.extraction, later.tree)


def expected(seen: Analysis) -> list[Expected]:
    """What the pair tells while everything can be followed."""
    found = []
    shared = {namesake.name for namesake in seen.extraction.namesakes}
    for name, decision in seen.plan.decisions.items():
        # Of two tasks of one name, one goes on being known by it when the other is not seen.
        if decision.task.cached and name not in shared:
            told = (finding.rule for finding in loud(seen.findings) if finding.task == name)
            found.append(Expected(name, decision.task, "due" if decision.due else next(told, "")))
    return found


def broken(tasks: list[Expected], earlier: Analysis, blind: Analysis) -> Iterator[str]:
    """How a judgement with less to go by falls silent.

    What is told of the earlier tree counts: it was said when it was locked. So does another
    expression in the place of one that could not be read before, which is how a person moves such
    a version.
    """
    for name, task, why in tasks:
        own = [*about(name, task, blind), *about(name, task, earlier)]
        there = blind.plan.decisions.get(name)
        if there is None or not there.task.cached:
            if not (own or _is_elsewhere(task, blind) or _is_kept(name, blind)):
                yield f"{name} is lost"
            continue
        if there.baseline is not None and _is_another_expression(there.baseline, there.task):
            continue
        if why and there.next_version is None and not own:
            yield f"{name}: {why}, and nothing is said"
        if why == "due" and blind.tasks[name].prediction.local is Outcome.HIT:
            yield f"{name}: due, and a hit is foretold"


def _is_another_expression(before: Task, after: Task) -> bool:
    unread = not is_read(before.cache) and not is_read(after.cache)
    return unread and before.cache != after.cache


def about(name: str, task: Task, analysis: Analysis) -> list[Finding]:
    """The findings about a task, or about what may make one in its file."""
    return [
        finding
        for finding in loud(analysis.findings)
        if finding.task == name or (finding.task is None and _is_at(finding, task.path))
    ]


def _is_at(finding: Finding, path: str) -> bool:
    return path in {finding.path, *(place.path for place in finding.places)}


def _is_elsewhere(task: Task, analysis: Analysis) -> bool:
    """Whether the same function is a cached task under another name."""
    return any(
        decision.task.cached
        and (decision.task.path, decision.task.function) == (task.path, task.function)
        for decision in analysis.plan.decisions.values()
    )


def _is_kept(name: str, analysis: Analysis) -> bool:
    """Whether the lock keeps the task, since a file that it needs cannot be read."""
    unread = any(finding.rule == "unreadable-source" for finding in loud(analysis.findings))
    return unread and name in analysis.plan.lock.snapshot.tasks


def loud(findings: list[Finding]) -> Iterator[Finding]:
    return (finding for finding in findings if finding.level.rank <= Level.WARNING.rank)
