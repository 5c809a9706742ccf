"""What changed between two trees, told as a reader thinks of it: kind, path and words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.memory import InMemory

from sigclock.interface.change import Change
from sigclock.interface.diff import compare
from sigclock.tasks.extract import extract
from sigclock.verdict.wording import describe

#: Blocks of a name, the declarations before and after, each with `-> type; inputs`, and the words.
BLOCKS = Path(__file__).with_name("changes.txt").read_text(encoding="utf-8")
CASES = [
    re.split(r"--- after\n|--- told\n", f"{block.strip()}\n")
    for block in re.split(r"^=== ", BLOCKS, flags=re.MULTILINE)[1:]
]
HEAD = """\
from dataclasses import dataclass
from enum import Enum
from typing import *
import attrs
import pandas as pd
from flytekit import Artifact, kwtypes, task
from flytekit.types.file import FlyteFile
from pydantic import BaseModel, Field
"""
TASK = "@task\ndef fit(x: int{}) -> {}: ...\n"


def changes(before: str, after: str) -> tuple[Change, ...]:
    old, new = (extract(InMemory({"m.py": source(side)})) for side in (before, after))
    tasks = old.snapshot.tasks["m.fit"], new.snapshot.tasks["m.fit"]
    return compare(old.snapshot, tasks[0], new, tasks[1], "m.fit")


def told(before: str, after: str) -> list[str]:
    found = changes(before, after)
    return [f"{change.kind.value} at {change.path}: {describe(change)}" for change in found]


def source(side: str) -> str:
    declare, _, returned = side.rstrip().rpartition("-> ")
    type_, _, inputs = returned.partition("; ")
    return f"{HEAD}{declare}\n{TASK.format(f', {inputs}' if inputs else '', type_)}"


@pytest.mark.parametrize("case", CASES, ids=[case[0].partition("\n")[0] for case in CASES])
def test_a_change_is_told(case: list[str]) -> None:
    before, after, *words = case
    assert told(before.partition("\n")[2], after) == "".join(words).splitlines()


@pytest.mark.parametrize("case", CASES, ids=[case[0].partition("\n")[0] for case in CASES])
def test_nothing_is_told_of_a_side_against_itself(case: list[str]) -> None:
    assert told(case[1], case[1]) == []


@pytest.mark.parametrize(
    ("before", "after", "sides"),
    [
        pytest.param("-> int", "-> None", ("int", "None"), id="no output"),
        pytest.param("-> FlyteFile", "-> FlyteFile['csv']", (None, "csv"), id="no format"),
        pytest.param(
            "class A(dict): ...\n-> A", "class A: ...\n-> A", ("dict", None), id="no base"
        ),
    ],
)
def test_what_is_not_there_is_none_but_for_an_output(
    before: str, after: str, sides: tuple[str | None, str | None]
) -> None:
    assert [(one.baseline, one.current) for one in changes(before, after)] == [sides]


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        pytest.param(
            "@dataclass\nclass A:\n    x: list[int]\n    y: int\n-> A",
            "@dataclass\nclass A:\n    x: list[str]\n    z: str\n-> A",
            {"outputs.o0.z": 3, "outputs.o0.y": 1, "outputs.o0.x[]": 2},
            id="fields",
        ),
        pytest.param("-> int; y: int", "\n-> None", {"outputs": 3, "inputs.y": 3}, id="a task"),
        pytest.param(
            "@dataclass\nclass A:\n    x: int\n-> A",
            "\n@dataclass\nclass B:\n    x: int\n-> B",
            {"outputs.o0": 2},
            id="a class",
        ),
        pytest.param(
            "@dataclass\nclass A:\n    x: int\n    y: str\n-> A",
            "@dataclass\nclass A:\n    z: int\n    y: str\n-> A",
            {"outputs.o0.z": 2},
            id="a renamed field",
        ),
        pytest.param(
            "class E(Enum):\n    A = 'a'\n    B = 'b'\n-> E",
            "class E(Enum):\n    A = 'a'\n    C = 'c'\n-> E",
            {"outputs.o0.C": 2, "outputs.o0.B": 0},
            id="members",
        ),
    ],
)
def test_a_part_is_told_where_it_is_declared_and_a_removed_one_where_its_owner_is(
    before: str, after: str, lines: dict[str, int]
) -> None:
    start = HEAD.count("\n") + 1
    assert {change.path: str(change.location) for change in changes(before, after)} == {
        path: f"m.py:{start + line}" for path, line in lines.items()
    }
