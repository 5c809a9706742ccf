"""`rules`: the rule table."""

from __future__ import annotations

import click

from sigclock.cli.options import say
from sigclock.cli.records import RuleRecord
from sigclock.cli.structured import dump, text_or_json
from sigclock.verdict.rules import RULES


@click.command()
@text_or_json
def command(*, form: str) -> None:
    """List the rules."""
    say(run(form), rows=form == "text")


def run(form: str = "text") -> str:
    """One line a rule: id, level, sentence; as JSON all of each."""
    if form == "json":
        return dump(list(map(RuleRecord.of, RULES.values())))
    width = max(map(len, RULES))
    return "".join(
        f"{rule.id:<{width}}  {rule.level.value:<7}  {rule.summary}\n" for rule in RULES.values()
    )
