"""What must still be said of a pair of trees when one of its expressions cannot be followed."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import NamedTuple

from support.memory import InMemory

from blindfold import traces
from blindfold.blinding import Blinded, Tree
from sigclock.interface.snapshot import Extraction, Task
from sigclock.lock.lock import Lock
from sigclock.project.analysis import Analysis, judge
from sigclock.project.baseline import Baseline
from sigclock.project.config import Config
from sigclock.project.projects import Project
from sigclock.source import Location
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
    """A cached task of the later tree, and why something must be said of it; "" where nothing.

    `earlier` is its location in the earlier tree, if it was there.
    """

    name: str
    task: Task
    why: str
    location: Location
    earlier: Location | None


class Trees(NamedTuple):
    """A pair of trees, and which expression is replaced in each of them, if one is."""

    before: Tree
    after: Tree
    earlier: Blinded | None
    later: Blinded | None


def first(side: Side) -> Analysis:
    """A tree without a lock."""
    return judge(PROJECT, Baseline(None, Lock(), {}), side.extraction, side.tree)


def judged(earlier: Analysis, later: Side) -> Analysis:
    """The later tree, where the earlier one was locked."""
    return judge(PROJECT, Baseline(None, earlier.plan.lock, {}), later.extraction, later.tree)


def expected(earlier: Analysis, seen: Analysis) -> list[Expected]:
    """What the pair tells while everything can be followed."""
    found = []
    shared = {namesake.name for namesake in seen.extraction.namesakes}
    for name, decision in seen.plan.decisions.items():
        # Of two tasks of one name, one goes on being known by it when the other is not seen.
        if decision.task.cached and name not in shared:
            told = (finding.rule for finding in loud(seen.findings) if finding.task == name)
            # A setting that is not heeded asks for less than what it may be when it is not read.
            rules = (rule for rule in told if rule != "cache-ignored")
            why = "due" if decision.due else next(rules, "")
            here, there = (analysis.extraction.sites.get(name) for analysis in (seen, earlier))
            assert here is not None
            locked = there.location if there else None
            found.append(Expected(name, decision.task, why, here.location, locked))
    return found


def broken(
    tasks: list[Expected], earlier: Analysis, blind: Analysis, trees: Trees
) -> Iterator[str]:
    """How a judgement with less to go by falls silent.

    What is told of the earlier tree counts: it was said when it was locked. So does another
    expression in the place of one that could not be read before, which is how a person moves such a
    version. Of a task of which no trace is left (`traces`) only what the lock knows is asked for.
    """
    names = {task.name for task in tasks}
    for expected_ in tasks:
        silences = list(_silences(expected_, earlier, blind, names))
        if silences and _must_be_told(expected_, earlier, trees):
            yield from silences


def _must_be_told(task: Expected, earlier: Analysis, trees: Trees) -> bool:
    if trees.later is None:
        if trees.earlier is None or task.earlier is None:
            return True
        return traces.is_left(trees.before, trees.earlier.replaced, task.earlier)
    if traces.is_left(trees.after, trees.later.replaced, task.location):
        return True
    locked = task.name in earlier.plan.lock.snapshot.tasks
    return locked and traces.is_decorated(trees.after, task.location)


def _silences(
    expected_: Expected, earlier: Analysis, blind: Analysis, names: Container[str]
) -> Iterator[str]:
    name, task, why = expected_.name, expected_.task, expected_.why
    own = [*about(name, task, blind), *about(name, task, earlier)]
    there = blind.plan.decisions.get(name)
    if there is None or not there.task.cached:
        if not (own or _is_elsewhere(task, blind, names) or _is_kept(name, blind)):
            yield f"{name} is lost"
        return
    if there.baseline is not None and _is_another_expression(there.baseline, there.task):
        return
    is_told = there.next_version is not None or own
    if why and not is_told:
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


def _is_elsewhere(task: Task, analysis: Analysis, names: Container[str]) -> bool:
    """Whether it is a cached task under another name: one that the whole trees do not have."""
    return any(
        decision.task.cached
        and decision.task.path == task.path
        and (decision.task.function == task.function or name not in names)
        for name, decision in analysis.plan.decisions.items()
    )


def _is_kept(name: str, analysis: Analysis) -> bool:
    """Whether the lock keeps the task, since a file that it needs cannot be read."""
    unread = any(finding.rule == "unreadable-source" for finding in loud(analysis.findings))
    return unread and name in analysis.plan.lock.snapshot.tasks


def loud(findings: list[Finding]) -> Iterator[Finding]:
    return (finding for finding in findings if finding.level.rank <= Level.WARNING.rank)
