from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import kept
from support.git import Repo
from support.trees import conflict, open_, visible

from sigclock.incremental import issued, store
from sigclock.lock import reader
from sigclock.lock.lock import Account, Lock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LOCK = ".sigclock.lock"


def lock(repo: Repo, text: str) -> None:
    repo.write(LOCK, text)
    repo.commit(text)


def test_a_lock_history_has_each_content_once_oldest_first(repo: Repo) -> None:
    for text in ("1", "2", "1", "3"):
        lock(repo, text)
    assert open_(repo).lock_history(LOCK) == [b"1", b"2", b"3"]


def test_a_deleted_lock_stands_in_history(repo: Repo) -> None:
    lock(repo, "1")
    repo.git("rm", "-q", LOCK)
    repo.commit()
    opened = open_(repo)
    assert [opened.lock_history(LOCK), visible(opened, LOCK)] == [[b"1"], [b"1"]]


def test_a_branch_that_its_merge_threw_away_still_counts(repo: Repo) -> None:
    lock(repo, "1")
    repo.git("switch", "-q", "-c", "side")
    lock(repo, "side")
    repo.git("switch", "-q", "main")
    lock(repo, "2")
    repo.git("merge", "-q", "-s", "ours", "side")
    repo.git("branch", "-D", "side")
    assert set(open_(repo).lock_history(LOCK)) == {b"1", b"2", b"side"}


def test_a_lock_that_only_a_merge_wrote_counts(repo: Repo) -> None:
    lock(repo, "1")
    conflict(repo, LOCK)
    lock(repo, "joined")
    assert set(open_(repo).lock_history(LOCK)) == {b"1", b"ours\n", b"theirs\n", b"joined"}


def test_a_project_that_moved_keeps_each_place_apart(repo: Repo) -> None:
    lock(repo, "1")
    repo.git("rm", "-rq", "a.py", "pkg")
    repo.write("sub/.keep", "")
    repo.git("mv", LOCK, f"sub/{LOCK}")
    repo.commit()
    opened = open_(repo)
    assert [opened.lock_history(LOCK), opened.lock_history(f"sub/{LOCK}")] == [[b"1"], [b"1"]]


def test_only_the_named_revisions_count(repo: Repo) -> None:
    lock(repo, "1")
    repo.git("switch", "-q", "-c", "side")
    lock(repo, "2")
    opened = open_(repo)
    histories = [opened.lock_history(LOCK, names) for names in (["main"], ["main", "side"], [])]
    assert histories == [[b"1"], [b"1", b"2"], []]


def test_a_lock_path_is_taken_literally(repo: Repo) -> None:
    lock(repo, "1")
    repo.write("-x/[ab]:*\n/lock", "2")
    repo.commit()
    opened = open_(repo)
    assert opened.lock_history("-x/[ab]:*\n/lock") == [b"2"]
    assert opened.lock_history(":(glob)**") == visible(opened, "*") == []


def test_a_symlink_in_history_is_no_lock(repo: Repo) -> None:
    (repo.path / LOCK).symlink_to("a.py")
    repo.commit()
    opened = open_(repo)
    assert [opened.lock_history(LOCK), visible(opened, LOCK)] == [[], []]


def clone(repo: Repo, path: Path, *options: str) -> Repo:
    repo.git("clone", "-q", *options, str(repo.path), str(path))
    return Repo(path)


def test_what_lies_here_and_in_this_history_counts(repo: Repo, tmp_path: Path) -> None:
    lock(repo, "head")
    cloned = clone(repo, tmp_path / "clone")
    lock(repo, "remote")
    cloned.git("fetch", "-q")
    cloned.write(LOCK, "staged")
    cloned.git("add", LOCK)
    cloned.write(LOCK, "disk")
    assert visible(open_(cloned), LOCK) == [b"disk", b"staged", b"head"]


def test_every_side_of_a_conflict_is_visible(repo: Repo) -> None:
    lock(repo, "base\n")
    conflict(repo, LOCK)
    (repo.path / LOCK).unlink()
    assert visible(open_(repo), LOCK) == [b"base\n", b"ours\n", b"theirs\n"]


def rename_remote(cloned: Repo) -> None:
    cloned.git("remote", "rename", "origin", "company")


def prefer_upstream(cloned: Repo) -> None:
    cloned.git("remote", "add", "fork", "nowhere")
    cloned.git("update-ref", "refs/remotes/fork/main", "HEAD")
    cloned.git("config", "branch.main.remote", "fork")


def forget_head(cloned: Repo) -> None:
    cloned.git("remote", "set-head", "origin", "--delete")


def forget_main(cloned: Repo) -> None:
    forget_head(cloned)
    cloned.git("update-ref", "refs/remotes/origin/master", "HEAD")
    cloned.git("update-ref", "-d", "refs/remotes/origin/main")


def detach(cloned: Repo) -> None:
    cloned.git("switch", "-q", "--detach")


def point_head_elsewhere(cloned: Repo) -> None:
    cloned.git("update-ref", "refs/remotes/origin/trunk", "HEAD")
    cloned.git("remote", "set-head", "origin", "trunk")


def dangle(cloned: Repo) -> None:
    cloned.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/gone")


