"""What Flyte's own engine stores in one way, and a record in another."""

from __future__ import annotations

import pytest
from support.memory import InMemory

from sigclock.tasks.extract import extract

FLOW = """\
import os
from dataclasses import dataclass
from flytekit import FlyteFile, task
@dataclass
class Holder:
    item: {inner}
@task(cache=True, cache_version="1")
def t() -> {outer}: ...
"""


def signature(inner: str, outer: str) -> str:
    tree = {"flow.py": FLOW.format(inner=inner, outer=outer)}
    return extract(InMemory(tree)).snapshot.tasks["flow.t"].signature


@pytest.mark.parametrize("shape", ["{}", "list[{}]", "dict[str, {}]"])
def test_a_path_is_a_file_but_inside_a_record(shape: str) -> None:
    path, file = (shape.format(name) for name in ("os.PathLike", "FlyteFile"))
    assert signature("int", path) == signature("int", file)
    assert signature(path, "Holder") != signature(file, "Holder")


def test_only_what_differs_has_the_name_of_the_scheme() -> None:
    assert signature("os.PathLike", "Holder").startswith("2:")
    assert ":" not in signature("FlyteFile", "Holder")
    assert ":" not in signature("int", "os.PathLike")
