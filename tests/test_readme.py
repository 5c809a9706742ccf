from __future__ import annotations

import re

import pytest
from readme import ROOT, commands_of, read_readme, render_rules, rules_part

from sigclock.cli.main import VERBS, cli


def test_the_rules_are_those_of_the_table() -> None:
    assert rules_part(read_readme()).strip("\n") == render_rules().strip("\n")


def test_the_readme_tells_every_verb() -> None:
    told = {arguments[0] for arguments in commands_of(read_readme())}
    assert set(VERBS) - told == set()


@pytest.mark.parametrize("arguments", commands_of(read_readme()), ids=" ".join)
def test_every_command_of_the_readme_exists(arguments: list[str]) -> None:
    context = cli.make_context("sigclock", list(arguments))
    verb, command, rest = cli.resolve_command(context, list(arguments))
    assert command is not None
    command.make_context(verb, rest, parent=context)


def test_the_lock_that_the_readme_quotes_is_the_real_one() -> None:
    quoted = re.search(r'^-        "1.0": \["([0-9a-f]+)…"\]$', read_readme(), flags=re.MULTILINE)
    assert quoted
    assert f'"1.0": ["{quoted[1]}' in (ROOT / ".sigclock.lock").read_text(encoding="utf-8")


def test_ci_runs_the_commands_of_the_readme() -> None:
    ci = (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()
    told = [line for line in read_readme().splitlines() if line.startswith("python3 -m venv")]
    assert [line for line in ci if line.startswith("(")] == [f"({line})" for line in told]
