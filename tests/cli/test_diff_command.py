from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from support.projects import COUNT, FIT, STATS, TOTAL, Project

from sigclock.cli.commands import diff
from sigclock.cli.main import cli
from sigclock.errors import GitError
from sigclock.project.projects import Overrides

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Three states of one class: committed, staged (a field more) and on disk (another one)."""
    project = Project.of(tmp_path / "project", {"stats.py": STATS, "fit.py": FIT})
    project.write("stats.py", STATS + COUNT)
    project.git("add", "stats.py")
    project.write("stats.py", STATS + COUNT + TOTAL)
    return project


def changed(
    project: Project, base: str | None = None, current: str | None = None, *, staged: bool = False
) -> list[str]:
    report = diff.run(str(project.path), Overrides(), base, current, staged=staged)
    return [f"{change.kind.value} {change.path}" for one in report.tasks for change in one.changes]


def test_the_work_tree_is_compared_with_head(project: Project) -> None:
    added = ["field-added outputs.o0.count", "field-added outputs.o0.total"]
    assert changed(project) == added


def test_what_is_staged_is_compared_with_head(project: Project) -> None:
    assert changed(project, staged=True) == ["field-added outputs.o0.count"]


def test_two_revisions_are_compared_without_the_work_tree(project: Project) -> None:
    project.git("commit", "-qm", "count")
    assert changed(project, "HEAD~1", "HEAD") == ["field-added outputs.o0.count"]
    assert changed(project, "HEAD", "HEAD~1") == ["field-removed outputs.o0.count"]


def test_a_revision_differs_in_nothing_from_itself(project: Project) -> None:
    assert changed(project, "HEAD", "HEAD") == []


def test_a_bare_clone_compares_revisions(project: Project, tmp_path: Path) -> None:
    project.git("commit", "-qm", "count")
    project.git("clone", "-q", "--bare", str(project.path), str(tmp_path / "bare"))
    bare = Project(tmp_path / "bare")
    assert changed(bare, "HEAD~1", "HEAD") == ["field-added outputs.o0.count"]


def test_before_the_first_commit_there_is_nothing_to_compare(tmp_path: Path) -> None:
    empty = Project(Project.init(tmp_path / "empty").path)
    with pytest.raises(GitError, match="there is no commit yet, so HEAD names none"):
        changed(empty)


def test_a_path_behind_two_dashes_narrows_what_is_shown(project: Project) -> None:
    project.write("lib/load.py", FIT)
    project.git("add", "lib")
    shown = [
        CliRunner().invoke(
            cli, ["-C", str(project.path), "diff", "HEAD", "--", path], standalone_mode=False
        )
        for path in ("fit.py", "lib")
    ]
    assert [("added to stats.Stats" in one.output) for one in shown] == [True, False]
    assert [("Added 1 task" in one.output) for one in shown] == [False, True]
