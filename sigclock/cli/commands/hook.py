"""`hook`: installs and removes Git's own hooks, and runs what they call at a commit.

Most commits do not matter to us: the modules that judge are imported only if staged files do.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from sigclock.cli.options import Settings, formats, say
from sigclock.git import hook_scripts, staging
from sigclock.git.repository import Repository

if TYPE_CHECKING:
    from sigclock.project.hook import Result


@click.group()
def command() -> None:
    """Git's own hooks: bump what a commit makes due, in the commit itself."""


@command.command()
def install() -> None:
    """Put pre-commit and pre-merge-commit in place; a hook that is there runs first."""
    _print_lines(hook_scripts.install_all)


@command.command()
def uninstall() -> None:
    """Take them away and put back what was there before."""
    _print_lines(hook_scripts.uninstall_all)


@command.command()
def status() -> None:
    """Say which hooks are in place."""
    _print_lines(hook_scripts.status)


def _print_lines(action: Callable[[Repository], list[str]]) -> None:
    lines = action(Repository.open(Settings({}).directory))
    say("".join(f"{line}\n" for line in lines), rows=True)


@command.command()
@formats
@click.option("--merge", is_flag=True, help="In a pre-merge-commit hook.")
@click.option("--on-files", is_flag=True, help="Fix tracked files on disk and stage nothing.")
@click.option("--check", "check_only", is_flag=True, help="With --on-files: write nothing.")
def run(
    *,
    merge: bool,
    on_files: bool,
    check_only: bool,
    **options: Any,  # noqa: ANN401
) -> int:
    """Judge the commit that is being made; for hooks of your own (SIGCLOCK=0 skips it)."""
    settings = Settings(options)
    if os.environ.get("SIGCLOCK") == "0":
        return 0
    if not (on_files or check_only) and staging.is_nothing_to_do(settings.directory):
        return 0
    from sigclock.project import hook  # noqa: PLC0415 - only where it is needed

    directory, overrides, brief = settings.directory, settings.overrides(), not options["formats"]
    if on_files or check_only:
        judge = hook.run_on_files
        result = judge(directory, overrides, os.environ, write=not check_only, brief=brief)
    else:
        result = hook.run(directory, overrides, merge=merge, brief=brief)
    return 0 if result is None else _show(settings, result)


def _show(settings: Settings, result: Result) -> int:
    from sigclock.reports.commit import render  # noqa: PLC0415 - only where it is needed

    goes_on = not (result.stopped or result.fails)
    if goes_on and not settings.options["formats"] and settings.options["verbose"] < 1:
        say(render(result.report), exactly=True, rows=True)
        return 0
    status = settings.show(result.report, result.fail_on)
    if result.stopped:
        say(f"sigclock: {result.stopped}\n", flows=True)
    return max(status, int(bool(result.stopped)))
