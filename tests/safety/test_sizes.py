"""What is too large is said and bounded: no file makes sigclock read, or parse, without end."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.git import Repo
from support.hooked import ROOT
from support.projects import FIT, STATS, Project
from support.trees import open_

from sigclock.git import plain_files, process
from sigclock.source import LARGEST, LOCK_NAME

if TYPE_CHECKING:
    from pathlib import Path

GIGABYTE = 2**30
#: Runs sigclock with an address space of one gigabyte.
SMALL = """\
import resource
resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
from sigclock.cli import main
main()
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.of(tmp_path / "project", {"stats.py": STATS, "fit.py": FIT})


def swell(file: Path, size: int = 3 * GIGABYTE) -> None:
    """Make a file large at no cost: what follows is a hole."""
    with file.open("ab") as opened:
        opened.truncate(size)


def check(project: Project) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", SMALL, "check", "--quiet"],
        cwd=project.path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_source_of_three_gigabytes_is_a_finding(project: Project) -> None:
    swell(project.write("huge.py", "from flytekit import task\n"))
    status, said = check(project)
    assert (status, "huge.py may hold tasks and cannot be read: larger than 8 MB" in said) == (
        1,
        True,
    )


def test_a_source_that_nothing_points_to_is_a_finding_too(project: Project) -> None:
    swell(project.write("huge.py", ""))
    assert check(project)[0] == 1
    project.write("pyproject.toml", '[tool.sigclock]\nexclude = ["huge.py"]\n')
    assert check(project) == (0, "")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (LOCK_NAME, f"{LOCK_NAME}: larger than 64 MB"),
        ("pyproject.toml", "pyproject.toml: not valid TOML: larger than 1 MB"),
    ],
)
def test_a_file_of_ours_of_three_gigabytes_is_an_error(
    project: Project, path: str, said: str
) -> None:
    with (project.path / path).open("a") as file:
        file.write("\n[tool.sigclock]\n")
    swell(project.path / path)
    status, text = check(project)
    assert (status, text.splitlines()[0]) == (2, f"sigclock: error: {said}")


def test_a_stored_file_is_cut_and_the_next_one_is_whole(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "LARGEST", 5)
    monkeypatch.setattr(process, "_CHUNK", 2)
    repo.write("b.py", "0123456789\n")
    repo.commit()
    tree = open_(repo).revision("HEAD")
    found = [tree.read(path) for path in ("b.py", "a.py", "b.py")]
    assert found == [b"012345", b"a = 1\n", b"012345"]


def test_a_file_on_disk_is_cut(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_files, "LARGEST", 3)
    assert open_(repo).worktree().read("a.py") == b"a = "


def test_what_is_cut_is_not_written(project: Project) -> None:
    swell(project.write(".gitattributes", "* text\n"), LARGEST + 2)
    done = subprocess.run(
        [sys.executable, "-m", "sigclock", "init", "--merge-driver"],
        cwd=project.path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "is larger than 64 MB" in done.stderr) == (2, True)
    assert (project.path / ".gitattributes").stat().st_size == LARGEST + 2
