"""A change that a gate lets through though the old outputs can be served under its version."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.gate_histories import GROWN, LITERAL, declared
from support.gates import GATES, Change, History
from support.git import Repo
from support.reviews import LOSS, TASKS, Author, actions, sigclock

if TYPE_CHECKING:
    from pathlib import Path

COMPUTED = declared("cache=True, cache_version=env()")
WAIVED = COMPUTED["fit.py"].replace(
    "version=env())", "version=env())  # sigclock: ignore[version-not-literal] known"
)
LATE = """\
from dataclasses import dataclass
from flytekit import task

@dataclass
class Late:
    mean: float

@task(cache=True, cache_version="1.0")
def late(path: str) -> Late: ...
"""
GROWN_LATE = LATE.replace("mean: float\n", "mean: float\n    count: int = 0\n")


def configured(line: str) -> History:
    """The configuration and the class change at once."""
    table = f"[tool.sigclock]\n{line}\n"
    return History(COMPUTED, {"models.py": GROWN, "pyproject.toml": table})


SMUGGLED = {
    "never locked": History(LITERAL, {"late.py": GROWN_LATE}, unhooked={"late.py": LATE}),
    "waived": History(COMPUTED, {"models.py": GROWN, "fit.py": WAIVED}),
    "rule ignored": configured('ignore = ["version-not-literal"]'),
    "rule not selected": configured('select = ["void-cached"]'),
}


#: A commit knows what its parents' locks hold; what was never locked is seen by two whole trees.
TRIED = [
    (form, gate)
    for form in SMUGGLED
    for gate in GATES
    if form != "never locked" or gate in {"check", "comment"}
]


@pytest.mark.parametrize(("form", "gate"), TRIED)
def test_it_is_blocked_or_bumped(form: str, gate: str, tmp_path: Path) -> None:
    done = GATES[gate](Change.made(tmp_path / "project", SMUGGLED[form]))
    assert done.status != 0 or "1.0 -> 1.1" in done.said, done.said


def test_a_lock_that_was_made_anew_is_held_against_the_base(tmp_path: Path) -> None:
    author = Author.at(tmp_path / "author")
    elsewhere = Author(Repo.init(tmp_path / "elsewhere").path)
    for place in (author, elsewhere):
        place.change({"models.py": LOSS, "tasks.py": TASKS})
    elsewhere.update()
    author.write(".sigclock.lock", (elsewhere.path / ".sigclock.lock").read_bytes())
    author.commit()
    author.merge()
    clone = author.checkout(tmp_path / "clone")
    environ = actions(author, tmp_path, "http://localhost:1")
    done = sigclock(clone.path, "comment", "--dry-run", "--fetch", environ=environ)
    assert done.status == 1, done.stdout
