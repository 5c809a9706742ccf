"""A pickled class that moves may leave its name behind: then what is stored is still right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.projects import Project

from sigclock.cli.commands import audit, diff, update
from sigclock.project import hook
from sigclock.project.projects import Overrides

if TYPE_CHECKING:
    from pathlib import Path

MODEL = "class Model:\n    def __init__(self) -> None:\n        self.a = 1\n"
FLOW = """\
from flytekit import task

from pkg.old import Model

@task(cache=True, cache_version="1")
def fit(x: int) -> Model:
    return Model()
"""
LEFT = "from pkg.new import Model\n"
BEFORE = {"flow.py": FLOW, "pkg/__init__.py": "", "pkg/old.py": MODEL}
MOVED = {"pkg/new.py": MODEL, "pkg/old.py": LEFT}


@pytest.fixture(scope="module")
def _moved(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project.of(tmp_path_factory.mktemp("moved") / "project", BEFORE)
    project.write_all(MOVED)
    assert project.bumped() == []
    project.commit("moved")
    return project


@pytest.fixture
def moved(tmp_path: Path, _moved: Project) -> Project:
    """The class has moved and left its name behind; that is locked and committed."""
    return _moved.copied(tmp_path / "project")


def found(project: Project) -> list[str]:
    quiet = {"opaque-output", "lock-outdated"}
    return [rule for rule, _ in project.found() if rule not in quiet]


def commit(project: Project) -> None:
    """Commit all, as the hook has it."""
    project.git("add", "--all")
    hook.run(str(project.path), Overrides(), brief=True)
    project.git("commit", "-qm", "hooked", "--no-verify")


def test_nothing_is_due_while_the_old_name_leads_to_the_class(moved: Project) -> None:
    assert found(moved) == []
    assert moved.bumped() == []
    (task,) = diff.run(str(moved.path), Overrides(), "HEAD~1", "HEAD").tasks
    assert (task.outputs_changed, task.changes) == (False, ())
    assert audit.run(str(moved.path), Overrides()).audit.breaches == ()


def test_a_bump_is_due_once_the_old_name_is_gone(moved: Project) -> None:
    moved.git("rm", "-q", "pkg/old.py")
    moved.edit("flow.py", "pkg.old", "pkg.new")
    assert found(moved) == ["stale-cache"]
    commit(moved)
    assert moved.issued("flow.fit") == ["1 x2", "2"]
    # All that is stored since has the new name.
    assert found(moved) == []
    assert audit.run(str(moved.path), Overrides()).audit.breaches == ()


def test_an_audit_tells_of_a_name_that_went_without_a_bump(moved: Project) -> None:
    moved.git("rm", "-q", "pkg/old.py")
    moved.edit("flow.py", "pkg.old", "pkg.new")
    moved.commit("without the hook")
    (breach,) = audit.run(str(moved.path), Overrides()).audit.breaches
    assert (breach.version, breach.live) == ("1", True)


def test_the_hook_sees_the_name_go_in_a_file_of_no_task(moved: Project) -> None:
    moved.edit("flow.py", "pkg.old", "pkg.new")
    commit(moved)
    assert found(moved) == []
    moved.git("rm", "-q", "pkg/old.py")
    commit(moved)
    assert 'cache_version="2"' in moved.read("flow.py")


def test_a_bump_is_due_where_the_move_is_taken_back(moved: Project) -> None:
    # What was stored meanwhile has a name that leads nowhere now.
    moved.git("revert", "--no-edit", "HEAD")
    assert found(moved) == ["version-reused"]


def test_a_change_of_the_class_is_due_and_its_version_has_the_new_name(moved: Project) -> None:
    moved.edit("pkg/new.py", "self.a = 1", "self.a = 1\n        self.b = 2")
    (task,) = moved.check().tasks
    assert [change.kind.value for change in task.changes] == ["field-added"]
    assert moved.bumped() == [("1", "2")]
    assert moved.lock.snapshot.definitions["pkg.new.Model"].import_name is None
    moved.git("rm", "-q", "pkg/old.py")
    moved.edit("flow.py", "pkg.old", "pkg.new")
    assert update.run(str(moved.path), Overrides()).report.bumps == ()


def test_a_class_that_moves_again_is_due(moved: Project) -> None:
    # The lock has the first name and the present one, and values may be stored under a third.
    moved.write_all({"pkg/newest.py": MODEL, "pkg/new.py": "from pkg.newest import Model\n"})
    assert moved.bumped() == [("1", "2")]
    assert found(moved) == []
