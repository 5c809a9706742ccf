"""`schema`: the JSON Schemas of what sigclock reads and writes."""

from __future__ import annotations

import click

from sigclock.audit import formats
from sigclock.lock import schema
from sigclock.project import config
from sigclock.reports import json

SCHEMAS = {
    "report": json.schema,
    "lock": schema.schema,
    "audit": formats.schema,
    "configuration": config.schema,
}


@click.command()
@click.argument("subject", type=click.Choice(list(SCHEMAS)), default="report")
def command(*, subject: str) -> None:
    """Print the JSON Schema of the report, of the lock, of an audit or of [tool.sigclock]."""
    click.echo(run(subject), nl=False)


def run(subject: str) -> str:
    """The schema as text; `subject` is a key of `SCHEMAS`."""
    return SCHEMAS[subject]()
