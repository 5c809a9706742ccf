from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.projects import COUNT, FIT, STATS, TOTAL, Project

from sigclock.source import LOCK_NAME
from sigclock.verdict.finding import Level

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """`fit.fit` returns a `Stats` under version 1.0; locked and committed."""
    return Project.of(tmp_path / "project", {"stats.py": STATS, "fit.py": FIT})


def grow(project: Project, field: str = COUNT) -> None:
    project.write("stats.py", project.read("stats.py") + field)


# -- one change --------------------------------------------------------------------------------


def test_a_changed_output_bumps_exactly_the_literal(project: Project) -> None:
    grow(project)
    assert project.bumped() == [("1.0", "1.1")]
    assert project.read("fit.py") == FIT.replace('"1.0"', '"1.1"')
    assert project.issued("fit.fit") == ["1.0", "1.1"]


def test_the_edit_keeps_every_other_byte(project: Project) -> None:
    source = (
        "\ufeff# -*- coding: utf-8 -*-\r\n# naïve ✓\r\n" + FIT.replace("\n", "\r\n") + "\f\r\n#end"
    )
    project.write("fit.py", source.replace('"1.0"', "R'''1.0'''"))
    project.update()
    grow(project)
    project.update()
    assert project.read("fit.py") == source.replace('"1.0"', "R'''1.1'''")


def test_update_twice_is_update_once(project: Project) -> None:
    grow(project)
    project.update()
    once = project.state()
    assert project.update().changes == ()
    assert project.state() == once


def test_after_update_check_is_clean(project: Project) -> None:
    grow(project)
    assert project.found() == [("lock-outdated", None), ("stale-cache", "fit.fit")]
    project.update()
    assert project.found() == []


def test_an_unlocked_tree_is_locked_as_it_is(tmp_path: Path) -> None:
    project = Project.of(tmp_path / "new", {"stats.py": STATS, "fit.py": FIT})
    assert (project.versions(), project.read("fit.py")) == ({"fit.fit": "1.0"}, FIT)


def test_check_and_diff_write_nothing(project: Project) -> None:
    grow(project)
    before = project.state()
    result = project.update(write=False)
    assert project.state() == before
    assert [change.path for change in result.changes] == ["fit.py", LOCK_NAME]
    assert '-@task(cache=True, cache_version="1.0")\n+@task(cache=True, cache_version="1.1")\n' in (
        result.patch
    )


def test_without_bumping_a_due_task_stays_as_it_was_locked(project: Project) -> None:
    grow(project)
    project.write("other.py", FIT.replace("def fit", "def other"))
    project.update(bump=False)
    assert project.read("fit.py") == FIT
    assert project.versions() == {"fit.fit": "1.0", "other.other": "1.0"}
    assert project.update(bump=False).changes == ()
    assert project.found() == [("lock-outdated", None), ("stale-cache", "fit.fit")]
    assert project.bumped() == [("1.0", "1.1")]


# -- history -----------------------------------------------------------------------------------


def bump(project: Project, field: str = COUNT) -> None:
    grow(project, field)
    project.update()
    project.commit("bump")


def test_a_reverted_bump_needs_nothing_but_its_entry_in_the_lock(project: Project) -> None:
    bump(project)
    project.git("revert", "--no-edit", "HEAD")
    assert project.found() == []
    assert [change.path for change in project.update().changes] == [LOCK_NAME]
    assert (project.issued("fit.fit"), project.found()) == (["1.0", "1.1"], [])


def test_what_was_reverted_and_is_made_again_gets_a_third_version(project: Project) -> None:
    bump(project)
    project.git("revert", "--no-edit", "HEAD")
    grow(project, TOTAL)
    assert project.bumped() == [("1.0", "1.2")]
    assert project.issued("fit.fit") == ["1.0", "1.1", "1.2"]


def test_a_reverted_change_whose_lock_stayed_stands_on_an_issued_pair(project: Project) -> None:
    bump(project)
    project.write_all({"stats.py": STATS, "fit.py": FIT})
    assert project.bumped() == []
    assert (project.versions(), project.issued("fit.fit")) == ({"fit.fit": "1.0"}, ["1.0", "1.1"])


def test_a_reverted_class_under_the_new_version_is_due(project: Project) -> None:
    bump(project)
    project.write("stats.py", STATS)
    assert project.bumped() == [("1.1", "1.2")]


