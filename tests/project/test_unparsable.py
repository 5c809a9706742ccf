"""A file that is broken for a moment costs no version."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.projects import FIT, STATS, Project

from sigclock.verdict.finding import Level

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """`fit.fit` returns a `Stats` under version 1.0; locked and committed."""
    return Project.of(tmp_path / "project", {"stats.py": STATS, "fit.py": FIT})


def test_an_unparsable_file_keeps_its_entries(project: Project) -> None:
    locked = project.lock
    project.write("fit.py", FIT + "def (\n")
    project.update()
    assert project.lock == locked
    assert project.found() == [("unreadable-source", None)]


def test_an_unparsable_file_of_classes_is_found_and_keeps_nothing_wrong(project: Project) -> None:
    project.write("stats.py", STATS + "def (\n")
    project.update()
    project.write("stats.py", STATS)
    assert project.bumped() == []
    assert project.found() == []


TEAM = """\
from functools import partial
from flytekit import task
cached = partial(task, cache=True)
VERSION = "3"
SETTINGS = {"cache": True, "cache_version": "4"}
"""
RESTING = """\
from flytekit import task
from again import {name}
from stats import Stats

@{decorator}
def fit(path: str) -> Stats: ...
"""
BROKEN = "def (\n"


@pytest.mark.parametrize(
    ("name", "decorator"),
    [
        ("VERSION", "task(cache=True, cache_version=VERSION)"),
        ("VERSION", 'task(cache=True, cache_version=f"v{VERSION}")'),
        ("SETTINGS", "task(**SETTINGS)"),
        ("cached", 'cached(cache_version="1.0")'),
    ],
    ids=["version", "part of a version", "settings", "decorator"],
)
def test_a_task_that_rests_on_an_unparsable_module_stays_as_it_was_locked(
    tmp_path: Path, name: str, decorator: str
) -> None:
    fit = RESTING.format(name=name, decorator=decorator)
    files = {
        "stats.py": STATS,
        "fit.py": fit,
        "team.py": TEAM,
        "again.py": f"from team import {name}",
    }
    project = Project.of(tmp_path / "project", files)
    locked = project.state()
    project.write("team.py", TEAM + BROKEN)
    assert project.update().changes == ()
    errors = [one.rule for one in project.check().findings if one.level is Level.ERROR]
    assert errors == ["unreadable-source"]
    project.write("team.py", TEAM)
    assert (project.update().changes, project.state()) == ((), locked)


def test_a_new_task_that_rests_on_an_unparsable_module_waits(tmp_path: Path) -> None:
    project = Project.of(tmp_path / "project", {"stats.py": STATS, "team.py": TEAM + BROKEN})
    version = "task(cache=True, cache_version=VERSION)"
    project.write("again.py", "from team import VERSION")
    project.write("fit.py", RESTING.format(name="VERSION", decorator=version))
    project.update()
    assert project.lock.ledger == {}
    project.write("team.py", TEAM)
    project.update()
    assert project.issued("fit.fit") == ["3"]


def test_a_task_that_is_removed_beside_an_unparsable_file_is_removed(project: Project) -> None:
    project.write("broken.py", "import flytekit\ndef (\n")
    project.write("fit.py", "from flytekit import task\n")
    project.update()
    assert project.versions() == {}
