from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.git import Repo
from support.projects import FIT, STATS, Project

from sigclock.cli.commands import init
from sigclock.errors import ConfigError
from sigclock.project.projects import Overrides

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = "pyproject.toml"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A repository that never saw sigclock, its modules below `src/`."""
    project = Project(Repo.init(tmp_path / "project").path)
    project.write_all({"src/stats.py": STATS, "src/fit.py": FIT})
    project.commit()
    return project


def initialised(project: Project) -> str:
    return init.run(str(project.path), Overrides())


def test_it_finds_the_source_root_and_makes_the_lock(project: Project) -> None:
    initialised(project)
    assert project.read(CONFIG) == '[tool.sigclock]\nsource-roots = ["src"]\n'
    assert project.versions() == {"fit.fit": "1.0"}
    assert project.found() == []


def test_it_changes_nothing_the_second_time(project: Project) -> None:
    initialised(project)
    once = project.state()
    initialised(project)
    assert project.state() == once


@pytest.mark.parametrize(
    "before", ["", "[project]\nname = 'x'\n", "[project]\nname = 'x'", "[a]\r\nb = 1\r\n"]
)
def test_what_the_file_had_stays(project: Project, before: str) -> None:
    project.write(CONFIG, before)
    initialised(project)
    assert project.read(CONFIG).startswith(before)
    ends = "\r\n" if "\r\n" in before else "\n"
    added = project.read(CONFIG).removeprefix(before).replace(ends, "")
    assert {"\r", "\n"}.isdisjoint(added)
    assert project.found() == []


def test_a_file_that_is_no_toml_is_left_alone(project: Project) -> None:
    project.write(CONFIG, "[project\n")
    with pytest.raises(ConfigError, match="not valid TOML"):
        initialised(project)
    assert project.read(CONFIG) == "[project\n"


def test_a_table_that_is_there_is_left_alone(project: Project) -> None:
    project.write(CONFIG, '[tool.sigclock]\nbump = "signature"\n')
    initialised(project)
    assert project.read(CONFIG) == '[tool.sigclock]\nbump = "signature"\n'