def test_a_version_taken_by_hand_that_was_issued_before_is_due(project: Project) -> None:
    bump(project)
    bump(project, TOTAL)
    project.edit("fit.py", '"1.2"', '"1.1"')
    assert project.found() == [("version-reused", "fit.fit")]
    assert project.bumped() == [("1.1", "1.2")]


def branches(project: Project) -> None:
    """Two branches issue 1.1, each for a field of its own; `theirs` is not merged yet."""
    project.git("switch", "-qc", "theirs")
    bump(project, TOTAL)
    project.git("switch", "-q", "main")
    with project.without("theirs"):
        bump(project)


def test_two_bumps_merged_without_a_word_end_in_a_third_version(project: Project) -> None:
    branches(project)
    project.git("merge", "-q", "-X", "ours", "theirs")
    project.write("stats.py", STATS + COUNT + TOTAL)
    assert project.bumped() == [("1.1", "1.2")]
    assert project.issued("fit.fit") == ["1.0", "1.1 x2", "1.2"]


def test_a_merge_that_throws_a_side_away_burns_its_version(project: Project) -> None:
    branches(project)
    project.git("merge", "-q", "-s", "ours", "theirs")
    assert project.found() == [("lock-outdated", None), ("version-reused", "fit.fit")]
    assert project.bumped() == [("1.1", "1.2")]
    assert (project.bumped(), project.found()) == ([], [])


def test_a_rebased_bump_moves_past_the_one_below_it(project: Project) -> None:
    branches(project)
    project.git("switch", "-q", "theirs")
    project.git("rebase", "-q", "-X", "theirs", "main")
    project.write("stats.py", STATS + COUNT + TOTAL)
    assert project.bumped() == [("1.1", "1.2")]


def test_a_deleted_lock_is_restored_and_said(project: Project) -> None:
    bump(project)
    locked = project.state()
    project.git("rm", "-q", LOCK_NAME)
    project.commit("lost")
    result = project.update()
    assert result.report.notes == (
        f"{LOCK_NAME} is missing: restored from history, with all issued versions",
    )
    assert project.state() == locked


def test_a_deleted_lock_still_shows_what_changed_since(project: Project) -> None:
    (project.path / LOCK_NAME).unlink()
    grow(project)
    assert project.bumped() == [("1.0", "1.1")]


def test_a_lock_of_an_older_commit_issues_nothing_twice(project: Project) -> None:
    bump(project)
    project.git("checkout", "-q", "HEAD~1", "--", LOCK_NAME)
    assert project.bumped() == []
    project.git("checkout", "-q", "HEAD~1", "--", LOCK_NAME)
    grow(project, TOTAL)
    assert project.bumped() == [("1.1", "1.2")]
    assert project.issued("fit.fit") == ["1.0", "1.1", "1.2"]


def test_a_lock_from_elsewhere_than_history_is_joined_too(project: Project, tmp_path: Path) -> None:
    clone = Project(tmp_path / "clone")
    project.git("clone", "-q", str(project.path), str(clone.path))
    bump(project)
    clone.git("fetch", "-q")
    grow(clone, TOTAL)
    assert clone.bumped() == [("1.0", "1.2")]


# -- tasks that come and go --------------------------------------------------------------------


def test_a_removed_task_leaves_its_versions(project: Project) -> None:
    project.git("rm", "-q", "fit.py")
    project.update()
    assert (project.versions(), project.issued("fit.fit")) == ({}, ["1.0"])
    assert project.found() == []


def test_a_task_that_comes_back_otherwise_gets_another_version(project: Project) -> None:
    project.git("rm", "-q", "fit.py")
    project.update()
    project.write("fit.py", FIT.replace("-> Stats", "-> int"))
    assert project.found() == [("lock-outdated", None), ("version-reused", "fit.fit")]
    assert project.bumped() == [("1.0", "1.1")]


def test_a_task_that_comes_back_as_it_was_is_what_it_was(project: Project) -> None:
    locked = project.state()
    project.git("rm", "-q", "fit.py")
    project.update()
    project.write("fit.py", FIT)
    assert project.bumped() == []
    assert project.state() == locked


def test_a_task_that_is_not_cached_for_a_while_keeps_its_versions(project: Project) -> None:
    project.edit("fit.py", "cache=True, ", "cache=False, ")
    project.update()
    grow(project)
    project.update()
    project.edit("fit.py", "cache=False, ", "cache=True, ")
    assert project.bumped() == [("1.0", "1.1")]


