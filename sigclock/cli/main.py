"""The command line: the options of all verbs, and which verbs there are."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import cast

import click

from sigclock import __version__
from sigclock.cli.error_handler import guarded, read_names_as_utf8
from sigclock.cli.options import without_store
from sigclock.errors import UsageError

#: Each verb with what `sigclock --help` says of it. Its module in `commands` has the same name,
#: and `command` there has its options and its whole help.
VERBS = {
    "accept": "Declare that a changed signature means the same to the cache.",
    "audit": "Find every cache_version that served two signatures.",
    "check": "Say whether the lock is current and nothing is found.",
    "comment": "Keep a comment on a pull request current.",
    "diff": "Show how signatures differ between two trees.",
    "explain": "Explain a task or a rule.",
    "hook": "Bump what a commit makes due, in the commit itself.",
    "init": "Set a project up: configuration and lock.",
    "log": "Show the versions of a task through history.",
    "merge-driver": "Merge two locks, for Git.",
    "rules": "List the rules.",
    "schema": "Print the JSON Schema of a report, a lock or an audit.",
    "textconv": "Print a lock as text, for `git diff`.",
    "update": "Bump every due cache_version, and rewrite the lock.",
    "verify": "Import the project with its own SDK, and compare.",
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


class _Verbs(click.Group):
    """The verbs, each imported when it is run: a hook pays for one, and the list for none."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        return command_of(cmd_name) if cmd_name in VERBS else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


def command_of(verb: str) -> click.Command:
    """What runs for a verb of the table."""
    module = import_module(f"sigclock.cli.commands.{verb.replace('-', '_')}")
    return without_store(cast("click.Command", module.command))


@click.group(
    cls=_Verbs,
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
