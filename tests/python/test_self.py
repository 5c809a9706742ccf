"""`typing.Self` is the class in which it is read; outside of one it is a name like any other."""

from __future__ import annotations

import pytest
from support.memory import InMemory

from sigclock.interface.snapshot import Snapshot
from sigclock.interface.types import spell
from sigclock.tasks.extract import extract

HEAD = """
from dataclasses import dataclass
from typing import Generic, Optional, TypeVar
import typing_extensions as te
from typing import Self
from flytekit import task
from pydantic import BaseModel
T = TypeVar("T")
"""
TASK = "@task(cache=True, cache_version='1')\ndef fit() -> {}: ...\n"


def read(classes: str, returned: str) -> Snapshot:
    return extract(InMemory({"m.py": HEAD + classes + TASK.format(returned)})).snapshot


def fields(snapshot: Snapshot, name: str) -> dict[str, str]:
    return {field.name: spell(field.type) for field in snapshot.definitions[name].fields}


NODE = "@dataclass\nclass Node:\n    next: Optional[{}]\n    all: 'list[{}]'\n"


@pytest.mark.parametrize("spelling", ["Self", "te.Self", "'Self'"])
def test_it_means_the_class_in_which_it_stands(spelling: str) -> None:
    named = NODE.format("'Node'", "Node")
    written = NODE.format(spelling, spelling.strip("'"))
    assert read(written, "Node") == read(named, "Node")


def test_an_inherited_field_is_of_the_class_that_inherits_it() -> None:
    classes = "class Base(BaseModel):\n    next: Self | None\nclass Sub(Base):\n    x: int\n"
    snapshot = read(classes, "Sub")
    assert [*snapshot.definitions] == ["m.Sub"]
    assert fields(snapshot, "m.Sub") == {"next": "m.Sub | None", "x": "int"}


def test_as_the_argument_of_a_base_it_is_the_class_as_well() -> None:
    classes = "@dataclass\nclass Box(Generic[T]):\n    item: T\n    next: Optional[Self]\n"
    classes += "@dataclass\nclass Leaf(Box[Self]): ...\n"
    snapshot = read(classes, "tuple[Leaf, Box[int]]")
    assert fields(snapshot, "m.Leaf") == {"item": "m.Leaf", "next": "m.Leaf | None"}
    assert fields(snapshot, "m.Box") == {"item": "T", "next": "m.Box[T] | None"}


def test_in_a_task_it_is_a_name_for_flyte_pickles_it() -> None:
    (output,) = read("", "Self").tasks["m.fit"].outputs
    assert spell(output.type) == "typing.Self"
