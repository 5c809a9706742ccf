"""What the product can say stands in one list, and no sentence of it is long."""

from __future__ import annotations

import re
import sys

import click
import pytest
from sentences import SNAPSHOT, sentences, texts

from sigclock.cli.main import cli, command_of

_MOST = 30


@pytest.mark.skipif(sys.version_info < (3, 11), reason="unparse spells some tuples otherwise")
def test_the_list_has_every_sentence() -> None:
    """A new sentence is read among its neighbours, in `sentences.txt`, before it is printed."""
    assert sentences() == SNAPSHOT.read_text(encoding="utf-8").splitlines()


def test_no_sentence_is_long() -> None:
    assert [text for text in sentences() if len(text.split()) > _MOST] == []


def test_every_command_in_a_sentence_is_one() -> None:
    """Of errors as well, which a test may not reach: the verb is there and takes these options."""
    commands = {text for told in texts() for text in re.findall(r"(?<!\\)`sigclock ([^`]*)`", told)}
    assert len(commands) > 20
    for text in sorted(commands):
        parse(re.sub(r"\{[^}]*\}|…|\.\.\.", "x", text).split())


def parse(arguments: list[str]) -> None:
    """Read a command line and do nothing; what it cannot mean raises."""
    command, *rest = arguments
    if command == "x":
        return
    parent = click.Context(cli, obj={"directory": ".", "config": None})
    found = command_of(command)
    while isinstance(found, click.Group):
        found, rest = found.commands[rest[0]], rest[1:]
    if "--help" not in rest:
        found.make_context(command, rest, parent)