def test_a_moved_task_starts_afresh_and_is_told_as_moved(project: Project) -> None:
    project.git("mv", "fit.py", "train.py")
    told = [(task.name, task.status, task.previous_name) for task in project.check().tasks]
    assert told == [("train.fit", "moved", "fit.fit")]
    grow(project)
    assert project.bumped() == []
    assert (project.issued("fit.fit"), project.issued("train.fit")) == (["1.0"], ["1.0"])


# -- versions that stand elsewhere -------------------------------------------------------------

SHARED = """\
from flytekit import task
from stats import Stats
from versions import VERSION

@task(cache=True, cache_version=VERSION)
def fit(path: str) -> Stats: ...

@task(cache=True, cache_version=VERSION)
def load(path: str) -> int: ...
"""


@pytest.fixture
def shared(tmp_path: Path) -> Project:
    """An imported constant serves two tasks."""
    files = {"stats.py": STATS, "fit.py": SHARED, "versions.py": 'VERSION = "7"\n'}
    return Project.of(tmp_path / "shared", files)


def test_a_constant_is_bumped_where_it_is_bound_for_all_that_it_serves(shared: Project) -> None:
    grow(shared)
    report = shared.update().report
    assert [bump.tasks for bump in report.bumps] == [("fit.fit", "fit.load")]
    assert [finding.rule for finding in report.findings if not finding.fixed] == ["shared-version"]
    assert (shared.read("versions.py"), shared.read("fit.py")) == ('VERSION = "8"\n', SHARED)
    assert shared.versions() == {"fit.fit": "8", "fit.load": "8"}
    assert shared.found() == []


def test_a_constant_with_another_use_is_left_alone_and_told(shared: Project) -> None:
    shared.write("setup.py", "from versions import VERSION\n\nprint(VERSION)\n")
    grow(shared)
    assert shared.bumped() == []
    assert shared.read("versions.py") == 'VERSION = "7"\n'
    (finding,) = [one for one in shared.check().findings if one.level is Level.ERROR]
    assert (finding.rule, finding.task) == ("version-not-literal", "fit.fit")
    assert finding.message == (
        "fit.fit: field count: int added to stats.Stats (stats.py:6), reached by outputs.o0; "
        "the version at versions.py:1 is not edited: VERSION is also read at setup.py:3, "
        "not as a cache version, so change it by hand"
    )


def test_a_refused_bump_made_by_hand_is_clean(shared: Project) -> None:
    shared.write("setup.py", "from versions import VERSION\n\nprint(VERSION)\n")
    grow(shared)
    shared.update()
    shared.write("versions.py", 'VERSION = "8"\n')
    shared.update()
    assert [f.rule for f in shared.check().findings if f.level is Level.ERROR] == []
    assert shared.versions() == {"fit.fit": "8", "fit.load": "8"}


# -- killed at any moment ----------------------------------------------------------------------

KILLED = """\
import os, sys
left = int(sys.argv.pop(1))
def before_renaming(event, _):
    global left
    if event == "os.rename":
        left -= 1
        if left < 0:
            os._exit(9)
sys.addaudithook(before_renaming)
from sigclock.cli import main
main()
"""


def killed(project: Project, after: int) -> int:
    """Update in a process that dies before its rename number `after`, counted from 0."""
    arguments = [sys.executable, "-c", KILLED, str(after), "-C", str(project.path), "update", "-q"]
    return subprocess.run(arguments, check=False, capture_output=True).returncode


def two_versions(path: Path) -> Project:
    """Two due literals in two files: one task stands on a constant with a task that is not due,
    and history knows more of that one than the lock does.
    """
    files = {"stats.py": STATS, "fit.py": FIT, "other.py": SHARED, "versions.py": 'VERSION = "7"\n'}
    project = Project.of(path, files)
    project.write("versions.py", 'VERSION = "8"\n')
    project.update()
    project.commit()
    project.git("revert", "--no-edit", "HEAD")
    grow(project)
    return project


@pytest.mark.parametrize("after", [0, 1, 2])
def test_killed_between_two_writes_the_next_update_ends_the_same(
    tmp_path: Path, after: int
) -> None:
    whole, broken = two_versions(tmp_path / "whole"), two_versions(tmp_path / "broken")
    whole.update()
    assert [killed(broken, after), killed(broken, 99)] == [9, 0]
    assert broken.state() == whole.state()
    assert whole.versions() == {"fit.fit": "1.1", "other.fit": "9", "other.load": "9"}
