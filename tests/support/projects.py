"""A real Git repository with tasks in it, on which the verbs run in this process."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from sigclock.cli.commands import check, update
from sigclock.lock import reader
from sigclock.project.projects import Overrides
from sigclock.source import LOCK_NAME
from support.git import Repo

if TYPE_CHECKING:
    from pathlib import Path

    from typing_extensions import Self

    from sigclock.lock.lock import Lock
    from sigclock.verdict.finding import Report

STATS = """\
from dataclasses import dataclass

@dataclass
class Stats:
    mean: float
"""
FIT = """\
from flytekit import task
from stats import Stats

@task(cache=True, cache_version="1.0")
def fit(path: str) -> Stats:
    return Stats(0.0)
"""
COUNT = "    count: int\n"
TOTAL = "    total: float\n"


class Project(Repo):
    """Files are written and committed as by hand; `update` and `check` are sigclock's."""

    @classmethod
    def of(cls, path: Path, files: dict[str, str]) -> Self:
        """Make a repository of these files, locked and committed."""
        project = cls(Repo.init(path).path)
        project.write_all(files)
        project.update()
        project.commit("first")
        return project

    def copied(self, path: Path) -> Self:
        """The same repository in another place."""
        shutil.copytree(self.path, path, symlinks=True)
        return type(self)(path)

    def write_all(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            self.write(name, text)

    def read(self, path: str) -> str:
        return (self.path / path).read_bytes().decode()

    def edit(self, path: str, before: str, after: str) -> None:
        """Replace a text that stands exactly once."""
        text = self.read(path)
        assert text.count(before) == 1, (before, text)
        self.write(path, text.replace(before, after))

    def update(self, *, write: bool = True, bump: bool = True) -> update.Result:
        return update.run(str(self.path), Overrides(), write=write, bump=bump)

    def check(self) -> Report:
        return check.run(str(self.path), Overrides()).report

    def found(self) -> list[tuple[str, str | None]]:
        """The rule and the task of each finding of `check`."""
        return [(finding.rule, finding.task) for finding in self.check().findings]

    def bumped(self) -> list[tuple[str, str]]:
        """Update; the old and the new version of each literal that was bumped."""
        return [(bump.baseline, bump.current) for bump in self.update().report.bumps]

    @property
    def lock(self) -> Lock:
        return reader.loads((self.path / LOCK_NAME).read_bytes())

    def issued(self, task: str) -> list[str]:
        """The versions issued for a task, burnt ones with their number of signatures."""
        account = self.lock.ledger[task]
        return [
            version if len(signatures) == 1 else f"{version} x{len(signatures)}"
            for version, signatures in sorted(account.issued.items())
        ]

    def versions(self) -> dict[str, str | None]:
        """The locked version of each task."""
        return {name: task.cache.version for name, task in self.lock.snapshot.tasks.items()}

    def state(self) -> dict[str, bytes]:
        """Every file that is not Git's own, but for drafts of an interrupted write."""
        files = (path for path in self.path.rglob("*") if path.is_file())
        return {
            path.relative_to(self.path).as_posix(): path.read_bytes()
            for path in files
            if ".git" not in path.parts and not path.name.endswith(".tmp")
        }
