from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from support.git import Repo
from support.trees import hash_of, open_

from sigclock.errors import GitError
from sigclock.git.repository import Repository

if TYPE_CHECKING:
    from pathlib import Path


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
