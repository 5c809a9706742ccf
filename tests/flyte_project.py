"""The example as a repository of its own, with a home (so a Flyte cache) of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

EXAMPLES = Path(__file__).parent.parent / "examples"
CONFIG = '[tool.sigclock]\nsource-roots = ["examples"]\n'


class FlyteProject(NamedTuple):
    """`root` is the work tree; `home` is outside of it and holds Flyte's local cache."""

    root: Path
    home: Path

    def run(self, *command: str, status: int = 0) -> str:
        """Run in the root, alone with this home, and return what the program printed."""
        done = subprocess.run(
            command,
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == status, (
            f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
        )
        return done.stdout

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "PYTHONPATH": "examples",
            "PYTHONDONTWRITEBYTECODE": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "A",
            "GIT_AUTHOR_EMAIL": "a@example.com",
            "GIT_COMMITTER_NAME": "A",
            "GIT_COMMITTER_EMAIL": "a@example.com",
        }

    def python(self, code: str) -> str:
        """Run a piece of Python that sees the example, with Flyte's real local cache."""
        return self.run(sys.executable, "-c", code)

    def sigclock(self, *arguments: str, status: int = 0) -> str:
        return self.run(sys.executable, "-m", "sigclock", *arguments, status=status)

    def commit(self) -> None:
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "--message", "work")

    def edit(self, path: str, before: str, after: str) -> None:
        """Replace a text that stands exactly once, as a person at an editor would."""
        file = self.root / "examples" / path
        text = file.read_text(encoding="utf-8")
        assert text.count(before) == 1, before
        file.write_text(text.replace(before, after), encoding="utf-8")

    def read(self, path: str) -> str:
        return (self.root / "examples" / path).read_text(encoding="utf-8")


def example_at(place: Path) -> FlyteProject:
    """Copy the example into an empty repository, without a lock."""
    project = FlyteProject(place / "project", place / "home")
    project.home.mkdir()
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(EXAMPLES, project.root / "examples", ignore=ignore)
    (project.root / "pyproject.toml").write_text(CONFIG, encoding="utf-8")
    project.run("git", "init", "--quiet", "--initial-branch=main")
    return project


def locked_example_at(place: Path) -> FlyteProject:
    """The same with its lock made and committed."""
    project = example_at(place)
    project.commit()
    project.sigclock("update")
    project.commit()
    return project
