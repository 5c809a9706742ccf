"""The ledger is what history says: what was issued once is not issued for other outputs again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from support.git import Repo
from support.projects import COUNT, FIT, STATS, TOTAL, Project

from sigclock.cli.commands import check, update
from sigclock.project import hook
from sigclock.project.projects import Overrides
from sigclock.source import LOCK_NAME

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sigclock.verdict.finding import Report

BUMPED = FIT.replace("1.0", "1.1")


class History(Project):
    """Commits are made by a colleague without the hook, or as the hook would make them."""

    def unhooked(self, files: dict[str, str]) -> None:
        """Commit files as somebody does who has no hook."""
        self.write_all(files)
        self.commit("unhooked")

    def hooked(self, files: dict[str, str] | None = None) -> str:
        """Commit files through what the hook runs; the version of `fit` then."""
        self.write_all(files or {})
        self.git("add", "--all")
        hook.run(str(self.path), Overrides(), brief=True)
        self.git("commit", "-q", "--allow-empty", "--no-verify", "-m", "hooked")
        return self.version()

    def updated(self, files: dict[str, str] | None = None) -> str:
        """The version of `fit` after `update` with these files in the work tree."""
        self.write_all(files or {})
        self.update()
        return self.version()

    def version(self) -> str:
        return self.read("fit.py").partition('cache_version="')[2].partition('"')[0]

    def notes(self) -> tuple[str, ...]:
        return self.check().notes

    def against(self, revision: str) -> Report:
        return check.run(str(self.path), Overrides(), against=revision).report


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History.of(tmp_path / "project", {"stats.py": STATS, "fit.py": FIT})


def test_update_reads_the_source_of_head_where_its_lock_lags(history: History) -> None:
    history.unhooked({"stats.py": STATS + COUNT, "fit.py": BUMPED})
    history.write("stats.py", STATS + COUNT + TOTAL)
    assert ("version-reused", "fit.fit") in history.found()
    assert history.updated() == "1.2"
    assert history.issued("fit.fit") == ["1.0", "1.1", "1.2"]


@pytest.mark.parametrize("warm", [False, True])
def test_the_hook_reads_the_source_of_head_where_its_lock_lags(
    history: History,
    warm: bool,  # noqa: FBT001 - a parameter
) -> None:
    if warm:
        history.hooked({"other.py": "x = 1\n"})
    history.unhooked({"stats.py": STATS + COUNT, "fit.py": BUMPED})
    assert history.hooked({"stats.py": STATS + COUNT + TOTAL}) == "1.2"
    assert history.found() == []


def test_a_task_that_came_without_the_hook_was_issued(tmp_path: Path) -> None:
    history = History.of(tmp_path / "project", {"stats.py": STATS})
    history.unhooked({"fit.py": FIT})
    assert history.hooked({"stats.py": STATS + COUNT}) == "1.1"


def test_what_is_merged_was_issued_where_its_lock_lags(history: History) -> None:
    history.git("switch", "-q", "-c", "side")
    history.unhooked({"stats.py": STATS + COUNT, "fit.py": BUMPED})
    history.git("switch", "-q", "main")
    history.unhooked({"other.py": ""})
    history.git("merge", "-q", "--no-commit", "side")
    assert history.updated({"stats.py": STATS + COUNT + TOTAL}) == "1.2"


# -- other references of the clone ---------------------------------------------------------------


def on_branch(history: History) -> None:
    """A branch issues 1.1."""
    history.git("switch", "-q", "-c", "other")
    history.hooked({"stats.py": STATS + COUNT})
    history.git("switch", "-q", "main")
    history.git("reflog", "expire", "--expire=now", "--all")


def on_remote_alone(history: History) -> None:
    """The branch is one of the remote's."""
    history.git("update-ref", "refs/remotes/origin/release", "other")
    history.git("branch", "-qD", "other")


def on_remote_branch(history: History) -> None:
    on_branch(history)
    on_remote_alone(history)


def reset(history: History) -> None:
    history.hooked({"stats.py": STATS + COUNT})
    history.git("reset", "-q", "--hard", "HEAD~1")


def stash(history: History) -> None:
    history.updated({"stats.py": STATS + COUNT})
    history.git("stash", "-q")


def stash_twice(history: History) -> None:
    stash(history)
    history.write("other.py", "")
    history.git("stash", "-q", "--include-untracked")


def unhooked_on_branch(history: History) -> None:
    """A colleague without the hook writes 1.1 by hand; no lock has it."""
    history.git("switch", "-q", "-c", "other")
    history.unhooked({"stats.py": STATS + COUNT, "fit.py": BUMPED})
    history.git("switch", "-q", "main")
    history.git("reflog", "expire", "--expire=now", "--all")


