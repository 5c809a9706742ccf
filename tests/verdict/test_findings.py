"""Everything that is said of a module, given its past, in words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.memory import InMemory

from sigclock.interface.snapshot import Extraction
from sigclock.lock.lock import Lock
from sigclock.source import Location
from sigclock.tasks.extract import extract
from sigclock.verdict.finding import Finding, Level
from sigclock.verdict.judge import Judgement, judge
from sigclock.verdict.plan import Policy, plan
from sigclock.verdict.report import of_plan
from sigclock.verdict.rules import RULES

#: Blocks of a name, the states of a module one after the other, and what is said of the last.
BLOCKS = Path(__file__).with_name("findings.txt").read_text(encoding="utf-8")
CASES = [
    re.split(r"^--- (?:then|told)\n", f"{block.strip()}\n", flags=re.MULTILINE)
    for block in re.split(r"^=== ", BLOCKS, flags=re.MULTILINE)[1:]
]
#: The first line of each state.
HEAD = "from typing import *; from dataclasses import *; import flyte; from flytekit import *\n"


def read(state: str) -> Extraction:
    """A module, and the module `n` that may follow it."""
    module, _, other = state.partition("# n.py\n")
    return extract(InMemory({"m.py": HEAD + module, "n.py": other}))


def locked(states: list[str]) -> Lock:
    lock = Lock()
    for state in states:
        lock = plan(lock, read(state), {}, Policy()).lock
    return lock


def findings(
    states: list[str], judgement: Judgement | None = None, elsewhere: Lock | None = None
) -> list[Finding]:
    """What is said of the last state, where the ones before were locked."""
    lock, current = locked(states[:-1]), read(states[-1])
    decided = plan(lock, current, elsewhere.ledger if elsewhere else {}, Policy())
    return judge(decided, current, of_plan(decided, lock, current), judgement or Judgement())


def told(one: Finding) -> str:
    place = f"{one.task or 'no task'}, {one.path}:{one.line}:{one.column}"
    return f"{one.level.value} {one.rule} ({place}){' fixed' if one.fixed else ''}: {one.message}"


@pytest.mark.parametrize("case", CASES, ids=[case[0].partition("\n")[0] for case in CASES])
def test_findings(case: list[str]) -> None:
    first, *others, words = case
    found = findings([first.partition("\n")[2], *others])
    assert list(map(told, found)) == words.splitlines()
    assert len({one.fingerprint for one in found}) == len(found)


FIT = """\
@task(cache=True, cache_version="1")
def fit() -> int: ...
"""


def test_a_version_that_another_branch_issued_is_told_though_nothing_changed_here() -> None:
    there = locked([FIT.replace("int", "str")])
    [said] = map(told, findings([FIT, FIT], elsewhere=there))
    assert said == (
        "error version-reused (m.fit, m.py:2:33) fixed: "
        'm.fit: version "1" was issued with other outputs before'
    )


VOID = """\
@task(cache=True, cache_version="1")
def save(): ...
@task(cache=True, cache_version="1")
def fit() -> Gone: ...
# sigclock: ignore[void-cached] nothing is here
"""
REST = ["warning unresolved-type", "warning unused-waiver"]


@pytest.mark.parametrize(
    ("judgement", "expected"),
    [
        (Judgement(), ["error void-cached", *REST]),
        (Judgement({"void": Level.INFO}), ["info void-cached", *REST]),
        (Judgement({"void": None}), REST),
        (Judgement(ignore=frozenset({"void-cached", "unused-waiver"})), REST[:1]),
        (Judgement(select=frozenset({"unresolved-type"})), REST[:1]),
        (Judgement(select=frozenset({"unused-waiver"})), REST[1:]),
        (Judgement({"void": None}, ignore=frozenset({"unresolved-type"})), REST[1:]),
    ],
)
def test_configuration_says_what_is_told_and_how_badly(
    judgement: Judgement, expected: list[str]
) -> None:
    said = [f"{one.level.value} {one.rule}" for one in findings([VOID], judgement)]
    assert said == expected


@pytest.mark.parametrize(
    ("path", "task", "subject", "fingerprint"),
    [
        ("m.py", "m.fit", "", "37c66fbbfd57adb9"),
        ("n.py", "m.fit", "", "37c66fbbfd57adb9"),
        ("m.py", None, "", "55bbf2c20bbf8902"),
        ("n.py", None, "", "8d2599ddf526cb95"),
        ("m.py", None, "x", "38fd75ec84a078ca"),
        ("\udcff.py", None, "", "b739563bb5f0cff4"),
    ],
)
def test_a_fingerprint_knows_task_or_path_and_the_subject(
    path: str, task: str | None, subject: str, fingerprint: str
) -> None:
    rule = RULES["lock-outdated"]
    found = rule.finding(Location(path, 1), "words", task=task, subject=subject)
    assert found.fingerprint == fingerprint
