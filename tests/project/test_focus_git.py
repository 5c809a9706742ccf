"""What Git can do between two commits makes no difference to how the second is judged."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import pytest
from support.amount import FULL
from support.focused import FILES, PYPROJECT, settle, settled_project, twice
from support.git import Repo
from support.projects import COUNT, FIT, STATS, Project

if TYPE_CHECKING:
    from pathlib import Path

project = settled_project


# -- histories ---------------------------------------------------------------------------------

#: What may happen between two commits; `{}` is a branch or a commit.
OPERATIONS = (
    "merge --no-edit {}",
    "merge --no-ff --no-edit {}",
    "merge --squash {}",
    "cherry-pick {}",
    "cherry-pick --no-commit {}",
    "revert --no-edit {}",
    "revert --no-commit {}",
    "rebase {}",
    "stash",
    "stash pop",
    "reset --soft {}",
    "reset {}",
    "reset --hard {}",
    "checkout {}",
    "checkout -B other {}",
    "checkout --detach {}",
    "checkout --orphan apart",
    "checkout {} -- .sigclock.lock",
    "update-ref refs/remotes/origin/main {}",
    "update-ref -d refs/remotes/origin/main",
    "branch -D {}",
    "gc --prune=now",
    "mv lib bil",
    "rm --cached fit.py",
    "update-index --split-index",
)


def move_on(project: Project, chance: random.Random) -> None:
    """Have Git do something, and settle its conflicts with a side of each."""
    names = project.git("for-each-ref", "--format=%(refname:short)", "refs/heads").split()
    there = chance.choice(["HEAD~1", "HEAD~2", *names])
    project.git(*chance.choice(OPERATIONS).format(there).split(), fails=True)
    for _ in range(5):
        for record in project.git("ls-files", "--unmerged", "-z").split("\0")[:-1]:
            path = record.partition("\t")[2]
            project.git("checkout", chance.choice(["--ours", "--theirs"]), "--", path, fails=True)
        project.git("add", "--all")
        if not (project.path / ".git/rebase-merge").exists():
            return
        project.git("-c", "core.editor=true", "rebase", "--continue", fails=True)
    project.git("rebase", "--abort", fails=True)


@pytest.mark.parametrize("seed", range(3 if FULL else 1))
def test_whatever_git_did_a_commit_is_told_as_by_a_first_run(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - reproducible operations
    project = Project.of(tmp_path / "project", FILES)
    settle(project)
    focused = 0
    for number in range(20):
        move_on(project, chance)
        if chance.random() < 0.7:
            project.write(chance.choice(["stats.py", "other.py"]), STATS + f"    a{number}: int\n")
        project.write("plain.py", f"x = {number}\n")
        project.git("add", "--all")
        if chance.random() < 0.9:
            focused += twice(project, tmp_path / "copy")
        project.git("commit", "-q", "--no-verify", "--allow-empty", "-m", "step")
    assert focused > 2


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
    project.write_all({"pyproject.toml": PYPROJECT, "fit.py": "from flytekit import task\n"})
    project.write("plain.py", "")
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


def test_a_changed_mode_is_no_change(project: Project, tmp_path: Path) -> None:
    project.edit("two.py", "int", "None")
    settle(project)
    (project.path / "fit.py").chmod(0o755)
    project.edit("plain.py", "x = 1", "x = 2")
    project.git("add", "--all")
    assert twice(project, tmp_path / "copy")
