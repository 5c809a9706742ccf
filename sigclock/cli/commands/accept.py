"""`accept`: a person declares that a changed signature means the same to the cache."""

from __future__ import annotations

import click

from sigclock.cli import completion
from sigclock.cli.options import Settings, say
from sigclock.project import accepting


@click.command()
@click.argument("tasks", metavar="TASK...", nargs=-1, shell_complete=completion.tasks)
@click.option(
    "--definition",
    "definitions",
    multiple=True,
    metavar="CLASS",
    shell_complete=completion.classes,
    help="All tasks it reaches.",
)
@click.option("--reason", default="", metavar="TEXT", help="Why no stored value is wrong.")
@click.option("--list", "listing", is_flag=True, help="Show what was accepted and is in force.")
@click.option("--undo", is_flag=True, help="Take back what was accepted since the last commit.")
def command(
    *,
    tasks: tuple[str, ...],
    definitions: tuple[str, ...],
    reason: str,
    listing: bool,
    undo: bool,
) -> None:
    """Declare that a changed signature means the same to the cache: no bump."""
    settings = Settings({})
    directory, overrides = settings.directory, settings.overrides()
    if listing:
        say(accepting.listed(directory, overrides), flows=True)
    elif undo:
        say(accepting.undone(directory, overrides, tasks), flows=True)
    else:
        say(accepting.accept(directory, overrides, tasks, definitions, reason), flows=True)
