"""A conversation about what is due, cause by cause: bump, accept with a reason, or leave."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click
import msgspec

from sigclock.errors import UsageError
from sigclock.reports.causes import ChangeGroup, group_changes
from sigclock.reports.style import Style
from sigclock.verdict.finding import Report

_CHOICES = {"b": "bump", "a": "accept", "l": "leave", "q": "leave all that is left"}


class Answers(msgspec.Struct, frozen=True):
    """What was decided: the tasks to leave, and each reason with the tasks that it is for."""

    left: frozenset[str]
    accepted: tuple[tuple[str, tuple[str, ...]], ...]


def ask(report: Report, style: Style, render: Callable[[Report, Style], str]) -> Answers:
    """Show each cause for which a version would move, and ask; on a terminal alone."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "a review needs a terminal to ask on",
            advice="run `sigclock update`, or `sigclock accept TASK --reason TEXT`",
        )
    groups = [group for group in group_changes(report) if group.bumps]
    left: set[str] = set()
    accepted: list[tuple[str, tuple[str, ...]]] = []
    for number, group in enumerate(groups, 1):
        # What is counted below the cause is of no use here; names are escaped in it already.
        cause = render(_part(report, group), style).partition("\n\n")[0]
        click.echo(f"{number} of {len(groups)}\n{cause}\n", color=True)
        answer = _choice()
        if answer == "q":
            left.update(name for rest in groups[number - 1 :] for name in _served(rest))
            break
        if answer == "l":
            left.update(_served(group))
        if answer == "a":
            changed = tuple(task.name for task in group.tasks if task.outputs_changed is not False)
            accepted.append((_reason(), changed))
    return Answers(frozenset(left), tuple(accepted))


def _part(report: Report, group: ChangeGroup) -> Report:
    """The report of one cause, without its summary's counts of other things."""
    names = {task.name for task in group.tasks}
    return msgspec.structs.replace(
        report,
        tasks=group.tasks,
        bumps=group.bumps,
        findings=tuple(finding for finding in report.findings if finding.task in names),
        notes=(),
    )


def _served(group: ChangeGroup) -> set[str]:
    return {name for bump in group.bumps for name in bump.tasks}


def _choice() -> str:
    shown = ", ".join(f"[{key}] {words}" for key, words in _CHOICES.items())
    answer: str = click.prompt(shown, type=click.Choice([*_CHOICES]), show_choices=False)
    return answer


def _reason() -> str:
    while True:
        words: str = click.prompt("why no stored value is wrong")
        if words.strip():
            return words