def unhooked_on_remote_branch(history: History) -> None:
    unhooked_on_branch(history)
    on_remote_alone(history)


ELSEWHERE = [
    on_branch, on_remote_branch, reset, stash, stash_twice,
    unhooked_on_branch, unhooked_on_remote_branch,
]  # fmt: skip


@pytest.mark.parametrize("issue", ELSEWHERE, ids=lambda issue: issue.__name__)
def test_no_version_is_chosen_that_another_reference_has(
    history: History, issue: Callable[[History], None]
) -> None:
    issue(history)
    before = (history.path / LOCK_NAME).read_bytes()
    assert history.found() == []
    assert history.updated({"stats.py": STATS + TOTAL}) == "1.2"
    history.git("checkout", "-q", "--", ".")
    assert (history.path / LOCK_NAME).read_bytes() == before
    assert history.hooked({"stats.py": STATS + TOTAL}) == "1.2"
    assert history.issued("fit.fit") == ["1.0", "1.2"]


def test_what_another_branch_has_is_noted_by_check_and_moved_by_update(history: History) -> None:
    on_branch(history)
    history.unhooked({"stats.py": STATS + TOTAL, "fit.py": BUMPED})
    update.run(str(history.path), Overrides(), bump=False)
    history.commit("locked by hand")
    (note,) = history.notes()
    assert 'fit.fit "1.1"' in note
    assert history.found() == []
    assert history.updated() == "1.2"
    assert (history.found(), history.notes()) == ([], ())


def test_what_only_the_source_of_another_branch_has_is_noted_and_moved(history: History) -> None:
    unhooked_on_branch(history)
    history.write_all({"stats.py": STATS + TOTAL, "fit.py": BUMPED})
    (note,) = history.notes()
    assert 'fit.fit "1.1"' in note
    assert history.updated() == "1.2"
    assert (history.found(), history.notes()) == ([], ())


def test_a_branch_that_never_had_a_lock_issues_nothing(history: History) -> None:
    """Else whoever adopts sigclock would bump all that an old branch has otherwise."""
    history.git("switch", "-q", "--orphan", "other")
    history.unhooked({"stats.py": STATS + COUNT, "fit.py": BUMPED})
    history.git("switch", "-q", "main")
    assert history.updated({"stats.py": STATS + TOTAL}) == "1.1"


def test_a_branch_may_have_its_lock_in_a_folder_that_this_history_never_had(tmp_path: Path) -> None:
    files = {"p2/__init__.py": "", "p2/stats.py": STATS, "p2/fit.py": NAMED}
    history = History.of(tmp_path / "project", files)
    assert history.bumped() == []
    history.git("switch", "-q", "-c", "split")
    for version, more in (("1.1", COUNT), ("1.2", COUNT + TOTAL)):
        history.write_all({"p2/pyproject.toml": TABLE, "p2/stats.py": STATS + more})
        assert [new for _, new in history.bumped()] == [version]
        history.commit(version)
    history.git("switch", "-q", "main")
    history.write("p2/stats.py", STATS + TOTAL)
    assert history.bumped() == [("1.0", "1.3")]


@pytest.mark.parametrize("warm", [False, True])
def test_the_hook_moves_a_new_version_that_a_branch_has_in_its_source(
    history: History,
    warm: bool,  # noqa: FBT001 - a parameter
) -> None:
    unhooked_on_branch(history)
    if warm:
        history.hooked({"other.py": "x = 1\n"})
    assert history.hooked({"stats.py": STATS + TOTAL, "fit.py": BUMPED}) == "1.2"


def test_a_branch_that_goes_is_forgotten(history: History) -> None:
    on_branch(history)
    assert history.updated({"stats.py": STATS + TOTAL}) == "1.2"
    history.git("checkout", "-q", "--", ".")
    history.git("branch", "-qD", "other")
    assert history.updated({"stats.py": STATS + TOTAL}) == "1.1"


# -- what a lock must keep -----------------------------------------------------------------------


def reverted(history: History) -> None:
    """1.1 is issued, and a forge's button reverts it: no hook runs."""
    history.hooked({"stats.py": STATS + COUNT})
    history.git("revert", "--no-edit", "HEAD")
    history.git("reflog", "expire", "--expire=now", "--all")


def test_a_lock_that_a_revert_shrank_is_told_and_restored(history: History) -> None:
    reverted(history)
    found = [finding.rule for finding in history.against("HEAD~1").findings]
    assert found == ["lock-shrunk"]
    history.update()
    assert history.issued("fit.fit") == ["1.0", "1.1"]
    history.commit("restored")
    assert (history.found(), list(history.against("HEAD~2").findings)) == ([], [])


def test_the_hook_restores_what_a_revert_took(history: History) -> None:
    history.hooked({"stats.py": STATS + COUNT})
    history.git("revert", "--no-commit", "HEAD")
    assert history.hooked() == "1.0"
    assert history.issued("fit.fit") == ["1.0", "1.1"]


