"""What is kept of the last settled tree is needed by nobody."""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec.structs import replace
from support.focused import is_focused, settle, settled_project, told, twice
from support.projects import COUNT, Project

from sigclock.project.ground import Ground

if TYPE_CHECKING:
    from pathlib import Path

project = settled_project


def kept(project: Project) -> list[Path]:
    """Every file from which a settled tree is known."""
    folder = project.path / ".git/sigclock"
    return [*sorted(folder.glob("ground-*")), *sorted(folder.glob("pages/*"))]


@pytest.mark.parametrize("harm", ["missing", "empty", "cut", "changed", "folder"])
def test_what_is_damaged_is_as_good_as_none(project: Project, tmp_path: Path, harm: str) -> None:
    project.edit("stats.py", "float\n", f"float\n{COUNT}")
    project.git("add", "--all")
    for number in range(len(kept(project))):
        copy = project.copied(tmp_path / "copy")
        file = kept(copy)[number]
        data = file.read_bytes()
        file.unlink()
        if harm == "folder":
            file.mkdir()
        elif harm != "missing":
            half = len(data) // 2
            flipped = data[:half] + bytes([data[half] ^ 1]) + data[half + 1 :]
            file.write_bytes({"empty": b"", "cut": data[:half], "changed": flipped}[harm])
        twice(copy, tmp_path / "other")
        shutil.rmtree(copy.path)


FORGED = {
    "an option for a commit": lambda one: replace(one, base="--output=owned"),
    "an option for a tip": lambda one: replace(one, tips=("--output=owned",)),
    "a lock outside": lambda one: replace(
        one,
        footings=tuple(
            replace(each, project=replace(each.project, directory="..")) for each in one.footings
        ),
    ),
}


@pytest.mark.parametrize("how", FORGED)
def test_what_was_forged_is_not_used(project: Project, tmp_path: Path, how: str) -> None:
    folder = project.path / ".git/sigclock"
    for file in folder.glob("ground-*"):
        ground = msgspec.msgpack.decode(file.read_bytes()[32:], type=Ground)
        body = msgspec.msgpack.encode(FORGED[how](ground))
        file.write_bytes(hashlib.sha256(body).digest() + body)
    project.edit("stats.py", "float\n", f"float\n{COUNT}")
    project.git("add", "--all")
    assert not twice(project, tmp_path / "copy")
    assert list(tmp_path.glob("**/owned*")) == []


def test_no_more_is_kept_than_is_needed(project: Project) -> None:
    most = 0
    for number in range(12):
        project.edit("stats.py", "mean: float\n", f"mean: float\n    field{number}: int\n")
        settle(project)
        most = max(most, len(kept(project)))
    assert len(kept(project)) <= most < 12


def test_a_git_directory_that_cannot_be_written_is_left_alone(project: Project) -> None:
    shutil.rmtree(project.path / ".git/sigclock")
    (project.path / ".git/sigclock").write_text("")
    project.edit("fit.py", "Stats(0.0)", "Stats(1.0)")
    project.git("add", "--all")
    assert not is_focused(project)
    told(project)
    assert not is_focused(project)
    told(project)
