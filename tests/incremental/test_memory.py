"""What is remembered of a tree never shows, whatever has changed since."""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.changing import CHOICES
from support.memory import InMemory

from sigclock.incremental.readings import Readings
from sigclock.python.names.modules import Modules
from sigclock.python.types.classes import EXTERNAL_NAMES
from sigclock.tasks.extract import Options, extract
from sigclock.tasks.file_reader import Reader
from sigclock.tasks.memory import Memory
from sigclock.tasks.tree_state import TreeState

if TYPE_CHECKING:
    from collections.abc import Mapping

FIT = "from flytekit import task\nfrom {0} import Stats\n@task\ndef fit() -> Stats: ...\n"
STATS = "from dataclasses import dataclass\n@dataclass\nclass Stats:\n    a: int\n"


def blobs(files: Mapping[str, str]) -> dict[str, str]:
    return {path: hashlib.sha256(text.encode()).hexdigest() for path, text in files.items()}


def stored(state: TreeState) -> TreeState:
    return msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=TreeState)


@pytest.mark.parametrize("seed", range(8))
def test_a_remembered_tree_is_told_as_a_new_one(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - reproducible edits
    files: dict[str, str] = {}
    state, readings = TreeState(), Readings()
    for _ in range(60):
        for path in chance.sample(sorted(CHOICES), chance.choice((0, 1, 1, 2, 4))):
            text = chance.choice(CHOICES[path])
            files.pop(path, None)
            if text is not None:
                files[path] = text
        memory = Memory(blobs(files), state, readings)
        assert extract(InMemory(files), Options(), memory) == extract(InMemory(files), Options())
        if memory.learnt is not None and chance.random() > 0.3:
            state = stored(memory.learnt)


def read_again(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """The files that are read a second time when one tree follows another."""
    first = Memory(blobs(before))
    extract(InMemory(before), Options(), first)
    assert first.learnt is not None
    asked: list[str] = []
    memory = Memory(blobs(after), first.learnt)
    summary = memory.summary

    def watched(path: str) -> object:
        found = summary(path)
        if found is None:
            asked.append(path)
        return found

    memory.summary = watched  # type: ignore[assignment, method-assign]
    extract(InMemory(after), Options(), memory)
    return asked


BEFORE = {
    "stats.py": STATS,
    "other.py": STATS,
    "fit.py": FIT.format("stats"),
    "train.py": FIT.format("other"),
    "plain.py": "x = 1\n",
}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param({"plain.py": "x = 2\n"}, [], id="no-task-follows-it"),
        pytest.param({"stats.py": STATS + "    b: int\n"}, ["fit.py"], id="a-class"),
        pytest.param({"train.py": FIT.format("other") + "\n"}, ["train.py"], id="the-file-itself"),
        pytest.param({"stats/__init__.py": STATS}, ["fit.py"], id="a-package-in-its-place"),
        pytest.param({"new.py": "y = 1\n"}, [], id="a-new-file"),
    ],
)
def test_only_what_a_change_can_reach_is_read_again(
    changed: Mapping[str, str], expected: list[str]
) -> None:
    assert read_again(BEFORE, {**BEFORE, **changed}) == expected


BROKEN = {
    "broken.py": "from flytekit import task\nclass (\n",
    "lost.py": FIT.format("broken"),
    "further.py": FIT.format("lost"),
}


def test_a_file_that_does_not_parse_costs_no_more_than_those_that_lead_to_it() -> None:
    before = {**BEFORE, **BROKEN}
    assert sorted(read_again(before, before)) == ["broken.py", "further.py", "lost.py"]
    mended = {**before, "broken.py": STATS}
    assert sorted(read_again(before, mended)) == ["further.py", "lost.py"]
    assert sorted(read_again(mended, before)) == ["broken.py", "further.py", "lost.py"]
    changed = {**before, "stats.py": STATS + "    b: int\n"}
    assert sorted(read_again(before, changed)) == ["broken.py", "fit.py", "further.py", "lost.py"]


def test_a_tree_that_comes_back_is_not_read_again() -> None:
    readings, state = Readings(), None
    other = {**BEFORE, "stats.py": STATS + "    b: int\n", "new.py": FIT.format("stats")}
    read = []
    for files in (BEFORE, other, BEFORE, other, BEFORE):
        memory = Memory(blobs(files), state, readings)
        assert extract(InMemory(files), Options(), memory) == extract(InMemory(files), Options())
        read.append(memory.read)
        state = memory.learnt
    assert read == [2, 2, 0, 0, 0]


def test_a_lookup_that_failed_once_is_made_again() -> None:
    before = {"fit.py": FIT.format("later")}
    assert read_again(before, {**before, "later.py": STATS}) == ["fit.py"]


def test_a_second_module_of_the_name_is_noticed() -> None:
    before = {"jobs/steps/one/fit.py": FIT.format("later"), "jobs/steps/later.py": STATS}
    assert read_again(before, {**before, "jobs/later.py": f"{STATS}\n"}) == [
        "jobs/steps/one/fit.py"
    ]


def test_a_reader_lets_go_of_all_that_it_has_read() -> None:
    reader = Reader(Modules(InMemory(BEFORE), EXTERNAL_NAMES), Options())
    assert reader.summary("fit.py").entries
    reader.close()
    assert vars(reader) == {}
