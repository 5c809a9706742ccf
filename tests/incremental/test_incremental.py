"""A tree that changes file by file tells, at each step, what a reading of the whole tree tells."""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.changing import CHOICES
from support.memory import InMemory

from sigclock.incremental.growing import Growing
from sigclock.incremental.readings import Readings
from sigclock.python.names.import_roots import Layout
from sigclock.python.names.modules import Modules
from sigclock.python.types.classes import EXTERNAL_NAMES
from sigclock.tasks.extract import Options, extract

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sigclock.interface.snapshot import Task
    from sigclock.tasks.reading import Reading


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
    *("apart", "ask", "close", "forget", "is_known", "over", "path_of", "root_of", "others"),
    *("module", "read", "source"),
}


def test_every_question_about_a_tree_can_be_asked_again() -> None:
    public = {name for name in vars(Modules) if not name.startswith("_")}
    modules = Modules(InMemory({"a.py": ""}), EXTERNAL_NAMES, Layout(links=(("out", None),)))
    for method in public - WITHIN:
        modules.ask("a.py", (method, "a"))
    assert {method for method, _ in modules.questions["a.py"]} == public - WITHIN


def test_nothing_is_read_twice() -> None:
    class Counted(Readings):
        added = 0

        def add(self, path: str, blob: str, reading: Reading) -> None:
            Counted.added += 1
            super().add(path, blob, reading)

    growing = Growing(Options(), lambda oid: BLOBS[oid].encode(), Counted())
    first, second = (blob(text) for text in CHOICES["stats.py"][:2] if text)
    growing.move({"fit.py": blob(CHOICES["fit.py"][0] or ""), "stats.py": first})
    for turn in range(10):
        growing.move({"stats.py": (second, first)[turn % 2]})
    assert Counted.added == 2
