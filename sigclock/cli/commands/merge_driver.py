"""`merge-driver`: merge two locks for Git by meaning; stop if a version has two signatures."""

from __future__ import annotations

import click
import msgspec

from sigclock.cli.named_files import read_named, write_named
from sigclock.cli.options import say
from sigclock.lock import reader
from sigclock.project import baseline
from sigclock.source import LOCK_NAME

_ADVICE = "Git calls this command; `sigclock init --merge-driver` tells it how"


class Result(msgspec.Struct, frozen=True):
    """Whether Git may go on, and a sentence for each version that prevents it."""

    clean: bool
    collision_notes: tuple[str, ...]


@click.command()
@click.argument("base")
@click.argument("ours")
@click.argument("theirs")
@click.argument("path", default=LOCK_NAME)
def command(*, base: str, ours: str, theirs: str, path: str) -> int:
    """Merge two locks for Git: %O %A %B %P (`sigclock init --merge-driver`)."""
    result = run(base, ours, theirs, path)
    for note in result.collision_notes:
        say(f"sigclock: {note}\n", err=True)
    if not result.clean:
        click.echo("  run `sigclock update --stage`, then commit the merge", err=True)
    return int(not result.clean)


def run(base: str, ours: str, theirs: str, path: str) -> Result:
    """Merge the three files into `ours`; `path` is the lock's own, for messages.

    A lock that cannot be read is a `LockError`, and `ours` stays as it is.
    """
    before, data, other = (read_named(each, _ADVICE) for each in (base, ours, theirs))
    merged = baseline.merged(before or None, data, other, path)
    write_named(ours, reader.dumps(merged.lock))
    return Result(not merged.collisions, tuple(baseline.collision_notes(merged)))
