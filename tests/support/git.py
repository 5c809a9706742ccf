"""A real Git repository in a few words, cut off from the user's configuration."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_AUTHOR_DATE": "2024-01-01T00:00:00Z",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_COMMITTER_DATE": "2024-01-01T00:00:00Z",
}
OPTIONS = (
    "-c", "init.defaultBranch=main",
    "-c", "protocol.file.allow=always",
    "-c", "commit.gpgSign=false",
)  # fmt: skip


class Repo:
    """A folder in which `git` runs; `Repo.init` makes it a repository."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def init(cls, path: Path, *options: str) -> Repo:
        path.mkdir(parents=True, exist_ok=True)
        repo = cls(path)
        repo.git("init", "-q", *options)
        return repo

    def git(self, *args: str, fails: bool = False, stdin: BinaryIO | None = None) -> str:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        done = subprocess.run(
            ["git", *OPTIONS, *args],
            cwd=self.path,
            env={**clean, **ENVIRONMENT},
            capture_output=True,
            check=False,
            stdin=stdin,
        )
        assert fails or done.returncode == 0, os.fsdecode(done.stderr)
        return os.fsdecode(done.stdout).strip()

    @contextmanager
    def without(self, branch: str) -> Iterator[None]:
        """As in a clone that never heard of a branch, nor was on it."""
        tip = self.git("rev-parse", branch)
        self.git("update-ref", "-d", f"refs/heads/{branch}")
        self.git("reflog", "expire", "--expire=now", "--all")
        yield
        self.git("update-ref", f"refs/heads/{branch}", tip)

    def write(self, path: str, content: str | bytes) -> Path:
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def commit(self, message: str = "change") -> str:
        """Commit everything that is not ignored; give the commit's id."""
        self.git("add", "--all")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")
