"""What the tests of repositories and trees ask again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sigclock.git.repository import Repository

if TYPE_CHECKING:
    from sigclock.source import SourceTree
    from support.git import Repo

#: The first commit of the `repo` fixture.
FIRST = {"a.py": "a = 1\n", "pkg/b.py": "b = 1\n"}


def open_(repo: Repo) -> Repository:
    return Repository.open(repo.path)


def contents(tree: SourceTree) -> dict[str, str]:
    return {path: tree.read(path).decode() for path in tree.paths()}


def all_trees(repo: Repo) -> list[SourceTree]:
    opened = open_(repo)
    return [opened.worktree(), opened.tracked(), opened.index(), opened.revision("HEAD")]


def visible(opened: Repository, path: str) -> list[bytes]:
    """Every content of a lock that counts: uncommitted ones, and those of all histories."""
    history = opened.lock_history(path, opened.tips())
    return list(dict.fromkeys([*opened.uncommitted(path), *history]))


def hash_of(content: bytes, repo: Repo) -> str:
    (repo.path.parent / "content").write_bytes(content)
    return repo.git("hash-object", str(repo.path.parent / "content"))


def conflict(repo: Repo, path: str) -> None:
    repo.git("switch", "-q", "-c", "theirs")
    repo.write(path, "theirs\n")
    repo.commit()
    repo.git("switch", "-q", "main")
    repo.write(path, "ours\n")
    repo.commit()
    repo.git("merge", "theirs", fails=True)
