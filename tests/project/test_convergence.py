"""What stands already is the answer: a second run changes nothing, whoever made the first."""

from __future__ import annotations

import errno
import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest
from support.hooked import GROWN, Hooked
from support.projects import COUNT, FIT, STATS, TOTAL, Project
from support.version_1 import in_version_1

from sigclock.cli.commands import init, update
from sigclock.errors import NewerLockError, SigclockError
from sigclock.project import hook
from sigclock.project.projects import Overrides
from sigclock.source import LOCK_NAME

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BUMPED = FIT.replace("1.0", "1.1")


@pytest.fixture
def fit(tmp_path: Path) -> Project:
    return Project.of(tmp_path / "project", {"stats.py": STATS, "fit.py": FIT})


def stage(project: Project) -> None:
    update.run(str(project.path), Overrides(), stage=True)


def staged(project: Project, path: str) -> str:
    return project.git("show", f":{path}") + "\n"


def test_what_update_wrote_is_staged_by_the_next_one(fit: Project) -> None:
    fit.write("stats.py", STATS + COUNT)
    fit.update()
    for _ in range(2):
        stage(fit)
        assert staged(fit, "fit.py") == fit.read("fit.py") == BUMPED
        assert staged(fit, LOCK_NAME) == fit.read(LOCK_NAME)
        assert staged(fit, "stats.py") == STATS


def test_an_unstaged_hunk_beside_the_version_stays_unstaged(fit: Project) -> None:
    fit.write("stats.py", STATS + COUNT)
    fit.edit("fit.py", "return Stats(0.0)", "return Stats(1.0)")
    fit.update()
    stage(fit)
    assert staged(fit, "fit.py") == BUMPED


def test_a_merge_that_was_updated_first_is_staged_with_its_source(fit: Project) -> None:
    fit.git("switch", "-q", "-c", "side")
    fit.write_all({"stats.py": STATS + TOTAL, "fit.py": BUMPED})
    fit.update(bump=False)
    fit.commit("side")
    fit.git("switch", "-q", "main")
    fit.write_all({"stats.py": STATS + COUNT, "fit.py": BUMPED})
    with fit.without("side"):
        fit.update(bump=False)
        fit.commit("main")
    fit.git("merge", "-q", "side", fails=True)
    fit.write("stats.py", STATS + COUNT + TOTAL)
    fit.git("add", "stats.py")
    fit.update()
    stage(fit)
    assert staged(fit, "fit.py") == fit.read("fit.py") == FIT.replace("1.0", "1.2")
    assert staged(fit, LOCK_NAME) == fit.read(LOCK_NAME)


def test_a_literal_that_fell_back_goes_back_to_its_version(fit: Project) -> None:
    fit.write("stats.py", STATS + COUNT)
    fit.update()
    fit.commit("1.1")
    fit.write("fit.py", FIT)
    assert fit.bumped() == [("1.0", "1.1")]
    assert fit.issued("fit.fit") == ["1.0", "1.1"]
    fit.write("fit.py", FIT)
    fit.git("add", "fit.py")
    hook.run(str(fit.path), Overrides())
    assert staged(fit, "fit.py") == BUMPED


def test_a_commit_of_paths_that_is_repeated_issues_one_version(project: Hooked) -> None:
    project.write("models.py", GROWN)
    tried = [project.try_git("commit", "-q", "-m", "work", "models.py") for _ in range(2)]
    assert [done.status for done in tried] == [1, 1]
    assert "rote " in tried[0].said
    assert "rote " not in tried[1].said
    project.commits("fit.py", "models.py", LOCK_NAME)
    assert project.issued() == ["1.0", "1.1"]


def test_what_is_to_be_typed_is_right_in_a_subfolder(
    fit: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit.write("stats.py", STATS + COUNT)
    fit.git("add", "stats.py")
    index = fit.path / ".git/next-index-1.lock"
    shutil.copy(fit.path / ".git/index", index)
    fit.git("reset", "-q")
    monkeypatch.setenv("GIT_INDEX_FILE", str(index))
    monkeypatch.setenv("GIT_PREFIX", "sub/")
    result = hook.run(str(fit.path), Overrides())
    assert result is not None
    typed = f"`git commit -- :/stats.py :/fit.py :/{LOCK_NAME}` (with --amend, if that was given)"
    assert typed in result.stopped


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"PRE_COMMIT": "1"}, "if that was rolled back, first put aside: `git stash --keep-index`"),
        ({"PRE_COMMIT": "1", "PRE_COMMIT_FROM_REF": "HEAD"}, "they belong to what is pushed:"),
    ],
)
def test_what_a_framework_may_roll_back_is_told(
    fit: Project, environment: dict[str, str], said: str
) -> None:
    fit.write("stats.py", STATS + COUNT)
    fit.git("add", "stats.py")
    result = hook.run_on_files(str(fit.path), Overrides(), environment, write=True)
    assert result is not None
    assert said in result.stopped
    assert fit.read("fit.py") == BUMPED


