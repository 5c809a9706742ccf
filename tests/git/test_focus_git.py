"""What Git can do between two commits makes no difference to how the second is judged."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from support.focused import FILES, settle, twice
from support.git import Repo
from support.projects import COUNT, FIT, STATS, Project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose last commit went through the hook and changed no interface."""
    project = Project.of(tmp_path / "project", FILES)
    settle(project)
    return project


# -- what a framework shows --------------------------------------------------------------------


@pytest.mark.parametrize("mark", ["--assume-unchanged", "--skip-worktree"])
def test_a_framework_shows_what_git_was_told_not_to_look_at(
    project: Project, tmp_path: Path, mark: str
) -> None:
    project.git("update-index", mark, "stats.py")
    project.write("stats.py", STATS + COUNT)
    project.edit("fit.py", "Stats(0.0)", "Stats(1.0)")
    project.git("add", "fit.py")
    twice(project, tmp_path / "copy", on_files=True)
    assert '"1.1"' in project.read("fit.py")


def test_a_framework_shows_what_a_filter_makes_of_a_file(project: Project, tmp_path: Path) -> None:
    project.git("config", "filter.wide.smudge", "sed s/float/int/")
    project.git("config", "filter.wide.clean", "sed s/int/float/")
    project.write(".gitattributes", "stats.py filter=wide\n")
    (project.path / "stats.py").unlink()
    project.git("checkout", "--", "stats.py")
    os.utime(project.path / "stats.py", (1, 1))
    project.git("update-index", "--refresh")
    project.edit("fit.py", "Stats(0.0)", "Stats(1.0)")
    project.git("add", "fit.py", ".gitattributes")
    twice(project, tmp_path / "copy", on_files=True)
    assert '"1.1"' in project.read("fit.py")


# -- locks -------------------------------------------------------------------------------------


def test_a_lock_that_only_another_branch_has(tmp_path: Path) -> None:
    project = Project(Repo.init(tmp_path / "project").path)
    project.write_all({"fit.py": "from flytekit import task\n", "plain.py": ""})
    project.update()
    project.commit("with a lock for nothing")
    project.git("checkout", "-q", "--orphan", "without")
    project.git("rm", "-q", "-f", ".sigclock.lock")
    project.git("commit", "-q", "--no-verify", "-m", "nothing yet")
    settle(project)
    project.write_all({"fit.py": FIT, "stats.py": STATS})
    project.git("add", "--all")
    twice(project, tmp_path / "copy")
    assert '"fit.fit"' in project.git("show", ":.sigclock.lock")
