"""Every rule on every pair: a whole report also shows what a rule should not say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import cases
from support.amount import sample

from sigclock.verdict.rules import RULES

if TYPE_CHECKING:
    from pathlib import Path

#: Rules that only speak of a difference between the code and its lock.
OF_CHANGES = {
    "lock-outdated",
    "members-swapped",
    "remote-only-miss",
    "shared-version",
    "stale-cache",
    "version-reused",
}
#: Two commits are compared for the one, and `verify` asks the project's own SDK for the other.
ELSEWHERE = {"lock-shrunk", "verify-mismatch"}


@pytest.mark.parametrize("case", cases.names())
def test_the_whole_report_is_as_expected(case: str, tmp_path: Path) -> None:
    assert cases.report(case, tmp_path / "case") == cases.expected(case)


@pytest.mark.parametrize("state", ["baseline", "current"])
@pytest.mark.parametrize("case", sample(cases.names(), str, 3))
def test_a_state_against_itself_is_silent(case: str, state: str, tmp_path: Path) -> None:
    told = cases.standing(case, state, tmp_path / "case")
    assert OF_CHANGES.isdisjoint(rules_of(told))
    assert {task["status"] for task in told["tasks"]} <= {"unchanged"}


def test_every_rule_has_a_case() -> None:
    told = {rule for case in cases.names() for rule in rules_of(cases.expected(case))}
    assert told == RULES.keys() - ELSEWHERE


def rules_of(told: cases.Told) -> list[str]:
    return [finding["rule"] for finding in told["findings"]]
