"""Runs commands that read history through GitPython; the only module that imports it."""

from __future__ import annotations

from subprocess import PIPE
from typing import TYPE_CHECKING

from sigclock.git.process import no_git

if TYPE_CHECKING:
    from sigclock.git.process import GitRunner


def run(git: GitRunner, *arguments: str) -> bytes:
    """Give what the command prints, in the same environment and with the same errors as `git`.

    GitPython takes longer to import than most verbs take to run, so only verbs that walk a
    history do.
    """
    try:
        from git.cmd import Git  # noqa: PLC0415 - see above
        from git.exc import GitCommandNotFound  # noqa: PLC0415 - see above
    except ImportError as error:
        raise no_git() from error
    command = [git.program, *git.options, *arguments]
    try:
        process = Git().execute(command, istream=PIPE, as_process=True, env=git.environment)
    except (GitCommandNotFound, OSError) as error:
        raise no_git() from error
    output, stderr = process.communicate()
    if process.returncode:
        raise git.refusal(stderr, process.returncode)
    return bytes(output)
