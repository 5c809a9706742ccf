"""What is kept of the last settled tree is needed by nobody."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec.structs import replace
from support import kept
from support.focused import is_focused, settle, settled_project, told, twice
from support.projects import COUNT, Project

from sigclock.project.settled import SettledTree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

project = settled_project


def parts(project: Project) -> list[bytes]:
    """The keys of all from which a settled tree is known."""
    return sorted(kept.bodies(project, "settled"))


@pytest.mark.parametrize("harm", ["missing", "empty", "cut", "changed"])
def test_what_is_damaged_is_as_good_as_none(project: Project, tmp_path: Path, harm: str) -> None:
    project.edit("stats.py", "float\n", f"float\n{COUNT}")
    project.git("add", "--all")
    for key in parts(project):
        copy = project.copied(tmp_path / "copy")
        if harm == "missing":
            kept.drop(copy, key)
        else:
            kept.change(copy, key, HARMS[harm], sound=False)
        twice(copy, tmp_path / "other")
        shutil.rmtree(copy.path)


def flipped(body: bytes) -> bytes:
    half = len(body) // 2
    return body[:half] + bytes([body[half] ^ 1]) + body[half + 1 :]


HARMS: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut": lambda body: body[: len(body) // 2],
    "changed": flipped,
}


FORGED = {
    "an option for a commit": lambda one: replace(one, base="--output=owned"),
    "an option for a tip": lambda one: replace(one, tips=("--output=owned",)),
    "a lock outside": lambda one: replace(
        one,
        projects=tuple(
            replace(each, project=replace(each.project, directory="..")) for each in one.projects
        ),
    ),
}


@pytest.mark.parametrize("how", FORGED)
def test_what_was_forged_is_not_used(project: Project, tmp_path: Path, how: str) -> None:
    def forged(body: bytes) -> bytes:
        settled_tree = msgspec.msgpack.decode(body, type=SettledTree)
        return msgspec.msgpack.encode(FORGED[how](settled_tree))

    for key in kept.bodies(project, "settled"):
        kept.change(project, key, forged, sound=True)
    project.edit("stats.py", "float\n", f"float\n{COUNT}")
    project.git("add", "--all")
    assert not twice(project, tmp_path / "copy")
    assert list(tmp_path.glob("**/owned*")) == []


def test_no_more_is_kept_than_is_needed(project: Project) -> None:
    most = 0
    for number in range(12):
        project.edit("stats.py", "mean: float\n", f"mean: float\n    field{number}: int\n")
        settle(project)
        most = max(most, len(parts(project)))
    assert len(parts(project)) <= most < 12


def test_a_git_directory_that_cannot_be_written_is_left_alone(project: Project) -> None:
    shutil.rmtree(project.path / ".git/sigclock")
    (project.path / ".git/sigclock").write_text("")
    project.edit("fit.py", "Stats(0.0)", "Stats(1.0)")
    project.git("add", "--all")
    assert not is_focused(project)
    told(project)
    assert not is_focused(project)
    told(project)
