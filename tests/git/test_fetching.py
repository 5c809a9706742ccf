"""A clone of one branch at depth 1: what it lacks is named by a command that works, or fetched."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest
from support.projects import COUNT, FIT, STATS, Project
from support.trees import open_

from sigclock.cli.commands import check
from sigclock.errors import GitError
from sigclock.git import fetching
from sigclock.project.projects import Overrides
from sigclock.project.pull_request import Endpoints, bounds

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def clone(tmp_path: Path) -> Project:
    """A shallow clone of the branch `work`, which grew a class and left the version."""
    project = Project.of(tmp_path / "project", {"stats.py": STATS, "fit.py": FIT})
    project.git("switch", "-q", "-c", "work")
    project.write("stats.py", STATS + COUNT)
    project.commit("work")
    options = ("--depth=1", "--branch=work", "--no-local")
    project.git("clone", "-q", *options, f"file://{project.path}", str(tmp_path / "clone"))
    return Project(tmp_path / "clone")


def rules(clone: Project, name: str, *, fetch: bool) -> list[str]:
    report = check.run(str(clone.path), Overrides(), against=name, fetch=fetch).report
    return [finding.rule for finding in report.findings]


def test_the_command_that_is_named_fetches_the_base(clone: Project) -> None:
    with pytest.raises(GitError) as raised:
        rules(clone, "origin/main", fetch=False)
    command = raised.value.advice.removeprefix("run ").removesuffix(", or give --fetch")
    assert command == "git fetch --depth=1 origin main:refs/remotes/origin/main"
    clone.git(*shlex.split(command)[1:])
    assert rules(clone, "origin/main", fetch=False) == ["lock-outdated", "stale-cache"]


@pytest.mark.parametrize("name", ["origin/main", "main", "refs/remotes/origin/main"])
def test_a_branch_of_the_remote_is_fetched(clone: Project, name: str) -> None:
    assert rules(clone, name, fetch=True) == ["lock-outdated", "stale-cache"]


def test_the_base_of_a_comment_may_be_a_branch(clone: Project) -> None:
    opened = open_(clone)
    base, head = bounds(opened, Endpoints(base="origin/main", fetch=True))
    assert opened.parents(head) == [base]


@pytest.mark.parametrize("name", ["--upload-pack=x", "main:x", "+main", "a..b", "HEAD~3", "x y"])
def test_what_is_no_branch_is_not_asked_for(clone: Project, name: str) -> None:
    with pytest.raises(GitError, match="cannot be fetched"):
        fetching.present(open_(clone), name, fetch=True)


def test_a_remote_that_does_not_answer_is_given_up(
    clone: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sigclock.git.process.ONLINE_SECONDS", 0.5)
    clone.git("config", "remote.origin.uploadpack", "sleep 5 #")
    with pytest.raises(GitError, match=r"git fetch did not end within 0\.5 seconds"):
        fetching.get(open_(clone), ["f" * 40], "--depth=1")
