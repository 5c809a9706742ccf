"""All histories up to a small size: the timeline equals a brute-force reading of the invariant."""

from __future__ import annotations

import random
from itertools import combinations, product
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.git import Repo

from audit.histories import Commit, audited, build
from sigclock.audit.timeline import CommitNode, Timeline
from sigclock.interface.snapshot import CacheKind, CacheSetting, Sdk, Task
from sigclock.tasks.file_reader import Declared

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

#: (task, version, signature, since, until): the last two are numbers of commits.
Stood = tuple[str, str, str, int, "int | None"]
State = dict[str, tuple[str, str]]


class History(msgspec.Struct, frozen=True):
    """Commit by commit, parents first: the parents' numbers, and the tasks."""

    parents: tuple[tuple[int, ...], ...]
    states: tuple[State, ...]


def shapes(size: int) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Every way in which commits can have one or two parents, all of them reached from the last."""
    choices = [
        [pair for count in (1, 2) for pair in combinations(range(number), count)]
        for number in range(1, size)
    ]
    for chosen in product(*choices):
        parents = ((), *chosen)
        if {parent for one in parents for parent in one} == set(range(size - 1)):
            yield parents


def canonical(size: int) -> Iterator[tuple[tuple[str, str] | None, ...]]:
    """Every course of one task, versions and signatures named in the order in which they appear."""

    def extend(
        course: list[tuple[str, str] | None], versions: int, signatures: int
    ) -> Iterator[tuple[tuple[str, str] | None, ...]]:
        if len(course) == size:
            yield tuple(course)
            return
        yield from extend([*course, None], versions, signatures)
        for version in range(min(versions + 1, 3)):
            for signature in range(min(signatures + 1, 3)):
                pair = (str(version), "ABC"[signature])
                more = (max(versions, version + 1), max(signatures, signature + 1))
                yield from extend([*course, pair], *more)

    return extend([], 0, 0)


def declared(name: str, version: str, signature: str) -> Declared:
    setting = CacheSetting(CacheKind.PINNED, version)
    task = Task(Sdk.FLYTEKIT, "m.py", name, setting, (), (), signature)
    return Declared(name, (True, "m.py", 1), "module", task, {}, ambiguous=False)


def folded(history: History) -> set[Stood]:
    timeline, nodes = Timeline(), list[CommitNode]()
    for number, (parents, state) in enumerate(zip(history.parents, history.states, strict=True)):
        tasks = {name: declared(name, *pair) for name, pair in state.items()}
        nodes.append(timeline.add(number, [nodes[parent] for parent in parents], tasks))
    return {
        (one.name, one.version or "", one.pair[1], one.since, one.until)
        for one in timeline.close(nodes[-1])
    }


def read(history: History) -> set[Stood]:
    """The same by definition: for each pair the connected parts of the commits that have it."""
    found: set[Stood] = set()
    pairs = {(name, *pair) for state in history.states for name, pair in state.items()}
    for name, version, signature in pairs:
        having = {
            number
            for number, state in enumerate(history.states)
            if state.get(name) == (version, signature)
        }
        while having:
            part = grown({min(having)}, having, history)
            having -= part
            found.add((name, version, signature, min(part), end(part, history)))
    return found


def grown(part: set[int], having: set[int], history: History) -> set[int]:
    while True:
        more = {
            other
            for number in having
            for parent in history.parents[number]
            if parent in having
            for one, other in ((number, parent), (parent, number))
            if one in part
        }
        if more <= part:
            return part
        part = part | more


def end(part: set[int], history: History) -> int | None:
    if len(history.parents) - 1 in part:
        return None
    return max(
        number
        for number, parents in enumerate(history.parents)
        if number not in part and part & set(parents)
    )


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_one_task_in_every_history(size: int) -> None:
    for parents in shapes(size):
        for course in canonical(size):
            history = History(parents, tuple({"t": pair} if pair else {} for pair in course))
            assert folded(history) == read(history), history


def test_one_task_in_every_line_of_five() -> None:
    line = ((), (0,), (1,), (2,), (3,))
    for course in canonical(5):
        history = History(line, tuple({"t": pair} if pair else {} for pair in course))
        assert folded(history) == read(history), history


def test_two_tasks_in_every_history_of_three() -> None:
    """One may look like the other renamed: under another name caches start empty."""
    courses = list(canonical(3))
    for parents in shapes(3):
        for one, other in product(courses, courses):
            states = tuple(
                {name: pair for name, pair in (("t", first), ("u", second)) if pair}
                for first, second in zip(one, other, strict=True)
            )
            history = History(parents, states)
            assert folded(history) == read(history), history


def some_history(chance: random.Random, size: int) -> list[Commit]:
    parents: list[tuple[int, ...]] = [()]
    for number in range(1, size):
        count = chance.choice((1, 1, 2)) if number > 1 else 1
        parents.append(tuple(sorted(chance.sample(range(number), count))))
    commits = []
    for one in parents:
        tasks = {
            name: (chance.choice(("1", "2", "3")), chance.randrange(3))
            for name in ("t", "u")
            if chance.random() < 0.8
        }
        commits.append(Commit(one, tasks))
    return commits


def reached(commits: Sequence[Commit]) -> set[int]:
    found, queue = set[int](), [len(commits) - 1]
    while queue:
        number = queue.pop()
        found.add(number)
        queue.extend(commits[number].parents)
    return found


@pytest.mark.parametrize("seed", range(12))
def test_in_git_a_breach_is_a_version_with_two_signatures(tmp_path: Path, seed: int) -> None:
    commits = some_history(random.Random(seed), 6)  # noqa: S311 - a reproducible history
    repo = Repo.init(tmp_path)
    build(repo, commits)
    signatures: dict[tuple[str, str], set[int]] = {}
    for number in reached(commits):
        for name, (version, signature) in commits[number].tasks.items():
            signatures.setdefault((name, version), set()).add(signature)
    tip = {(name, version) for name, (version, _) in commits[-1].tasks.items()}
    expected = {
        (f"m.{name}", version, (name, version) in tip, len(found))
        for (name, version), found in signatures.items()
        if len(found) > 1
    }
    assert expected == {
        (one.task, one.version, one.live, len({served.signature for served in one.served}))
        for one in audited(repo).breaches
    }
