"""What cannot be read is never taken for absent: it is said, and compared as far as it is known."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from textwrap import indent

import pytest
from support.memory import InMemory

from sigclock.interface.reachability import Reachable
from sigclock.interface.snapshot import Definition, Task
from sigclock.interface.types import spell
from sigclock.tasks.extract import extract

HERE = Path(__file__).parent
HEAD = """\
import attr, collections, dataclasses, enum, msgspec, typing
import pyarrow as pa
from dataclasses import dataclass, field, make_dataclass
from enum import Enum, StrEnum, auto
from flytekit import FlyteFile, StructuredDataset, kwtypes, task
from pydantic import BaseModel, ConfigDict, Field, RootModel, create_model
from pydantic.alias_generators import to_camel, to_pascal
from typing import *
from zz_outside import blind
"""
TASK = '\n@task(cache=True, cache_version="1")\ndef t() -> D: ...\n'
MARKED = re.compile("«(.*?)»", re.DOTALL)
PLAIN = """\
class Part:
    def __init__(self): self.x = 1
def make() -> Part: ...
def prepare(it): it.prepared = 1
class D:
"""


def rows(name: str) -> list[tuple[str, str]]:
    text = (HERE / name).read_text(encoding="utf-8")
    parts = [row.partition("\n") for row in f"\n{text}".split("\n=== ")[1:]]
    return [(title, body.rstrip("\n") + "\n") for title, _, body in parts]


def read(source: str) -> tuple[Task, dict[str, Definition], list[str]]:
    """The task of a file, the classes, and what is said not to be followed."""
    found = extract(InMemory({"flow.py": HEAD + source + TASK})).snapshot
    task = found.tasks["flow.t"]
    said = Reachable(found.definitions).unresolved(task.outputs)
    return task, found.definitions, [part.spelling for part in said]


def plain(source: str) -> str:
    return MARKED.sub(r"\1", source)


def blinded(source: str) -> str:
    return MARKED.sub("blind()", source)


#: A star in brackets is syntax since 3.11.
NEWER = pytest.mark.skipif(sys.version_info < (3, 11), reason="this Python cannot read it")
RESTS_ON = [
    pytest.param(*row.split("\n--- then\n"), id=name, marks=[NEWER] if "[*" in row else [])
    for name, row in rows("rests_on.txt")
]


@pytest.mark.parametrize(("before", "after"), RESTS_ON)
def test_a_change_of_what_a_type_rests_on_is_a_change_of_signature(before: str, after: str) -> None:
    (old, _, missed), (new, _, missed_too) = read(plain(before)), read(plain(after))
    assert old.signature != new.signature
    assert [missed, missed_too] == [[], []]


@pytest.mark.parametrize(("before", "after"), RESTS_ON)
def test_what_cannot_be_read_is_said_and_is_another_signature(before: str, after: str) -> None:
    for source in (before, after):
        known, (task, _, said) = read(plain(source)), read(blinded(source))
        assert said
        assert task.signature != known[0].signature
        assert not task.void


@pytest.mark.parametrize(
    "row", [pytest.param(row, id=name) for name, row in rows("attributes.txt")]
)
def test_attributes_however_they_are_set(row: str) -> None:
    body, _, told = row.partition("\nsets:")
    names, *others = told.rstrip("\n").split("\n")
    expected = dict(line.split(": ", 1) for line in others)
    _, definitions, said = read(PLAIN + indent(body, "    "))
    fields = definitions["flow.D"].fields
    assert sorted(one.name for one in fields) == names.split()
    if "types" in expected:
        assert " ".join(spell(one.type) for one in fields) == expected["types"]
    assert said == ([expected["said"]] if "said" in expected else [])


@pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in rows("said.txt")])
def test_what_may_add_parts_to_a_class_is_said(row: str) -> None:
    source, *said = row.split("\nsaid:")
    assert read(source + "\n")[2] == [one.strip() for one in said if one.strip()]


def test_a_change_of_a_class_that_an_expression_names_is_seen() -> None:
    source = "@dataclass\nclass C:\n    a: int\nT = {{'c': C}}\nD = T['c']{}\n"
    wide = source.replace("a: int", "a: int\n    b: int")
    assert read(source.format(""))[0].signature != read(wide.format(""))[0].signature


def test_in_a_diamond_the_nearer_class_decides() -> None:
    source = (
        "@dataclass\nclass A:\n    v: int = 1\n@dataclass\nclass B(A): ...\n"
        "@dataclass\nclass C(A):\n    v: str = ''\n@dataclass\nclass D(B, C): ...\n"
    )
    (field,) = read(source)[1]["flow.D"].fields
    assert spell(field.type) == "str"
