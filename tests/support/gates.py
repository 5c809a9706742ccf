"""The places at which a change is let through or not, each by its name, and what they answer."""

from __future__ import annotations

from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING, NamedTuple

from sigclock.cli.commands import update
from sigclock.cli.main import cli
from sigclock.git import hook_scripts
from sigclock.git.repository import Repository
from sigclock.project.projects import Overrides
from support.git import Repo
from support.hooked import SIGCLOCK, Done, Hooked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

Files = dict[str, str]


class History(NamedTuple):
    """Trees one after the other: what was locked, the change, and what no hook saw in between."""

    locked: Files
    change: Files
    unhooked: Files | None = None


class Change(Hooked):
    """A repository in which a change is staged on top of the tag `base`."""

    @classmethod
    def made(cls, path: Path, history: History) -> Change:
        """The lock is as current as it gets without a bump, so it is never the lock that blocks."""
        change = cls(Repo.init(path).path)
        change.write_all(history.locked)
        change.lock_as_it_is()
        change.commit("locked")
        if history.unhooked is not None:
            change.write_all(history.unhooked)
            change.commit("past the hook")
        change.git("tag", "base")
        change.write_all(history.change)
        change.lock_as_it_is()
        change.git("add", "--all")
        return change

    def write_all(self, files: Files) -> None:
        for name, text in files.items():
            self.write(name, text)

    def lock_as_it_is(self) -> None:
        """Whatever is not due."""
        update.run(str(self.path), Overrides(), bump=False)

    def in_process(self, *arguments: str) -> Done:
        """The verb, as the command line runs it."""
        with StringIO() as said, redirect_stdout(said), redirect_stderr(said):
            status = cli.main(["-C", str(self.path), *arguments], standalone_mode=False)
            return Done(status, said.getvalue())


def _hook(change: Change) -> Done:
    hook_scripts.install_all(Repository.open(str(change.path)))
    return change.try_git("commit", "-q", "-m", "work")


def _framework(change: Change) -> Done:
    return change.in_process("hook", "run", "--on-files")


def _range(change: Change) -> Done:
    change.commit("work")
    return change.run(*SIGCLOCK, "hook", "run", "--on-files", PRE_COMMIT_FROM_REF="base")


def _check(change: Change) -> Done:
    change.commit("work")
    return change.in_process("check", "--against", "base")


def _comment(change: Change) -> Done:
    change.commit("work")
    return change.in_process("comment", "--base", "base", "--dry-run", "--format", "text")


#: Each brings the staged change to where it is judged, and gives the status and what was said.
GATES: Mapping[str, Callable[[Change], Done]] = {
    "hook": _hook,
    "framework": _framework,
    "range": _range,
    "check": _check,
    "comment": _comment,
}
#: Those that may bump a literal, with the status: the bump is in the native hook's commit already.
WRITING = {"hook": 0, "framework": 1, "range": 1}
