from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.git import Repo

from sigclock.errors import GitError, SigclockError
from sigclock.repository import Repository

if TYPE_CHECKING:
    from collections.abc import Callable

    from sigclock.model.source import SourceTree

LOCK = ".sigclock.lock"


def contents(tree: SourceTree) -> dict[str, str]:
    return {path: tree.read(path).decode() for path in tree.paths()}


def open_(repo: Repo) -> Repository:
    return Repository.open(repo.path)


def all_trees(repo: Repo) -> list[SourceTree]:
    opened = open_(repo)
    return [opened.worktree(), opened.tracked(), opened.index(), opened.revision("HEAD")]


def hash_of(content: bytes, repo: Repo) -> str:
    (repo.path.parent / "content").write_bytes(content)
    return repo.git("hash-object", str(repo.path.parent / "content"))


FIRST = {"a.py": "a = 1\n", "pkg/b.py": "b = 1\n"}


# Trees


def test_the_trees_of_a_clean_repository_are_equal(repo: Repo) -> None:
    assert [contents(tree) for tree in all_trees(repo)] == [FIRST] * 4


def test_trees_say_what_they_are(repo: Repo) -> None:
    labels = [tree.label for tree in all_trees(repo)]
    assert labels == ["worktree", "worktree", "index", repo.git("rev-parse", "HEAD")]


def test_staged_and_unstaged_edits_are_told_apart(repo: Repo) -> None:
    repo.write("a.py", "a = 2\n")
    repo.git("add", "a.py")
    repo.write("a.py", "a = 3\n")
    opened = open_(repo)
    read = [
        tree.read("a.py") for tree in (opened.revision("HEAD"), opened.index(), opened.worktree())
    ]
    assert read == [b"a = 1\n", b"a = 2\n", b"a = 3\n"]


def test_a_file_deleted_on_disk_is_still_staged(repo: Repo) -> None:
    (repo.path / "a.py").unlink()
    opened = open_(repo)
    assert contents(opened.worktree()) == {"pkg/b.py": "b = 1\n"}
    assert contents(opened.index()) == FIRST


def test_a_staged_rename_moves_the_file(repo: Repo) -> None:
    repo.git("mv", "a.py", "c.py")
    opened = open_(repo)
    moved = {"c.py": "a = 1\n", "pkg/b.py": "b = 1\n"}
    assert [contents(opened.index()), contents(opened.worktree())] == [moved, moved]


def test_an_untracked_file_is_in_the_work_tree_only(repo: Repo) -> None:
    repo.write("new.py", "")
    opened = open_(repo)
    assert list(opened.worktree().paths()) == ["a.py", "new.py", "pkg/b.py"]
    assert contents(opened.tracked()) == contents(opened.index()) == FIRST


def test_ignored_files_are_absent(repo: Repo) -> None:
    repo.write(".gitignore", "/.gitignore\nvenv\n")
    repo.write("venv/x.py", "")
    assert contents(open_(repo).worktree()) == FIRST


def test_a_file_announced_with_intent_to_add_is_not_staged(repo: Repo) -> None:
    repo.write("empty.py", "")
    repo.git("add", "empty.py")
    repo.write("new.py", "new = 1\n")
    repo.git("add", "--intent-to-add", "new.py")
    opened = open_(repo)
    assert contents(opened.index()) == {**FIRST, "empty.py": ""}
    assert opened.tracked().read("new.py") == b"new = 1\n"


def test_an_announced_file_is_found_in_a_split_index(repo: Repo) -> None:
    repo.write("new.py", "new = 1\n")
    repo.git("add", "--intent-to-add", "new.py")
    repo.git("update-index", "--split-index")
    assert contents(open_(repo).index()) == FIRST


def test_symlinks_are_no_files(repo: Repo) -> None:
    (repo.path / "link.py").symlink_to("a.py")
    repo.commit()
    (repo.path / "untracked.py").symlink_to("/etc/passwd")
    assert [contents(tree) for tree in all_trees(repo)] == [FIRST] * 4


