"""What a report says of the past: what is new since a revision, and who issued a version."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.projects import COUNT, FIT, STATS, TOTAL, Project

from sigclock.cli.commands import check
from sigclock.project.projects import Overrides
from sigclock.reports import text

if TYPE_CHECKING:
    from pathlib import Path

SCORE = """
@task(cache=True, cache_version="1.0")
def score(stats: Stats) -> float: ...
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.of(tmp_path / "project", {"stats.py": STATS, "fit.py": FIT})


def told(project: Project, against: str) -> list[str]:
    report = check.run(str(project.path), Overrides(), against=against).report
    return text.render(report).splitlines()


def reused(project: Project) -> str:
    """What is said of the version."""
    [finding] = (f for f in project.check().findings if f.rule == "version-reused")
    return finding.message


def test_a_gate_says_what_is_new_also_where_nothing_is(project: Project) -> None:
    assert told(project, "HEAD") == [
        "The one cached task keeps its signature. New since HEAD: nothing."
    ]
    project.write("stats.py", STATS + COUNT)
    project.commit("without the hook")
    assert told(project, "HEAD")[-1:] == [
        (
            "1 of 1 cached task changed outputs. New since HEAD: nothing. "
            "2 findings stood before; `sigclock check` shows them."
        )
    ]
    assert told(project, "HEAD~1")[-2:] == [
        "1 of 1 cached task changed outputs. New since HEAD~1: 1 error.",
        "Run `sigclock update`, then commit the source together with the lock.",
    ]


def test_a_version_that_is_reused_names_the_commit_that_issued_it(project: Project) -> None:
    project.write("stats.py", STATS + COUNT)
    project.update()
    project.commit("Count the rows")
    there = project.git("rev-parse", "--short=7", "HEAD").strip()
    project.write_all({"stats.py": STATS + TOTAL})
    project.update()
    project.commit("Sum them")
    project.edit("fit.py", "1.2", "1.1")
    assert reused(project) == (
        f'fit.fit: version "1.1" was issued with other outputs in {there} "Count the rows"'
    )


def test_or_the_branch_that_is_merged(project: Project, tmp_path: Path) -> None:
    other = project.copied(tmp_path / "other")
    for clone, more in ((project, TOTAL), (other, COUNT)):
        clone.write("stats.py", STATS + more)
        clone.update()
        clone.commit("Add a field")
    there = other.git("rev-parse", "--short=7", "HEAD").strip()
    project.git("fetch", "-q", str(other.path), "main:rows")
    project.git("merge", "-q", "--no-commit", "-s", "ours", "rows")
    assert f'in {there} "Add a field" of rows' in reused(project)
    # Local may have the object of either branch.
    assert [task.prediction.local.value for task in project.check().tasks] == ["unknown"]


def test_a_summary_counts_what_it_says(project: Project) -> None:
    project.write("fit.py", FIT + SCORE)
    project.update()
    project.commit("score")
    project.write("stats.py", STATS + COUNT)
    assert told(project, "HEAD")[-2] == (
        "1 of 2 cached tasks changed outputs, 1 only inputs. New since HEAD: 1 error."
    )


def test_an_input_that_changes_as_well_is_told_as_such(project: Project) -> None:
    """It is no version that was issued before."""
    project.write_all({"stats.py": STATS + COUNT, "fit.py": FIT.replace("path: str", "at: int")})
    found = [item for item in project.check().findings if item.task == "fit.fit"]
    assert [item.rule for item in found] == ["stale-cache"]
