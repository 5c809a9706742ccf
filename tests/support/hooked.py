"""A locked project whose commits go through the real hook."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sigclock.lock import reader
from sigclock.lock.lock import Lock
from sigclock.source import LOCK_NAME
from support.git import ENVIRONMENT, OPTIONS, Repo

if TYPE_CHECKING:
    from typing_extensions import Self

ROOT = Path(__file__).parent.parent.parent
SIGCLOCK = (sys.executable, "-m", "sigclock")

MODELS = """\
from dataclasses import dataclass

@dataclass
class Stats:
    mean: float
"""
FIT = """\
from flytekit import task
from models import Stats

@task(cache=True, cache_version="1.0")
def fit(path: str) -> Stats:
    return Stats(0.0)
"""
GROWN = f"{MODELS}    count: int\n"
BUMPED = FIT.replace("1.0", "1.1")


class Done(NamedTuple):
    status: int
    said: str


class Views(NamedTuple):
    """One file as it is on disk, staged, and in the last commit."""

    disk: str | bytes | None
    staged: str | bytes | None
    commit: str | bytes | None


class Hooked(Repo):
    """`run` gives status and output of any program here; `views` all three sides of a file."""

    @classmethod
    def of(cls, path: Path, files: dict[str, str | bytes] | None = None) -> Hooked:
        """A repository of these files, locked and committed, with the hook in place."""
        project = cls(Repo.init(path).path)
        for name, content in (files or {"models.py": MODELS, "fit.py": FIT}).items():
            project.write(name, content)
        project.sigclock("update")
        project.commit("first")
        project.sigclock("hook", "install")
        return project

    def copied(self, path: Path) -> Self:
        """The same elsewhere, with an index that knows the files there."""
        shutil.copytree(self.path, path, symlinks=True)
        copy = type(self)(path)
        copy.git("update-index", "-q", "--refresh")
        return copy

    def run(self, *command: str, **environment: str) -> Done:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        done = subprocess.run(
            command,
            cwd=self.path,
            env={**clean, **ENVIRONMENT, "PYTHONPATH": str(ROOT), **environment},
            capture_output=True,
            check=False,
        )
        return Done(done.returncode, os.fsdecode(done.stdout + done.stderr))

    def try_git(self, *arguments: str, **environment: str) -> Done:
        return self.run("git", *OPTIONS, *arguments, **environment)

    def sigclock(self, *arguments: str) -> str:
        done = self.run(*SIGCLOCK, *arguments)
        assert done.status == 0, done.said
        return done.said

    def commits(self, *arguments: str, **environment: str) -> str:
        """Commit what is staged, through the hook; what was said."""
        done = self.try_git("commit", "-q", "-m", "work", *arguments, **environment)
        assert done.status == 0, done.said
        return done.said

    def blob(self, name: str) -> bytes | None:
        """The stored bytes of `:path` (staged) or `REVISION:path`."""
        done = subprocess.run(
            ["git", "cat-file", "blob", name], cwd=self.path, capture_output=True, check=False
        )
        return done.stdout if done.returncode == 0 else None

    def disk(self, path: str) -> bytes | None:
        file = self.path / path
        return file.read_bytes() if file.is_file() else None

    def views(self, path: str) -> Views:
        found = (self.disk(path), self.blob(f":{path}"), self.blob(f"HEAD:{path}"))
        return Views(*(None if one is None else one.decode() for one in found))

    def raw_views(self, path: str) -> Views:
        return Views(self.disk(path), self.blob(f":{path}"), self.blob(f"HEAD:{path}"))

    def lock(self, revision: str = "HEAD") -> Lock:
        return reader.loads(self.blob(f"{revision}:{LOCK_NAME}") or b"")

    def issued(self, task: str = "fit.fit", revision: str = "HEAD") -> list[str]:
        """The versions issued for a task, the oldest first."""
        return [*reversed(self.lock(revision).ledger[task].issued)]

    def is_settled(self) -> bool:
        """Whether nothing is left unstaged, uncommitted or wrong."""
        return not self.git("status", "--porcelain") and self.run(*SIGCLOCK, "check").status == 0


def same(content: str | bytes | None) -> Views:
    """All three sides alike."""
    return Views(content, content, content)


def grow(project: Hooked) -> None:
    """Stage a new field of the class that `fit` returns: a bump is due."""
    project.write("models.py", GROWN)
    project.git("add", "models.py")
