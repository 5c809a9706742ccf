"""`rules`: the rule table."""

from __future__ import annotations

import click

from sigclock.verdict.rules import RULES


@click.command()
def command() -> None:
    """List the rules."""
    click.echo(run(), nl=False)


def run() -> str:
    """One line a rule: id, level, sentence."""
    width = max(map(len, RULES))
    return "".join(
        f"{rule.id:<{width}}  {rule.level.value:<7}  {rule.summary}\n" for rule in RULES.values()
    )
