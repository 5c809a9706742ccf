"""The commands that a page shows, run in a repository of their own, in the order of the page."""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

from sigclock.cli.main import main
from support.git import ENVIRONMENT, OPTIONS

#: Programs that import an SDK; their output stays as it stands unless all is run.
SLOW = ("python", "pytest", "sigclock cache", "sigclock verify")
WIDTH = 88
#: What a reader sees as the place of the repository.
SHOWN = "/home/ada/project"
_TIME = re.compile(r" in \d+\.\d+s")


class Session:
    """A repository, at first empty, that a page fills with files and commands.

    `home` is its user's. Without `everything`, programs that import an SDK are not run.
    """

    def __init__(self, place: Path, *, everything: bool) -> None:
        self.root = place / "project"
        self.home = place / "home"
        self.everything = everything
        self.status = 0
        self.root.mkdir(parents=True)
        self.home.mkdir()

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def run(self, line: str, shown: str) -> str:
        """What a line of a shell prints; `shown` stands for what is not run.

        A status above 1 is an error of the page.
        """
        printed = ""
        for command in line.split(" && "):
            if not self.everything and command.startswith(SLOW):
                return shown
            printed += self._run(shlex.split(command, comments=True))
            if self.status > 1:
                raise ValueError(f"{command!r} ended in {self.status}:\n{printed}")
            if self.status:
                break
        return _TIME.sub("", printed.replace(str(self.root), SHOWN))

    def _run(self, words: list[str]) -> str:
        with self._inside():
            match words:
                case ["sigclock", "hook", *_]:  # it asks where its program is
                    return self._started([sys.executable, "-m", *words])
                case ["sigclock", *arguments] if "verify" not in arguments:
                    return self._sigclock(arguments)
                case ["cd", folder]:
                    self.root = (self.root / folder).resolve()
                    return ""
                case ["echo", "$?"]:
                    return f"{self.status}\n"
                case ["git", *arguments]:
                    return self._started(["git", *OPTIONS, *arguments])
                case ["sigclock" | "pytest", *_]:
                    return self._started([sys.executable, "-m", *words])
                case ["python", *arguments]:
                    return self._started([sys.executable, *arguments], err=False)
                case ["cat" | "rm" | "mv" | "mkdir" | "head" | "sed", *_]:
                    return self._started(words)
                case _:
                    raise ValueError(f"a page shows what no session can run: {words}")

    def _sigclock(self, arguments: list[str]) -> str:
        printed = io.StringIO()
        self.status = 0
        with redirect_stdout(printed), redirect_stderr(printed):
            try:
                main(arguments)
            except SystemExit as done:
                self.status = int(done.code or 0)
        return printed.getvalue()

    def _started(self, words: list[str], *, err: bool = True) -> str:
        done = subprocess.run(
            words,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if err else subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            check=False,
        )
        self.status = done.returncode
        return done.stdout

    @contextmanager
    def _inside(self) -> Iterator[None]:
        """In the root, as a user without settings, on a terminal of this width."""
        before, place = dict(os.environ), Path.cwd()
        os.environ.clear()
        os.environ.update(
            ENVIRONMENT,
            PATH=f"{Path(sys.executable).parent}{os.pathsep}{before['PATH']}",
            HOME=str(self.home),
            COLUMNS=str(WIDTH),
            PYTHONDONTWRITEBYTECODE="1",
            # Without the plug-ins that only our own tests need: one fails on items of another kind.
            PYTEST_ADDOPTS="-p no:cacheprovider -p no:asyncio -p no:pytest-lsp",
        )
        os.chdir(self.root)
        try:
            yield
        finally:
            os.chdir(place)
            os.environ.clear()
            os.environ.update(before)