def test_a_file_replaced_by_a_symlink_is_gone(repo: Repo) -> None:
    (repo.path / "a.py").unlink()
    (repo.path / "a.py").symlink_to("/etc/passwd")
    assert contents(open_(repo).worktree()) == {"pkg/b.py": "b = 1\n"}


def test_a_folder_replaced_by_a_symlink_leads_nowhere(repo: Repo, tmp_path: Path) -> None:
    (repo.path / "pkg").rename(tmp_path / "outside")
    (repo.path / "pkg").symlink_to(tmp_path / "outside")
    assert contents(open_(repo).worktree()) == {"a.py": "a = 1\n"}


def test_a_file_that_became_a_symlink_after_listing_is_not_followed(repo: Repo) -> None:
    tree = open_(repo).worktree()
    (repo.path / "a.py").unlink()
    (repo.path / "a.py").symlink_to("/etc/passwd")
    with pytest.raises(KeyError):
        tree.read("a.py")


@pytest.mark.parametrize("path", ["none.py", "pkg", "../repo/a.py", "/etc/passwd", ""])
def test_what_is_not_listed_is_not_read(repo: Repo, path: str) -> None:
    for tree in all_trees(repo):
        with pytest.raises(KeyError):
            tree.read(path)


def test_an_unreadable_file_is_said(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    tree = open_(repo).worktree()
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(SigclockError, match=r"^cannot read a\.py: Permission denied$"):
        tree.read("a.py")


def test_bytes_are_as_stored(empty_repo: Repo) -> None:
    odd = b"\xef\xbb\xbfx = '\xff\0'\r\n\x0c"
    empty_repo.write("odd.py", odd)
    empty_repo.commit()
    assert [tree.read("odd.py") for tree in all_trees(empty_repo)] == [odd] * 4


def test_filters_do_not_run(empty_repo: Repo, tmp_path: Path) -> None:
    empty_repo.write(".gitattributes", "*.py filter=spy diff=spy text eol=crlf\n")
    empty_repo.write("a.py", "a = 1\n")
    empty_repo.commit()
    for key in ("filter.spy.clean", "filter.spy.smudge", "diff.spy.textconv", "core.fsmonitor"):
        empty_repo.git("config", key, f"touch {tmp_path}/ran; cat")
    empty_repo.write("a.py", "a = 2\r\n")
    opened = open_(empty_repo)
    read = [tree.read("a.py") for tree in (opened.worktree(), opened.index())]
    assert [*read, opened.lock_history("a.py")] == [b"a = 2\r\n", b"a = 1\n", [b"a = 1\n"]]
    assert not (tmp_path / "ran").exists()


def test_names_that_are_not_utf8_are_read(empty_repo: Repo) -> None:
    name = os.fsdecode(b"caf\xe9\n\t\"'.py")
    empty_repo.write(name, "x = 1\n")
    empty_repo.commit()
    assert [contents(tree) for tree in all_trees(empty_repo)] == [{name: "x = 1\n"}] * 4


def test_object_ids_are_given_where_git_knows_them(repo: Repo) -> None:
    opened = open_(repo)
    oid = hash_of(b"a = 1\n", repo)
    trees = (opened.worktree(), opened.index(), opened.revision("HEAD"))
    assert [tree.oid("a.py") for tree in trees] == [None, oid, oid]
    assert [tree.oid("none.py") for tree in trees] == [None] * 3


def test_a_submodule_is_no_file(repo: Repo, tmp_path: Path) -> None:
    other = Repo.init(tmp_path / "other")
    other.write("x.py", "x = 1\n")
    other.commit()
    repo.git("submodule", "--quiet", "add", str(other.path), "vendor")
    repo.commit()
    (repo.path / ".gitmodules").unlink()
    opened = open_(repo)
    assert contents(opened.worktree()) == FIRST
    assert list(opened.revision("HEAD").paths()) == [".gitmodules", *FIRST]
    inside = Repository.open(repo.path / "vendor")
    assert (inside.root, contents(inside.index())) == (repo.path / "vendor", {"x.py": "x = 1\n"})


def test_an_untracked_repository_inside_is_not_entered(repo: Repo) -> None:
    Repo.init(repo.path / "nested").write("x.py", "")
    assert contents(open_(repo).worktree()) == FIRST


def test_a_sparse_checkout_has_every_file(repo: Repo) -> None:
    repo.git("sparse-checkout", "set", "--no-cone", "/a.py")
    assert not (repo.path / "pkg").exists()
    assert [contents(tree) for tree in all_trees(repo)] == [FIRST] * 4


def test_a_sparse_index_is_expanded(repo: Repo) -> None:
    repo.git("sparse-checkout", "set", "--cone", "--sparse-index", "none")
    opened = open_(repo)
    assert [contents(opened.worktree()), contents(opened.index())] == [FIRST, FIRST]


def test_a_skipped_file_that_lies_on_disk_is_read_there(repo: Repo) -> None:
    repo.git("update-index", "--skip-worktree", "a.py")
    repo.write("a.py", "a = 2\n")
    assert open_(repo).worktree().read("a.py") == b"a = 2\n"


def test_another_index_is_read_where_git_names_one(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write("a.py", "a = 2\n")
    (repo.path / "commit.index").write_bytes((repo.path / ".git/index").read_bytes())
    repo.git("add", "a.py")
    (repo.path / ".git/index").rename(repo.path / "next.index")
    (repo.path / "commit.index").rename(repo.path / ".git/index")
    monkeypatch.setenv("GIT_INDEX_FILE", "next.index")
    opened = Repository.open(repo.path / "pkg")
    assert opened.index().read("a.py") == b"a = 2\n"


def test_a_conflict_shows_our_side_and_its_paths(repo: Repo) -> None:
    conflict(repo, "a.py")
    opened = open_(repo)
    assert contents(opened.index()) == {"a.py": "ours\n", "pkg/b.py": "b = 1\n"}
    assert opened.index().unmerged == {"a.py"}
    assert opened.worktree().read("a.py").startswith(b"<<<<<<<")


def test_a_file_that_our_side_deleted_is_unmerged_and_absent(repo: Repo) -> None:
    repo.git("switch", "-q", "-c", "theirs")
    repo.write("a.py", "theirs\n")
    repo.commit()
    repo.git("switch", "-q", "main")
    repo.git("rm", "-q", "a.py")
    repo.commit()
    repo.git("merge", "theirs", fails=True)
    index = open_(repo).index()
    assert (contents(index), index.unmerged) == ({"pkg/b.py": "b = 1\n"}, frozenset({"a.py"}))


def conflict(repo: Repo, path: str) -> None:
    repo.git("switch", "-q", "-c", "theirs")
    repo.write(path, "theirs\n")
    repo.commit()
    repo.git("switch", "-q", "main")
    repo.write(path, "ours\n")
    repo.commit()
    repo.git("merge", "theirs", fails=True)


def test_the_index_is_left_as_it_is(repo: Repo) -> None:
    os.utime(repo.path / "a.py", (1, 1))
    before = (repo.path / ".git/index").read_bytes()
    opened = open_(repo)
    read = [contents(opened.worktree()), contents(opened.index()), opened.visible("a.py")]
    assert read == [FIRST, FIRST, [b"a = 1\n"]]
    assert (repo.path / ".git/index").read_bytes() == before


def test_hundreds_of_blobs_are_read_through_one_process(empty_repo: Repo) -> None:
    written = {f"m{number:03}.py": f"x = {number}\n" for number in range(300)}
    for path, text in written.items():
        empty_repo.write(path, text)
    empty_repo.commit()
    assert contents(open_(empty_repo).revision("HEAD")) == written


# Places


def test_a_repository_is_found_from_a_folder_inside(repo: Repo) -> None:
    opened = Repository.open(repo.path / "pkg")
    git_dir = repo.path / ".git"
    assert (opened.root, opened.git_dir, opened.common_dir) == (repo.path, git_dir, git_dir)
    assert (opened.bare, opened.shallow, contents(opened.worktree())) == (False, False, FIRST)


def test_a_folder_named_like_an_option_or_a_variable(tmp_path: Path) -> None:
    repo = Repo.init(tmp_path / "--bare" / "$HOME ~x")
    repo.write("a.py", "a = 1\n")
    opened = open_(repo)
    assert (opened.root, contents(opened.worktree())) == (repo.path, {"a.py": "a = 1\n"})


def test_a_linked_worktree_has_its_own_tree(repo: Repo, tmp_path: Path) -> None:
    repo.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    linked = Repo(tmp_path / "linked")
    linked.write("a.py", "a = 2\n")
    linked.git("add", "a.py")
    opened = open_(linked)
    assert (opened.root, opened.common_dir) == (linked.path, repo.path / ".git")
    assert opened.git_dir == repo.path / ".git/worktrees/linked"
    assert opened.index().read("a.py") == b"a = 2\n"


def test_a_bare_repository_has_revisions_only(repo: Repo, tmp_path: Path) -> None:
    repo.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    opened = Repository.open(tmp_path / "bare.git")
    assert (opened.bare, opened.root, contents(opened.revision("main"))) == (True, None, FIRST)
    assert opened.visible("a.py") == [b"a = 1\n"]
    for tree in (opened.worktree, opened.tracked, opened.index):
        with pytest.raises(GitError, match="no work tree"):
            tree()


def test_a_work_tree_may_lie_elsewhere(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (repo.path / ".git").rename(tmp_path / "store/.git")
    Repo(tmp_path / "store").git("config", "core.worktree", str(repo.path))
    opened = Repository.open(tmp_path / "store")
    assert (opened.root, contents(opened.worktree())) == (repo.path, FIRST)


def test_a_clone_of_depth_one_is_enough(repo: Repo, tmp_path: Path) -> None:
    repo.write("a.py", "a = 2\n")
    repo.commit()
    repo.git("clone", "-q", "--depth=1", f"file://{repo.path}", str(tmp_path / "clone"))
    opened = Repository.open(tmp_path / "clone")
    assert (opened.shallow, contents(opened.revision("HEAD"))) == (
        True,
        {**FIRST, "a.py": "a = 2\n"},
    )
    assert opened.lock_history("a.py") == [b"a = 2\n"]
    with pytest.raises(GitError) as caught:
        opened.commit_id("HEAD~1")
    assert "git fetch --unshallow" in caught.value.advice


def test_a_partial_clone_says_what_it_lacks(repo: Repo, tmp_path: Path) -> None:
    first = repo.git("rev-parse", "HEAD")
    repo.write("a.py", "a = 2\n")
    repo.commit()
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("clone", "-q", "--filter=blob:none", f"file://{repo.path}", str(tmp_path / "clone"))
    opened = Repository.open(tmp_path / "clone")
    assert contents(opened.revision("HEAD")) == {**FIRST, "a.py": "a = 2\n"}
    with pytest.raises(GitError, match="partial clone") as caught:
        opened.revision(first).read("a.py")
    assert "git fetch --refetch" in caught.value.advice
    assert opened.lock_history("a.py") == [b"a = 2\n"]


def test_the_advice_for_a_partial_clone_helps(repo: Repo, tmp_path: Path) -> None:
    first = repo.git("rev-parse", "HEAD")
    repo.write("a.py", "a = 2\n")
    repo.commit()
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("clone", "-q", "--filter=blob:none", f"file://{repo.path}", str(tmp_path / "clone"))
    Repo(tmp_path / "clone").git("fetch", "-q", "--refetch", "--no-filter")
    assert contents(Repository.open(tmp_path / "clone").revision(first)) == FIRST


def test_a_repository_of_sha256_is_read(tmp_path: Path) -> None:
    repo = Repo.init(tmp_path / "repo", "--object-format=sha256")
    repo.write("a.py", "a = 1\n")
    commit = repo.commit()
    opened = open_(repo)
    assert (opened.head(), contents(opened.revision("HEAD"))) == (commit, {"a.py": "a = 1\n"})
    assert opened.visible("a.py") == [b"a = 1\n"]


# Revisions


def test_a_repository_without_a_commit(empty_repo: Repo) -> None:
    empty_repo.write("a.py", "a = 1\n")
    opened = open_(empty_repo)
    assert (opened.head(), opened.lock_history(LOCK), opened.default_branch()) == (None, [], None)
    assert (contents(opened.worktree()), contents(opened.index())) == ({"a.py": "a = 1\n"}, {})


@pytest.mark.parametrize(
    "revision",
    ["HEAD", "main", "v1", "@", "HEAD^{/first}", ":/first", "refs/heads/main", "-dash", "main@{0}"],
)
def test_a_revision_is_peeled_to_its_commit(repo: Repo, revision: str) -> None:
    repo.git("tag", "-a", "-m", "one", "v1")
    repo.git("update-ref", "refs/tags/-dash", "HEAD")
    assert open_(repo).commit_id(revision) == repo.git("rev-parse", "HEAD")


def test_a_short_id_is_enough(repo: Repo) -> None:
    commit = repo.git("rev-parse", "HEAD")
    assert open_(repo).commit_id(commit[:8]) == commit


@pytest.mark.parametrize(
    "revision",
    ["none", "", "--all", "--output=stolen", "-h", "HEAD\nHEAD", "HEAD\0", "HEAD..main", "a b",
     "\udce9", "HEAD~9", "0" * 40],
)  # fmt: skip
def test_an_unknown_revision_is_said(repo: Repo, revision: str) -> None:
    opened = open_(repo)
    with pytest.raises(GitError) as caught:
        opened.revision(revision)
    assert caught.value.message == f"unknown revision {revision!r}"
    assert "git fetch --all" in caught.value.advice
    assert opened.commit_id("HEAD") == repo.git("rev-parse", "HEAD")
    assert not (repo.path / "stolen").exists()


@pytest.mark.parametrize("revision", ["main@{9}", "@{upstream}", "none@{push}"])
def test_a_revision_beyond_what_git_recorded(repo: Repo, revision: str) -> None:
    opened = open_(repo)
    with pytest.raises(GitError, match=r"does not know that|unknown revision"):
        opened.commit_id(revision)
    assert opened.commit_id("HEAD") == repo.git("rev-parse", "HEAD")


@pytest.mark.parametrize(("revision", "kind"), [("HEAD:a.py", "blob"), ("HEAD^{tree}", "tree")])
def test_what_is_no_commit_is_refused(repo: Repo, revision: str, kind: str) -> None:
    with pytest.raises(GitError, match=f"names a {kind}, not a commit"):
        open_(repo).commit_id(revision)


def test_a_merge_base_is_where_branches_parted(repo: Repo) -> None:
    parted = repo.git("rev-parse", "HEAD")
    conflict(repo, "a.py")
    assert open_(repo).merge_base("main", "theirs") == parted


def test_unrelated_histories_have_no_merge_base(repo: Repo) -> None:
    repo.git("switch", "-q", "--orphan", "alone")
    repo.commit()
    assert open_(repo).merge_base("main", "alone") is None


def test_replaced_objects_are_read_as_they_were(repo: Repo) -> None:
    old, new = (hash_of(text, repo) for text in (b"a = 1\n", b"b = 1\n"))
    repo.git("replace", old, new)
    assert contents(open_(repo).revision("HEAD")) == FIRST


# The history of a lock


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
    assert [opened.lock_history(LOCK), opened.visible(LOCK)] == [[b"1"], [b"1"]]


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
    assert opened.lock_history(":(glob)**") == opened.visible("*") == []


def test_a_symlink_in_history_is_no_lock(repo: Repo) -> None:
    (repo.path / LOCK).symlink_to("a.py")
    repo.commit()
    opened = open_(repo)
    assert [opened.lock_history(LOCK), opened.visible(LOCK)] == [[], []]


# What a clone shows


def clone(repo: Repo, path: Path, *options: str) -> Repo:
    repo.git("clone", "-q", *options, str(repo.path), str(path))
    return Repo(path)


def test_all_that_is_visible_is_joined(repo: Repo, tmp_path: Path) -> None:
    lock(repo, "head")
    cloned = clone(repo, tmp_path / "clone")
    lock(repo, "remote")
    cloned.git("fetch", "-q")
    cloned.write(LOCK, "staged")
    cloned.git("add", LOCK)
    cloned.write(LOCK, "disk")
    assert open_(cloned).visible(LOCK) == [b"disk", b"staged", b"head", b"remote"]


def test_every_side_of_a_conflict_is_visible(repo: Repo) -> None:
    lock(repo, "base\n")
    conflict(repo, LOCK)
    (repo.path / LOCK).unlink()
    assert open_(repo).visible(LOCK) == [b"base\n", b"ours\n", b"theirs\n"]


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


# Refusals


def test_a_folder_outside_any_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(GitError) as caught:
        Repository.open(tmp_path)
    assert (caught.value.message, caught.value.advice.split(",")[0]) == (
        "this is not a Git repository",
        "run sigclock inside a repository (or with -C DIR)",
    )


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(GitError, match=r"cannot enter .*none: No such file or directory"):
        Repository.open(tmp_path / "none")


def test_a_repository_of_another_user(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(GitError, match="another user owns it") as caught:
        open_(repo)
    trust = "if you trust it, run: git config --global --add safe.directory "
    assert caught.value.advice == f"{trust}{repo.path}"


def test_a_machine_without_git(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repo.path))
    with pytest.raises(GitError, match="Git cannot be run") as caught:
        open_(repo)
    assert caught.value.advice == "install Git 2.25 or newer and put it on PATH"


def test_an_old_git(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = Repo(tmp_path).write(
        "bin/git",
        '#!/bin/sh\ncase "$*" in version) echo git version 1.8.3.1;;\n'
        "*) echo error: unknown option >&2; exit 129;; esac\n",
    )
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(old.parent), prepend=os.pathsep)
    with pytest.raises(GitError, match=r"Git 1\.8\.3\.1 is too old"):
        open_(repo)


def damage(file: Path) -> None:
    file.chmod(0o644)
    file.write_bytes(b"garbage")


def object_file(repo: Repo, oid: str) -> Path:
    return repo.path / ".git/objects" / oid[:2] / oid[2:]


def test_a_damaged_object_is_said(repo: Repo) -> None:
    damage(object_file(repo, hash_of(b"a = 1\n", repo)))
    tree = open_(repo).revision("HEAD")
    with pytest.raises(GitError, match="object database is damaged") as caught:
        tree.read("a.py")
    assert caught.value.advice == "run git fsck, then fetch or clone again what it names"
    assert tree.read("pkg/b.py") == b"b = 1\n"


def test_a_missing_object_is_said(repo: Repo) -> None:
    oid = hash_of(b"a = 1\n", repo)
    object_file(repo, oid).unlink()
    with pytest.raises(GitError, match=f"object {oid} is missing"):
        open_(repo).index().read("a.py")


def test_a_missing_commit_is_not_an_empty_history(repo: Repo) -> None:
    object_file(repo, repo.git("rev-parse", "HEAD")).unlink()
    with pytest.raises(GitError, match="is missing from the object database"):
        open_(repo).head()


def test_a_missing_tree_is_said(repo: Repo) -> None:
    object_file(repo, repo.git("rev-parse", "HEAD^{tree}")).unlink()
    with pytest.raises(GitError, match="object database is damaged"):
        open_(repo).revision("HEAD")


def test_a_damaged_index_is_said(repo: Repo) -> None:
    damage(repo.path / ".git/index")
    with pytest.raises(GitError, match="index is damaged") as caught:
        open_(repo).index()
    assert "git reset" in caught.value.advice


def test_a_damaged_configuration_is_said(repo: Repo) -> None:
    repo.write(".git/config", "[core\n")
    with pytest.raises(GitError, match="cannot read its configuration: bad config line 1"):
        open_(repo)


def test_gitpython_is_imported_only_when_git_is_needed() -> None:
    asked = "import sys, sigclock.repository; print('git' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, check=True)
    assert done.stdout.split() == [b"False"]


def test_a_machine_without_git_before_gitpython_is_loaded(repo: Repo) -> None:
    asked = "from sigclock.repository import Repository; Repository.open('.')"
    environment = {**os.environ, "PATH": str(repo.path)}
    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, check=False, env=environment
    )
    assert done.stderr.decode().splitlines()[-1].endswith("GitError: Git cannot be run")
