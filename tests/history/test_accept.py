from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.projects import COUNT, FIT, STATS, TOTAL, Project

from sigclock.commands import accept
from sigclock.errors import UsageError
from sigclock.project import Overrides

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

OTHER = FIT.replace("def fit", "def predict")
SHARED = FIT.replace('"1.0"', "VERSION").replace("\n@task", '\nVERSION = "1.0"\n\n@task')
SAME = "the field is always empty"


def project_of(path: Path, **files: str) -> Project:
    texts = {"stats.py": STATS, "fit.py": FIT, **{f"{name}.py": t for name, t in files.items()}}
    return Project.of(path, texts)


def accepted(
    project: Project, *tasks: str, definitions: Sequence[str] = (), reason: str = SAME
) -> str:
    return accept.run(str(project.path), Overrides(), tasks, definitions, reason)


def refused(
    project: Project, *tasks: str, definitions: Sequence[str] = (), reason: str = SAME
) -> str:
    before = {path: project.read(path) for path in ("fit.py", ".sigclock.lock")}
    with pytest.raises(UsageError) as error:
        accepted(project, *tasks, definitions=definitions, reason=reason)
    assert {path: project.read(path) for path in before} == before
    return error.value.message


def signatures(project: Project, task: str = "fit.fit") -> dict[str, int]:
    return {version: len(one) for version, one in project.lock.ledger[task].issued.items()}


def test_an_accepted_change_is_not_bumped(tmp_path: Path) -> None:
    project = project_of(tmp_path)
    project.edit("stats.py", "    mean", COUNT + "    mean")
    told = accepted(project, "fit.fit")
    assert [project.bumped(), project.found(), signatures(project)] == [[], [], {"1.0": 2}]
    assert told == (
        "accepted for fit.fit: the field is always empty\n"
        "    field count: int added to stats.Stats\n"
        "wrote .sigclock.lock; commit them together\n"
    )


def test_a_bump_that_is_not_committed_is_undone(tmp_path: Path) -> None:
    project = project_of(tmp_path)
    project.edit("stats.py", "    mean", COUNT + "    mean")
    project.update()
    assert '"1.1"' in project.read("fit.py")
    told = accepted(project, "fit")
    assert '"1.1" is "1.0" again' in told
    assert [project.read("fit.py"), project.bumped(), project.found()] == [FIT, [], []]
    assert signatures(project) == {"1.0": 2, "1.1": 1}


def test_of_two_bumps_that_are_not_committed_both_are_undone(tmp_path: Path) -> None:
    project = project_of(tmp_path)
    for field in (COUNT, TOTAL):
        project.edit("stats.py", "    mean", field + "    mean")
        project.update()
    accepted(project, "fit")
    assert [project.read("fit.py"), project.bumped()] == [FIT, []]
    assert signatures(project) == {"1.0": 2, "1.1": 1, "1.2": 1}


def test_the_next_change_is_due_against_both_signatures(tmp_path: Path) -> None:
    project = project_of(tmp_path)
    project.edit("stats.py", "    mean", COUNT + "    mean")
    accepted(project, "fit")
    project.commit()
    project.edit("stats.py", "    mean", TOTAL + "    mean")
    assert project.found() == [("version-not-literal", "fit.fit")]
