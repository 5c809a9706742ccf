from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.projects import COUNT, FIT, STATS, Project

from sigclock.cli.commands import explain
from sigclock.errors import UsageError
from sigclock.project.projects import Overrides
from sigclock.verdict.rules import RULES

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """`fit.fit` was bumped once."""
    project = Project.of(tmp_path / "project", {"stats.py": STATS, "fit.py": FIT})
    project.write("stats.py", STATS + COUNT)
    project.update()
    return project


def explained(project: Project, subject: str) -> str:
    return explain.run(str(project.path), subject, Overrides())


def test_a_task_is_shown_with_the_place_of_each_part(project: Project) -> None:
    signatures = project.lock.ledger["fit.fit"].issued
    (first,), (second,) = signatures["1.0"], signatures["1.1"]
    assert explained(project, "fit.fit").splitlines() == [
        "fit.fit  (fit.py:5, flytekit)",
        "",
        "cache      pinned '1.1', decorator at fit.py:4",
        f"signature  {second[:12]}",
        "outputs",
        "  o0: stats.Stats  (fit.py:5)",
        "    dataclass stats.Stats  (stats.py:4)",
        "      mean: float  (stats.py:5)",
        "      count: int  (stats.py:6)",
        "inputs",
        "  path: str  (fit.py:5)",
        "issued",
        f"  '1.0': {first[:12]}",
        f"  '1.1': {second[:12]}",
        "next call with known inputs",
        "  local reuses its result; so does remote: neither key moves",
    ]


def test_the_end_of_a_name_is_enough(project: Project) -> None:
    assert explained(project, "fit") == explained(project, "fit.fit")


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_explained(project: Project, rule: str) -> None:
    assert explained(project, rule).startswith(f"{rule} (")


def test_a_name_that_several_tasks_end_in_is_refused(project: Project) -> None:
    project.write("train.py", FIT)
    with pytest.raises(
        UsageError, match="'fit' is the end of the name of more than one task, class or rule"
    ):
        explained(project, "fit")


def test_the_nearest_name_is_offered(project: Project) -> None:
    with pytest.raises(UsageError) as refusal:
        explained(project, "fit.fti")
    assert refusal.value.advice == "did you mean 'fit.fit'?"
    with pytest.raises(UsageError) as refusal:
        explained(project, "Stast")
    assert refusal.value.advice == "did you mean 'stats.Stats'?"
