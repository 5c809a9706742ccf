"""Prints the signature of every task in many source trees; run as a program by any Python."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from differential.pairs import pairs  # noqa: E402 - found by the line above
from support.memory import InMemory  # noqa: E402

from python.bound_names import cases  # noqa: E402
from sigclock.tasks.extract import extract  # noqa: E402

#: One pair of so many: what is left has every family of classes and every layout.
STEP = 61


def trees() -> dict[str, dict[str, str]]:
    """Trees that every supported Python can parse, by name."""
    oldest = {case.id: case.tree for case in cases() if not case.newer}
    # Pairs with pandas are only there where it is installed.
    anywhere = [pair for pair in pairs(whole=True) if "pd." not in str(pair.after)]
    return {**oldest, **{pair.id: pair.after for pair in anywhere[::STEP]}}


def signatures() -> dict[str, list[str]]:
    """The signatures of each tree's tasks, in order of their names."""
    found = {name: extract(InMemory(tree)).snapshot.tasks for name, tree in trees().items()}
    return {
        name: [f"{key} {task.signature}" for key, task in tasks.items()]
        for name, tasks in found.items()
    }


if __name__ == "__main__":
    json.dump(signatures(), sys.stdout)