def test_what_a_hand_takes_out_is_restored(history: History) -> None:
    history.hooked({"stats.py": STATS + COUNT})
    whole = history.read(LOCK_NAME)
    shorter = re.sub(r',\n *"1\.0": \[.*\]', "", whole)
    assert shorter != whole
    history.write(LOCK_NAME, shorter)
    assert history.found() == [("lock-outdated", None)]
    history.update()
    assert history.read(LOCK_NAME) == whole


CLONES = {
    "shallow": (["--depth=1"], "git fetch --unshallow"),
    "blobless": (["--filter=blob:none"], "git fetch --refetch --no-filter"),
    "treeless": (["--filter=tree:0"], "git fetch --refetch --no-filter"),
}


@pytest.mark.parametrize("form", CLONES)
def test_a_clone_says_what_it_does_not_know_when_it_chooses(
    history: History, tmp_path: Path, form: str
) -> None:
    reverted(history)
    history.git("config", "uploadpack.allowFilter", "true")
    options, command = CLONES[form]
    history.git("clone", "-q", *options, f"file://{history.path}", str(tmp_path / "clone"))
    clone = History(tmp_path / "clone")
    assert (clone.found(), clone.notes()) == ([], ())
    clone.write("stats.py", STATS + TOTAL)
    (note,) = clone.update().report.notes
    assert command in note


def test_a_clone_says_that_it_lacks_the_sources_of_a_branch(
    history: History, tmp_path: Path
) -> None:
    unhooked_on_branch(history)
    history.git("config", "uploadpack.allowFilter", "true")
    history.git("clone", "-q", "--filter=blob:none", f"file://{history.path}", str(tmp_path / "c"))
    clone = History(tmp_path / "c")
    clone.write("stats.py", STATS + TOTAL)
    (note,) = clone.update().report.notes
    assert "git fetch --refetch --no-filter" in note
    assert clone.version() == "1.1"


# -- projects that move --------------------------------------------------------------------------

TABLE = "[tool.sigclock]\n"
HERE = '[tool.sigclock]\nsource-roots = ["."]\n'
NAMED = FIT.replace("from stats", "from p2.stats")


def test_a_project_that_is_split_off_keeps_its_accounts(tmp_path: Path) -> None:
    files = {"p2/__init__.py": "", "p2/stats.py": STATS, "p2/fit.py": NAMED}
    history = History.of(tmp_path / "project", files)
    history.write_all({"p2/pyproject.toml": TABLE, "p2/stats.py": STATS + COUNT})
    assert history.bumped() == [("1.0", "1.1")]


def test_a_project_that_is_merged_keeps_its_accounts(tmp_path: Path) -> None:
    files = {"p2/__init__.py": "", "p2/stats.py": STATS, "p2/fit.py": NAMED}
    history = History.of(tmp_path / "project", {**files, "p2/pyproject.toml": TABLE})
    (history.path / "p2/pyproject.toml").unlink()
    history.write("p2/stats.py", STATS + COUNT)
    assert history.bumped() == [("1.0", "1.1")]


def test_a_project_that_moves_keeps_the_history_of_its_lock(tmp_path: Path) -> None:
    files = {"p2/pyproject.toml": HERE, "p2/stats.py": STATS, "p2/fit.py": FIT}
    history = History.of(tmp_path / "project", files)
    history.write("p2/stats.py", STATS + COUNT)
    assert history.bumped() == [("1.0", "1.1")]
    history.commit("1.1")
    history.git("revert", "--no-edit", "HEAD")
    history.git("mv", "p2", "p3")
    history.commit("moved")
    history.git("reflog", "expire", "--expire=now", "--all")
    history.write("p3/stats.py", STATS + TOTAL)
    assert history.bumped() == [("1.0", "1.2")]


def test_two_projects_with_a_task_of_one_name_get_different_versions(tmp_path: Path) -> None:
    repo = Repo.init(tmp_path / "project")
    history = History(repo.path)
    for folder in ("p1", "p2"):
        named = {"pyproject.toml": HERE, "stats.py": STATS, "fit.py": FIT}
        history.write_all({f"{folder}/{path}": text for path, text in named.items()})
    history.update()
    history.commit()
    history.write_all({"p1/stats.py": STATS + COUNT, "p2/stats.py": STATS + TOTAL})
    assert history.bumped() == [("1.0", "1.1"), ("1.0", "1.2")]
    assert history.bumped() == []


def test_a_table_in_a_folder_below_takes_no_locked_task_out_of_sight(history: History) -> None:
    history.write("part/pyproject.toml", "[tool.sigclock]\n")
    assert history.hooked({"stats.py": STATS + COUNT}) == "1.1"
