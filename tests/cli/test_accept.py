from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.projects import COUNT, FIT, STATS, TOTAL, Project

from sigclock.errors import UsageError
from sigclock.project import accepting
from sigclock.project.projects import Overrides

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
    return accepting.accept(str(project.path), Overrides(), tasks, definitions, reason)


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
        "wrote .sigclock.lock; commit it with the source\n"
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
    assert project.found() == [("lock-outdated", None), ("stale-cache", "fit.fit")]
    assert project.bumped() == [("1.0", "1.1")]


def test_the_way_back_needs_no_word(tmp_path: Path) -> None:
    project = project_of(tmp_path)
    project.edit("stats.py", "    mean", COUNT + "    mean")
    accepted(project, "fit")
    project.commit()
    project.edit("stats.py", COUNT, "")
    assert project.bumped() == []


def test_a_second_change_needs_a_word_of_its_own(tmp_path: Path) -> None:
    project = project_of(tmp_path)
    project.edit("stats.py", "    mean", COUNT + "    mean")
    accepted(project, "fit")
    project.commit()
    project.edit("stats.py", "    mean", TOTAL + "    mean")
    assert project.check().summary.errors
    accepted(project, "fit", reason="nor is this one")
    reasons = {word.reason for word in project.lock.ledger["fit.fit"].accepted}
    assert [project.bumped(), reasons] == [[], {SAME, "nor is this one"}]


def test_the_reason_is_told_once(tmp_path: Path) -> None:
    project = project_of(tmp_path)
    project.edit("stats.py", "    mean", COUNT + "    mean")
    assert "accepted for fit.fit: the field is always empty" in accepted(project, "fit")
    assert [project.check().notes, project.update().report.notes] == [(), ()]


def test_one_class_covers_every_task_that_it_reaches(tmp_path: Path) -> None:
    files = {f"task_{number}": FIT.replace("fit", f"fit_{number}") for number in range(20)}
    project = project_of(tmp_path, **files)
    project.edit("stats.py", "    mean", COUNT + "    mean")
    project.update()
    accepted(project, definitions=["Stats"])
    texts = {name: project.read(f"{name}.py") for name in files}
    assert [texts, project.bumped(), project.found()] == [files, [], []]


def test_two_classes_cover_what_changed_in_both_alone(tmp_path: Path) -> None:
    both = STATS.replace("Stats", "Other") + "\n@dataclass\nclass Stats:\n    other: Other\n"
    project = Project.of(tmp_path, {"stats.py": both, "fit.py": FIT.replace("Stats(0.0)", "...")})
    project.write("stats.py", both.replace("mean: float", "mean: int") + COUNT)
    accepted(project, definitions=["Stats", "Other"])
    assert (project.bumped(), project.found()) == ([], [])


def test_what_was_accepted_is_listed_and_can_be_undone_until_it_is_committed(
    tmp_path: Path,
) -> None:
    project = project_of(tmp_path)
    place, everything = str(project.path), Overrides()
    assert accepting.listed(place, everything) == "nothing that was accepted is in force\n"
    project.edit("stats.py", "    mean", COUNT + "    mean")
    accepted(project, "fit")
    assert accepting.listed(place, everything) == f"{SAME}\n    fit.fit\n"
    assert accepting.undone(place, everything, ["fit"]).startswith("no longer accepted: fit.fit\n")
    assert project.bumped() == [("1.0", "1.1")]

    project.git("checkout", "-q", ".")
    project.edit("stats.py", "    mean", COUNT + "    mean")
    accepted(project, "fit")
    project.commit("accepted")
    with pytest.raises(UsageError, match="nothing was accepted since the last commit"):
        accepting.undone(place, everything, ["fit"])


def test_a_class_does_not_cover_what_changed_elsewhere(tmp_path: Path) -> None:
    project = project_of(tmp_path, other=OTHER)
    project.edit("stats.py", "    mean", COUNT + "    mean")
    project.edit("other.py", "-> Stats", "-> tuple[Stats, int]")
    told = accepted(project, definitions=["stats.Stats"])
    assert "1 task changed elsewhere too, left: other.predict" in told
    assert project.bumped() == [("1.0", "1.1")]


def test_tasks_that_share_a_version_are_accepted_together(tmp_path: Path) -> None:
    both = SHARED + OTHER.partition("\n\n")[2].replace('"1.0"', "VERSION")
    project = Project.of(tmp_path, {"stats.py": STATS, "fit.py": both})
    project.edit("stats.py", "    mean", COUNT + "    mean")
    project.update()
    assert refused(project, "fit.fit") == (
        "the version also serves fit.predict, which changed as well"
    )
    accepted(project, "fit.fit", "predict")
    assert [project.read("fit.py"), project.bumped()] == [both, []]


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_reason_must_be_given(tmp_path: Path, reason: str) -> None:
    project = project_of(tmp_path)
    project.edit("stats.py", "    mean", COUNT + "    mean")
    assert refused(project, "fit", reason=reason) == "no reason is given"


def test_what_has_not_changed_is_refused(tmp_path: Path) -> None:
    project = project_of(tmp_path)
    assert refused(project, "fit") == "fit.fit has not changed"
    project.edit("fit.py", "path: str", "path: int")
    assert refused(project, "fit") == "fit.fit has not changed"


def test_what_was_accepted_is_not_accepted_again(tmp_path: Path) -> None:
    project = project_of(tmp_path)
    project.edit("stats.py", "    mean", COUNT + "    mean")
    accepted(project, "fit")
    assert refused(project, "fit") == f"fit.fit has not changed since that was accepted: {SAME}"


def test_a_task_that_is_not_cached_is_refused(tmp_path: Path) -> None:
    plain = FIT.replace('(cache=True, cache_version="1.0")', "")
    project = Project.of(tmp_path, {"stats.py": STATS, "fit.py": plain})
    project.edit("stats.py", "    mean", COUNT + "    mean")
    assert refused(project, "fit").startswith("fit.fit is not cached")


def test_a_burnt_version_is_refused(tmp_path: Path) -> None:
    project = project_of(tmp_path)
    project.edit("stats.py", "    mean", COUNT + "    mean")
    project.update()
    project.commit()
    project.edit("fit.py", '"1.1"', '"1.0"')
    assert refused(project, "fit").startswith("fit.fit stands on '1.0', which was issued")


def test_unknown_names_are_refused(tmp_path: Path) -> None:
    project = project_of(tmp_path)
    assert refused(project, "fitt") == "no task is called 'fitt'"
    assert refused(project) == "nothing is named"
    assert refused(project, definitions=["Stats"]) == "no changed class is called 'Stats'"


def test_a_computed_version_is_put_back_by_hand(tmp_path: Path) -> None:
    computed = FIT.replace('"1.0"', 'f"{1}.0"')
    project = Project.of(tmp_path, {"stats.py": STATS, "fit.py": computed})
    project.edit("stats.py", "    mean", COUNT + "    mean")
    project.edit("fit.py", "{1}.0", "{1}.1")
    assert "sigclock cannot put it back" in refused(project, "fit")
    project.edit("fit.py", "{1}.1", "{1}.0")
    accepted(project, "fit")
    assert project.found() == [("version-not-literal", "fit.fit")]
