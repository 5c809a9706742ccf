"""An import goes through a symbolic link as far as it stays in the repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.git import Repo
from support.projects import COUNT, FIT, STATS, Project

from sigclock.cli.commands import diff
from sigclock.project import hook
from sigclock.project.projects import Overrides
from sigclock.python.names.links import links

if TYPE_CHECKING:
    from pathlib import Path

PATHS = ("models/stats.py", "models/sub/deep.py", "top.py", "notes.txt")


@pytest.mark.parametrize(
    ("path", "target", "place"),
    [
        pytest.param("pipe/stats.py", "../models/stats.py", "models/stats.py", id="file"),
        pytest.param("common", "models", "models", id="folder"),
        pytest.param("common", "./models/", "models", id="folder with dots"),
        pytest.param("a/loop", "..", "", id="the top"),
        pytest.param("a/b/x.py", "../../hop/deep.py", "models/sub/deep.py", id="through a link"),
        pytest.param("data.py", "notes.txt", None, id="no source"),
        pytest.param("out", "../models", None, id="out"),
        pytest.param("out.py", "/etc/passwd", None, id="absolute"),
        pytest.param("round", "round", None, id="itself"),
    ],
)
def test_where_a_link_leads(path: str, target: str, place: str | None) -> None:
    assert (path, place) in links({path: target, "hop": "models/sub"}, PATHS)


@pytest.mark.parametrize("target", ["nowhere.py", "models/none"])
def test_what_leads_to_no_source_is_left_out(target: str) -> None:
    assert links({"link.py": target}, PATHS) == ()


def linked(path: Path, link: str, target: str, source: str) -> Project:
    project = Project(Repo.init(path).path)
    project.write_all({"models/stats.py": STATS, source: FIT})
    place = project.path / link
    place.parent.mkdir(exist_ok=True)
    place.symlink_to(target)
    assert project.bumped() == []
    project.commit("first")
    return project


@pytest.fixture(params=["file", "folder"])
def project(tmp_path: Path, request: pytest.FixtureRequest) -> Project:
    """A task that imports `stats` through a link."""
    path = tmp_path / "project"
    if request.param == "file":
        return linked(path, "pipe/stats.py", "../models/stats.py", "pipe/fit.py")
    made = linked(path, "pipe", "models", "fit.py")
    made.edit("fit.py", "from stats", "from pipe.stats")
    made.update()
    made.commit("imports it")
    return made


def test_every_tree_follows_it(project: Project) -> None:
    assert project.found() == []
    project.edit("models/stats.py", STATS, STATS + COUNT)
    assert project.update(write=False).report.bumps
    project.git("add", ".")
    hook.run(str(project.path), Overrides(), brief=True)
    project.git("commit", "-qm", "hooked", "--no-verify")
    assert [account.issued.keys() for account in project.lock.ledger.values()] == [{"1.0", "1.1"}]
    (task,) = diff.run(str(project.path), Overrides(), "HEAD~1", "HEAD").tasks
    assert [change.path for change in task.changes] == ["outputs.o0.count"]


def test_the_hook_sees_that_it_leads_elsewhere(project: Project) -> None:
    project.write("other.py", "x = 1\n")
    project.git("add", ".")
    hook.run(str(project.path), Overrides(), brief=True)
    project.git("commit", "-qm", "the hook knows the tree now", "--no-verify")
    project.write("elsewhere/stats.py", STATS + COUNT)
    link = next(path for path in project.path.rglob("*") if path.is_symlink())
    target = str(link.readlink()).replace("models", "elsewhere")
    link.unlink()
    link.symlink_to(target)
    project.git("add", ".")
    hook.run(str(project.path), Overrides(), brief=True)
    assert [account.issued.keys() for account in project.lock.ledger.values()] == [{"1.0", "1.1"}]


def test_what_leads_out_is_said(tmp_path: Path) -> None:
    (tmp_path / "outside.py").write_text(STATS)
    project = linked(tmp_path / "project", "stats.py", "../outside.py", "fit.py")
    (finding,) = project.check().findings
    assert finding.rule == "unresolved-type"
    assert "a symbolic link that leads out of the repository" in finding.message
