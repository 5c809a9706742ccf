"""A signature is the same under every Python and hash seed, and in whatever order files come."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.memory import InMemory

from python.signatures import trees
from sigclock.tasks.extract import extract

if TYPE_CHECKING:
    from collections.abc import Iterable

PROGRAM = Path(__file__).with_name("signatures.py")

#: Further interpreters, each with the packages that sigclock needs, as PATH has directories.
OTHERS = [path for path in os.environ.get("SIGCLOCK_PYTHONS", "").split(os.pathsep) if path]


class Shuffled(InMemory):
    """The same files, told in the opposite order."""

    def paths(self) -> list[str]:
        return sorted(self.files, reverse=True)


@cache
def printed(python: str, seed: str) -> dict[str, list[str]]:
    done = subprocess.run(
        [python, str(PROGRAM)],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


def differing(one: dict[str, list[str]], other: dict[str, list[str]]) -> Iterable[str]:
    return [name for name in sorted({*one, *other}) if one.get(name) != other.get(name)]


def test_a_hash_seed_changes_nothing() -> None:
    assert differing(printed(sys.executable, "0"), printed(sys.executable, "1")) == []


@pytest.mark.skipif(not OTHERS, reason="SIGCLOCK_PYTHONS names no other interpreter")
@pytest.mark.parametrize("python", OTHERS)
def test_another_python_changes_nothing(python: str) -> None:
    assert differing(printed(sys.executable, "0"), printed(python, "0")) == []


def test_the_order_of_files_changes_nothing() -> None:
    changed = [
        name
        for name, tree in trees().items()
        if extract(InMemory(tree)).snapshot != extract(Shuffled(tree)).snapshot
    ]
    assert changed == []
