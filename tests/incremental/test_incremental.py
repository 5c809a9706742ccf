"""A tree that changes file by file tells, at each step, what a reading of the whole tree tells."""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.changing import CHOICES
from support.memory import InMemory

from sigclock.incremental.growing import Growing, Readings, Watched
from sigclock.python.names.modules import Modules
from sigclock.tasks.extract import Options, extract

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sigclock.interface.snapshot import Task


def blob(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


BLOBS = {blob(text): text for texts in CHOICES.values() for text in texts if text is not None}


def bare(task: Task) -> Task:
    """Without the classes, which are kept in other places."""
    return msgspec.structs.replace(task, own_definitions={})


def whole(files: Mapping[str, str]) -> dict[str, Task]:
    tasks = extract(InMemory(files), Options()).snapshot.tasks
    return {name: bare(task) for name, task in tasks.items()}


@pytest.mark.parametrize("seed", range(6))
def test_every_step_tells_what_the_whole_tree_tells(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - reproducible edits
    growing = Growing(Options(), lambda oid: BLOBS[oid].encode(), Readings())
    files: dict[str, str] = {}
    for _ in range(60):
        changed: dict[str, str | None] = {}
        for path in chance.sample(sorted(CHOICES), chance.choice((1, 1, 2, 3))):
            text = chance.choice(CHOICES[path])
            changed[path] = None if text is None else blob(text)
            files.pop(path, None)
            if text is not None:
                files[path] = text
        told = {name: bare(one.task) for name, one in growing.move(changed).items()}
        assert told == whole(files), files


#: Methods of `Modules` that the others rest on, or that are not asked about one file.
WITHIN = {
    *("ask", "close", "forget", "is_known", "others", "over", "path_of", "root_of"),
}


def test_every_question_about_a_tree_is_watched() -> None:
    questions = {name for name in vars(Modules) if not name.startswith("_")}
    assert questions - WITHIN == {name for name in vars(Watched) if not name.startswith("_")}


def test_nothing_is_read_twice() -> None:
    class Counted(Readings):
        added = 0

        def add(self, path: str, blob: str, reading: object) -> None:
            Counted.added += 1
            super().add(path, blob, reading)  # type: ignore[arg-type]

    growing = Growing(Options(), lambda oid: BLOBS[oid].encode(), Counted())
    first, second = (blob(text) for text in CHOICES["stats.py"][:2] if text)
    growing.move({"fit.py": blob(CHOICES["fit.py"][0] or ""), "stats.py": first})
    for turn in range(10):
        growing.move({"stats.py": (second, first)[turn % 2]})
    assert Counted.added == 2