@pytest.mark.parametrize(
    ("change", "branch"),
    [
        (detach, "refs/remotes/origin/main"),
        (rename_remote, "refs/remotes/company/main"),
        (prefer_upstream, "refs/remotes/fork/main"),
        (forget_head, "refs/remotes/origin/main"),
        (forget_main, "refs/remotes/origin/master"),
        (point_head_elsewhere, "refs/remotes/origin/trunk"),
        (dangle, "refs/remotes/origin/main"),
    ],
)
def test_the_default_branch_is_known(
    repo: Repo, tmp_path: Path, change: Callable[[Repo], None], branch: str
) -> None:
    cloned = clone(repo, tmp_path / "clone")
    change(cloned)
    assert open_(cloned).default_branch() == branch


def test_a_repository_without_a_remote_has_no_default_branch(repo: Repo) -> None:
    assert open_(repo).default_branch() is None


# -- the join that is kept ---------------------------------------------------------------------


def versions(path: Path, number: int) -> None:
    """A lock in which `fit` was issued this one version."""
    account = Account({f"1.{number}": frozenset([f"{number:064x}"])})
    (path / LOCK).write_bytes(reader.dumps(Lock(ledger={"fit": account})))


def told(repo: Repo, *revisions: str) -> tuple[list[str], int]:
    """The versions that histories issued, and how many locks of them cannot be read."""
    opened = open_(repo)
    tips = list(map(opened.commit_id, revisions or ["HEAD"]))
    found = issued.of_history(opened, tips)
    assert found == issued.of_contents((LOCK, data) for data in opened.lock_history(LOCK, tips))
    account = found.ledger.get("fit", Account())
    return sorted(account.issued, key=lambda version: int(version[2:])), len(found.unreadable)


def grow(repo: Repo, *numbers: int) -> None:
    for number in numbers:
        versions(repo.path, number)
        repo.commit()


def joins(repo: Repo) -> dict[bytes, bytes]:
    return kept.bodies(repo, "issued")


def test_a_history_that_grew_is_read_where_it_grew(repo: Repo) -> None:
    grow(repo, *range(20))
    assert told(repo) == ([f"1.{number}" for number in range(20)], 0)
    assert len(joins(repo)) == 1
    for oid in repo.git("rev-list", "--objects", "HEAD~5", "--", LOCK).split("\n"):
        if oid.endswith(LOCK):
            (repo.path / ".git/objects" / oid[:2] / oid[2:40]).unlink()
    grow(repo, 20)
    opened = open_(repo)
    found = issued.of_history(opened, [opened.commit_id("HEAD")])
    assert len(found.ledger["fit"].issued) == 21


def test_what_was_amended_away_does_not_count(repo: Repo) -> None:
    grow(repo, *range(20))
    told(repo)
    repo.git("reset", "-q", "--hard", "HEAD~1")
    grow(repo, 30)
    assert told(repo) == ([*(f"1.{number}" for number in range(19)), "1.30"], 0)


def test_several_histories_are_joined(repo: Repo) -> None:
    grow(repo, *range(18))
    repo.git("switch", "-q", "-c", "side", "HEAD~3")
    grow(repo, 30, 31)
    repo.write(LOCK, "damaged")
    repo.commit()
    both = [*(f"1.{number}" for number in range(18)), "1.30", "1.31"]
    assert told(repo, "main", "side") == told(repo, "side", "main") == (both, 1)
    repo.git("merge", "-q", "-s", "ours", "main")
    assert told(repo, "side", "main") == (both, 1)


def test_a_lock_of_two_sides_counts_twice(repo: Repo) -> None:
    repo.write(LOCK, "<<<<<<< ours\nx\n=======\ny\n>>>>>>> theirs\n")
    repo.commit()
    assert told(repo) == ([], 2)


@pytest.mark.parametrize("sound", [True, False])
@pytest.mark.parametrize("damage", [b"", b"\xc1", b"\x91" * 100_000])
def test_a_kept_join_that_is_damaged_is_made_again(
    repo: Repo, damage: bytes, *, sound: bool
) -> None:
    grow(repo, *range(20))
    once = told(repo)
    before = joins(repo)
    (key,) = before
    kept.change(repo, key, lambda _: damage, sound=sound)
    assert told(repo) == once
    assert joins(repo) == before


def test_a_shallow_clone_keeps_none(repo: Repo, tmp_path: Path) -> None:
    grow(repo, *range(40))
    shallow = clone(Repo(repo.path), tmp_path / "shallow", "--no-local", "--depth=20")
    assert len(told(shallow)[0]) == 20
    assert joins(shallow) == {}
    shallow.git("fetch", "-q", "--unshallow")
    assert len(told(shallow)[0]) == 40


def test_only_the_newest_joins_are_kept(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issued, "_LOCKS", 1)
    monkeypatch.setattr(issued, "_KEPT", 3)
    for number in range(6):
        grow(repo, number)
        told(repo)
    newest = repo.git("rev-list", "-3", "HEAD").split()
    assert {*joins(repo)} == {store.hashed_key("issued", commit) for commit in newest}


def test_a_git_folder_that_takes_no_file_keeps_none(repo: Repo) -> None:
    repo.write(".git/sigclock", "a file")
    grow(repo, *range(20))
    assert len(told(repo)[0]) == 20
