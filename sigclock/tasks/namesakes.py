"""Keys for tasks to which Flyte gives one name: the last task keeps the bare name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

Rank = tuple[bool, str, int]
One = TypeVar("One", bound="Ranked")


class Ranked(Protocol):
    """A task among others of its name: the task of the highest rank keeps the bare name."""

    @property
    def rank(self) -> Rank:
        """Whether it stands at module level, its file, its line."""

    @property
    def owner(self) -> str:
        """The scope in which it stands, which distinguishes it from the others."""


def distinguish(name: str, group: Sequence[One]) -> Iterator[tuple[str, One]]:
    """A key for each of the tasks that Flyte gives one name."""
    if len(group) == 1:
        yield name, group[0]
        return
    # Tasks at module level come last, so that the last of them keeps the bare name.
    ordered = sorted(group, key=lambda task: task.rank, reverse=True)
    yield name, ordered[0]
    used = {name}
    for task in ordered[1:]:
        key, number = f"{name}@{task.owner}", 1
        while key in used:
            number += 1
            key = f"{name}@{task.owner}#{number}"
        used.add(key)
        yield key, task
