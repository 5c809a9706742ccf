"""`schema`: the JSON Schemas of what sigclock reads and writes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import click

from sigclock.audit import formats
from sigclock.cli import records
from sigclock.cli.structured import schema as schema_of
from sigclock.lock import schema
from sigclock.project import config
from sigclock.reports import json

SCHEMAS: dict[str, Callable[[], str]] = {
    "report": json.schema,
    "lock": schema.schema,
    "audit": formats.schema,
    "configuration": config.schema,
    **{verb: partial(schema_of, f"sigclock {verb}", kind) for verb, kind in records.TYPES.items()},
}


@click.command()
@click.argument("subject", type=click.Choice(list(SCHEMAS)), default="report")
def command(*, subject: str) -> None:
    """Print the JSON Schema of what a verb gives as JSON, of the lock, or of [tool.sigclock]."""
    click.echo(run(subject), nl=False)


def run(subject: str) -> str:
    """The schema as text; `subject` is a key of `SCHEMAS`."""
    return SCHEMAS[subject]()
