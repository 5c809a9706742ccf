from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.git import Repo
from support.trees import FIRST, conflict, contents, hash_of, open_, visible

from sigclock.errors import GitError
from sigclock.git import gitpython
from sigclock.git.repository import Repository
from sigclock.source import LOCK_NAME

if TYPE_CHECKING:
    from pathlib import Path


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


def test_how_a_tool_has_git_read_paths_does_not_matter(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GLOB", "NOGLOB", "ICASE"):
        monkeypatch.setenv(f"GIT_{name}_PATHSPECS", "1")
    opened = open_(repo)
    assert opened.lock_history("a.py") == [b"a = 1\n"]
    assert opened.named(LOCK_NAME, [opened.commit_id("HEAD")]) == []


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
    assert visible(opened, "a.py") == [b"a = 1\n"]
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
    here, absent = (repo.git("rev-parse", f"{name}:a.py") for name in ("HEAD", first))
    found = opened.objects.read_each([here, absent, here])
    assert (found, opened.objects.read(here)) == ([b"a = 2\n", None, b"a = 2\n"], b"a = 2\n")


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
    assert visible(opened, "a.py") == [b"a = 1\n"]


def test_a_repository_without_a_commit(empty_repo: Repo) -> None:
    empty_repo.write("a.py", "a = 1\n")
    opened = open_(empty_repo)
    assert (opened.head(), opened.lock_history("x"), opened.default_branch()) == (None, [], None)
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
    assert caught.value.advice == "check its spelling (git branch -a, git tag)"
    assert opened.commit_id("HEAD") == repo.git("rev-parse", "HEAD")
    assert not (repo.path / "stolen").exists()


def test_an_unknown_revision_may_be_at_a_remote(repo: Repo) -> None:
    repo.git("remote", "add", "origin", ".")
    with pytest.raises(GitError) as caught:
        open_(repo).revision("none")
    assert caught.value.advice.endswith("or fetch it: git fetch --all")


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


@pytest.mark.parametrize(
    ("call", "loaded"),
    [("repository.worktree().paths()", "False"), ("log.commit(repository, oid)", "True")],
)
def test_gitpython_is_imported_only_where_history_is_walked(
    repo: Repo, call: str, loaded: str
) -> None:
    asked = f"""\
import sys
from sigclock.git import log
from sigclock.git.repository import Repository
repository = Repository.open(".")
oid = repository.commit_id("HEAD")
{call}
print("git" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, check=True, cwd=repo.path
    )
    assert done.stdout.decode().split() == [loaded]


def test_history_is_read_under_the_same_environment(repo: Repo) -> None:
    git = Repository.open(repo.path).git
    assert gitpython.run(git, "rev-list", "HEAD") == git.run("rev-list", "HEAD")
    with pytest.raises(GitError) as refused:
        gitpython.run(git, "fetch", "file:///nowhere")
    assert "not allowed" in str(refused.value)
