"""The command line: the options of all verbs, and which verbs there are."""

from __future__ import annotations

import gc
import sys
from collections import UserDict
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import click

from sigclock import __version__
from sigclock.cli.error_handler import guarded, read_names_as_utf8
from sigclock.errors import UsageError

#: Each verb with its module in `commands`, whose `command` has its options and its help.
VERBS = {
    "accept": "accept",
    "audit": "audit",
    "check": "check",
    "comment": "comment",
    "diff": "diff",
    "explain": "explain",
    "hook": "hook",
    "init": "init",
    "log": "log",
    "merge-driver": "merge_driver",
    "rules": "rules",
    "schema": "schema",
    "textconv": "textconv",
    "update": "update",
    "verify": "verify",
}


def main(argv: Sequence[str] | None = None) -> None:
    """Run, and exit with one of the documented statuses: 0, 1, 2, 3 or 130."""
    if argv is None:
        read_names_as_utf8()
    # There are a million syntax nodes, hardly any in a cycle. With its usual threshold, the
    # collector would visit them again and again, and take as long as all the rest.
    gc.set_threshold(1_000_000, 50, 100)
    arguments = None if argv is None else list(argv)
    # Click returns what the verb returned, for it does not exit by itself here.
    sys.exit(guarded(lambda: cli.main(arguments, prog_name="sigclock", standalone_mode=False)))


class _Commands(UserDict[str, Any]):
    """The verbs as click expects them, each imported at its first use: a hook pays for one."""

    def __getitem__(self, name: str) -> click.Command:
        module = import_module(f"sigclock.cli.commands.{super().__getitem__(name)}")
        return cast("click.Command", module.command)


@click.group(
    commands=_Commands(VERBS),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="sigclock")
@click.option("-C", "directory", default=".", metavar="DIR", help="Run as if started in DIR.")
@click.option(
    "--config", metavar="FILE", help="Read [tool.sigclock] from FILE for the whole repository."
)
@click.pass_context
def cli(context: click.Context, directory: str, config: str | None) -> None:
    """A cache_version names one output signature: the signature lockfile for Flyte tasks."""
    if not Path(directory).is_dir():
        raise UsageError(
            f"{directory!r} is no directory", advice="give the -C option a directory that exists"
        )
    context.obj = {"directory": directory, "config": config}
