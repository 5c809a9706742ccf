"""A project whose commits are judged over the last settled tree, and as by a first run."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, NamedTuple

import pytest

from sigclock.git.repository import Repository
from sigclock.project import commit, hook
from sigclock.project.projects import Overrides
from sigclock.project.settled import NextCommit
from sigclock.reports import text
from sigclock.reports.style import Style
from support.projects import FIT, STATS, Project

if TYPE_CHECKING:
    from pathlib import Path

    from support.git import Repo

PYPROJECT = "[tool.sigclock]\n"
USE = FIT.replace("def fit", "def use")
CONSTANTS = 'VERSION = "1"\n'
CONSTANT = """\
from constants import VERSION
from flytekit import task
from stats import Stats

@task(cache=True, cache_version=VERSION)
def {name}() -> {returns}: ...
"""
TABLE = 'CFG = {"version": "1", "retries": 2}\n'
MAKER = """\
from functools import partial
from flytekit import task
from table import CFG

mine = partial(task, cache=True, cache_version=CFG["version"])
"""
MADE = """\
from maker import mine

@mine
def made() -> int: ...
"""
LISTED = """\
from flytekit import task
from table import CFG

@task(cache=True, cache_version=CFG["version"])
def listed() -> int: ...
"""
FILES = {
    "stats.py": STATS,
    "other.py": STATS,
    "plain.py": "x = 1\n",
    "fit.py": FIT,
    "lib/__init__.py": "",
    "lib/use.py": USE,
    "lib/stats.py": STATS,
    "lib/again.py": USE.replace("from stats", "from lib.stats"),
    "constants.py": CONSTANTS,
    "one.py": CONSTANT.format(name="one", returns="Stats"),
    "two.py": CONSTANT.format(name="two", returns="int"),
    "table.py": TABLE,
    "maker.py": MAKER,
    "made.py": MADE,
    "listed.py": LISTED,
}


class Told(NamedTuple):
    """What the hook did: its words, and the files after it."""

    said: object
    files: str


def is_focused(project: Repo) -> bool:
    """Whether the hook need not read the whole tree for what is staged here."""
    repository = Repository.open(project.path)
    next_commit = commit.next_commit(repository)
    if not (next_commit and next_commit.staged):
        return False
    commit_ = NextCommit(repository, Overrides(), next_commit.parent, next_commit.staged)
    return commit_.judge() is not None


def told(project: Repo, *, on_files: bool = False) -> Told:
    """Run the hook here, as Git does or as a framework does."""
    place = str(project.path)
    if on_files:
        result = hook.run_on_files(place, Overrides(), {}, write=True, brief=True)
    else:
        result = hook.run(place, Overrides(), brief=True)
    said = None
    if result is not None:
        standing = sum(not finding.new for finding in result.report.findings)
        said = (text.render(result.report, Style(verbose=1)), result.silent, standing)
    files = project.git("ls-files", "--stage") + project.git("diff")
    return Told(said, files)


def twice(project: Project, folder: Path, *, on_files: bool = False) -> bool:
    """Run the hook, and in a copy that knows nothing; whether it did not read the whole tree."""
    copy = project.copied(folder)
    shutil.rmtree(copy.path / ".git/sigclock", ignore_errors=True)
    focused = is_focused(project)
    here, there = (told(repo, on_files=on_files) for repo in (project, copy))
    shutil.rmtree(copy.path)
    assert here == there
    return focused


@pytest.fixture
def settled_project(tmp_path: Path) -> Project:
    """A project whose last commit went through the hook and changed no interface."""
    project = Project.of(tmp_path / "project", FILES)
    settle(project)
    return project


@pytest.fixture
def checked_project(tmp_path: Path) -> Project:
    """`fit.fit` returns a `Stats` under version 1.0; locked, committed and checked."""
    project = Project.of(tmp_path / "project", {"stats.py": STATS, "fit.py": FIT})
    project.check()
    return project


def settle(project: Project) -> None:
    project.write("plain.py", f"{project.read('plain.py')}\n")
    project.git("add", "--all")
    told(project)
    project.git("commit", "-q", "--no-verify", "-m", "settled")
