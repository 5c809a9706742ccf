"""The command line: the options of all verbs, and which verbs there are."""

from __future__ import annotations

import difflib
import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import cast

import click

from sigclock import __version__
from sigclock.cli.error_handler import guarded, read_names_as_utf8
from sigclock.cli.options import without_store
from sigclock.cli.streams import prepare
from sigclock.errors import UsageError

#: The verbs that Git and programs run.
PLUMBING = frozenset({"merge-driver", "schema", "textconv"})
#: Each verb with what `sigclock --help` says of it. Its module in `commands` has the same name,
#: and `command` there has its options and its whole help.
VERBS = {
    "accept": "Declare that a changed signature means the same to the cache.",
    "audit": "Find every cache_version that served two signatures.",
    "cache": "Show which entries of the local caches another signature stored.",
    "check": "Say whether the lock is current and nothing is found.",
    "comment": "Keep a comment on a pull request current.",
    "diff": "Show how signatures differ between two trees.",
    "explain": "Explain a task, a class or a rule.",
    "hook": "Bump what a commit makes due, in the commit itself.",
    "init": "Set a project up: configuration and lock.",
    "log": "Show the versions of a task through history.",
    "lsp": "Serve an editor: findings, hover and fixes while typing.",
    "merge-driver": "Merge two locks, for Git.",
    "rules": "List the rules.",
    "schema": "Print the JSON Schema of a verb's JSON, of the lock, or of [tool.sigclock].",
    "tasks": "List the tasks: place, cache, version, output.",
    "textconv": "Print a lock as text, for `git diff`.",
    "update": "Bump every due cache_version, and rewrite the lock.",
    "verify": "Import the project with its own SDK, and compare.",
}


_EXAMPLES = [
    ("sigclock audit", "what went stale in a repository's past; needs no set-up"),
    ("sigclock init --hook", "begin: write configuration and lock, bump in each commit"),
    ("sigclock check --against origin/main", "in CI: fail on what is new"),
    ("sigclock explain Stats", "which cached tasks a change of a class makes due"),
]
#: Exit statuses, with what each means.
STATUSES = [
    ("0", "clean"),
    ("1", "a finding that fails, or files changed under a hook"),
    ("2", "cannot run: usage, configuration, Git, an unreadable lock"),
    ("3", "a bug in sigclock"),
]
_ADDRESS = "https://github.com/sigclock/sigclock"


def main(argv: Sequence[str] | None = None) -> None:
    """Run, and exit with one of the documented statuses: 0, 1, 2, 3 or 130."""
    if argv is None:
        read_names_as_utf8()
        for stream in (sys.stdout, sys.stderr):
            prepare(stream, os.environ)
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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in VERBS:
            near = difflib.get_close_matches(args[0], VERBS, n=1)
            hint = f". Did you mean {near[0]!r}?" if near else ""
            raise click.UsageError(f"there is no command {args[0]!r}{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        verbs = [item for item in VERBS.items() if item[0] not in PLUMBING]
        plumbing = [item for item in VERBS.items() if item[0] in PLUMBING]
        for title, listed in (("Commands", verbs), ("For Git and programs", plumbing)):
            with formatter.section(title):
                formatter.write_dl(listed)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        for title, rows in (("Examples", _EXAMPLES), ("Exit status", STATUSES)):
            with formatter.section(title):
                formatter.write_dl(rows)
        formatter.write_paragraph()
        formatter.write_text(f"More: {_ADDRESS}")


def command_of(verb: str) -> click.Command:
    """What runs for a verb of the table."""
    module = import_module(f"sigclock.cli.commands.{verb.replace('-', '_')}")
    command = without_store(cast("click.Command", module.command))
    if not any(parameter.name == "directory" for parameter in command.params):
        command.params.append(_after_the_verb())
    return command


def _after_the_verb() -> click.Option:
    """`-C DIR` where it stands behind the verb."""
    return click.Option(
        ["-C", "directory"],
        metavar="DIR",
        expose_value=False,
        hidden=True,
        callback=lambda context, _option, value: _go_to(context, value),
    )


def _go_to(context: click.Context, directory: str | None) -> None:
    if directory is not None:
        _require_folder(directory)
        context.obj = {**context.obj, "directory": directory}


def _require_folder(directory: str) -> None:
    if not Path(directory).is_dir():
        raise UsageError(
            f"{directory!r} is not a directory", advice="give the -C option a directory that exists"
        )


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
    _require_folder(directory)
    context.obj = {"directory": directory, "config": config}
