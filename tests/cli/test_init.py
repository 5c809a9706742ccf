from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.git import Repo
from support.projects import FIT, STATS, Project

from sigclock.cli.commands import check, init
from sigclock.errors import ConfigError, GitError, LockError
from sigclock.project.projects import Overrides
from sigclock.verdict.finding import fails

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


def test_the_command_for_ci_is_green_on_the_first_day(project: Project) -> None:
    project.edit("src/fit.py", "-> Stats", "-> None")
    project.commit()
    said = initialised(project).splitlines()[-1]
    assert said == (
        "next: commit these files; in CI, run `sigclock check --against main`, "
        "which fails on what is new"
    )
    project.commit()
    checked = check.run(str(project.path), Overrides(), against="main")
    assert fails(checked.report.findings, checked.fail_on) is False


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


@pytest.mark.parametrize(
    ("path", "text"),
    [(".sigclock.lock", "{"), ("inner/pyproject.toml", "[tool.sigclock]\nx = 1\n")],
)
def test_what_cannot_be_read_stops_it_before_anything_is_written(
    project: Project, path: str, text: str
) -> None:
    project.write(path, text)
    before = project.state()
    with pytest.raises((LockError, ConfigError)):
        init.run(str(project.path), Overrides())
    assert project.state() == before


def test_another_hook_stops_it_before_anything_is_written(project: Project) -> None:
    project.write(".pre-commit-config.yaml", "- id: sigclock-update\n")
    before = project.state()
    with pytest.raises(GitError):
        init.run(str(project.path), Overrides(), hook=True)
    assert project.state() == before


def test_a_table_that_is_there_is_left_alone(project: Project) -> None:
    project.write(CONFIG, '[tool.sigclock]\nbump = "signature"\n')
    initialised(project)
    assert project.read(CONFIG) == '[tool.sigclock]\nbump = "signature"\n'