def test_what_a_full_disk_leaves_is_told(fit: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The source is written, the index is not, and there is no room to undo the first."""

    def full(_handle: int) -> None:
        if fit.read("fit.py") == BUMPED:
            raise OSError(errno.ENOSPC, "No space left on device")

    fit.write("stats.py", STATS + COUNT)
    fit.git("add", "stats.py")
    fit.write(".git/index.lock", "")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SigclockError) as caught:
        hook.run(str(fit.path), Overrides())
    assert "the new versions stay on disk, for they could not be taken back: fit.py" in str(
        caught.value.message
    )
    assert fit.read("fit.py") == BUMPED


# -- a lock that Git ignores ---------------------------------------------------------------------


def test_a_lock_that_git_ignores_is_read(tmp_path: Path) -> None:
    files = {"stats.py": STATS, "fit.py": FIT, ".gitignore": "*.lock\n"}
    project = Project.of(tmp_path / "project", files)
    assert project.found() == []
    project.write("stats.py", STATS + COUNT)
    assert [project.bumped(), project.bumped()] == [[("1.0", "1.1")], []]
    assert f"git add -f {LOCK_NAME}" in init.run(str(project.path), Overrides())
    stage(project)
    assert staged(project, LOCK_NAME) == project.read(LOCK_NAME)


# -- a lock that a merge of its text tangled -----------------------------------------------------


def twice(lock: str) -> str:
    """The block of a task stands twice, with other versions."""
    block = lock[lock.index('    "fit.fit": {') : lock.index("\n  },\n")]
    other = block.replace('"1.1": [', '"1.7": [')
    return lock.replace(block, f"{other},\n{block}")


def misplaced(lock: str) -> str:
    """The block of a task stands among those that were removed, as in version 1 it could."""
    text = json.loads(in_version_1(lock.encode()))
    text["removed"], text["tasks"] = text["tasks"], {}
    return json.dumps(text)


@pytest.mark.parametrize("tangle", [twice, misplaced], ids=lambda tangle: tangle.__name__)
def test_a_tangled_lock_is_read_and_put_in_order(
    fit: Project, tangle: Callable[[str], str]
) -> None:
    fit.write("stats.py", STATS + COUNT)
    fit.update()
    fit.write(LOCK_NAME, tangle(fit.read(LOCK_NAME)))
    fit.commit("merged")
    assert fit.found() == [("lock-outdated", None)]
    assert "twice or out of place" in fit.check().notes[0]
    fit.write("stats.py", STATS + COUNT + TOTAL)
    fit.update()
    more = ["1.7"] if tangle is twice else []
    assert fit.issued("fit.fit") == ["1.0", "1.1", "1.2", *more]
    assert (fit.found(), fit.check().notes) == ([], ())


def both_bumped(project: Project) -> None:
    """Both sides give one version to different outputs."""
    project.write("stats.py", STATS + TOTAL)


def one_more(project: Project) -> None:
    """Each side adds a task in the same place."""
    branch = project.git("branch", "--show-current")
    project.write(f"a_{branch}.py", FIT)


@pytest.mark.parametrize("change", [both_bumped, one_more], ids=lambda change: change.__name__)
def test_a_lock_that_keeps_the_lines_of_both_sides_is_read(
    tmp_path: Path, change: Callable[[Project], None]
) -> None:
    files = {"stats.py": STATS, "fit.py": FIT, ".gitattributes": "*.lock merge=union\n"}
    project = Project.of(tmp_path / "project", files)
    project.git("switch", "-q", "-c", "side")
    change(project)
    project.update()
    project.commit("side")
    project.git("switch", "-q", "main")
    with project.without("side"):
        if change is both_bumped:
            project.write("stats.py", STATS + COUNT)
        else:
            change(project)
        project.update()
        project.commit("main")
    project.git("merge", "-q", "-m", "merge", "side", fails=True)
    if change is both_bumped:
        project.write("stats.py", STATS + COUNT + TOTAL)
    project.commit("merged")
    with pytest.raises(ValueError, match="delimiter"):
        json.loads(project.read(LOCK_NAME))
    assert "twice or out of place" in project.check().notes[0]
    project.update()
    names = ["fit.fit"] if change is both_bumped else ["fit.fit", "a_main.fit", "a_side.fit"]
    issued = ["1.0", "1.1 x2", "1.2"] if change is both_bumped else ["1.0"]
    assert [project.issued(name) for name in names] == [issued] * len(names)
    assert (project.found(), project.check().notes) == ([], ())


# -- a lock of a newer sigclock ------------------------------------------------------------------


def newer(project: Project) -> str:
    """The project's lock as a newer sigclock wrote it; its text."""
    project.edit(LOCK_NAME, '"revision": 2', '"revision": 3')
    project.edit(LOCK_NAME, "sigclock >= 0.2.0", "sigclock >= 9.9.0")
    project.edit(LOCK_NAME, '"sdk": "flytekit",', '"sdk": "flytekit",\n      "owner": "team",')
    project.commit("newer")
    return project.read(LOCK_NAME)


def test_a_newer_lock_that_would_not_change_stops_nothing(fit: Project) -> None:
    text = newer(fit)
    assert fit.found() == []
    fit.update()
    fit.write("other.py", "x = 1\n")
    fit.git("add", "other.py")
    hook.run(str(fit.path), Overrides())
    assert fit.read(LOCK_NAME) == text


def test_a_newer_lock_is_never_rewritten(fit: Project) -> None:
    text = newer(fit)
    fit.write("stats.py", STATS + COUNT)
    fit.git("add", "--all")
    assert ("stale-cache", "fit.fit") in fit.found()
    for run in (fit.update, lambda: hook.run(str(fit.path), Overrides())):
        with pytest.raises(NewerLockError) as raised:
            run()
        assert "sigclock >= 9.9.0" in raised.value.advice
    assert (fit.read(LOCK_NAME), fit.read("fit.py")) == (text, FIT)
