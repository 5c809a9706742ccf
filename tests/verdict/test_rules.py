"""The rule table is whole, ordered, and its examples are Python."""

from __future__ import annotations

import ast

import pytest

from sigclock.verdict.finding import Level, Rule
from sigclock.verdict.rules import RULES

LEVELS = {
    "stale-cache": Level.ERROR,
    "version-reused": Level.ERROR,
    "void-cached": Level.ERROR,
    "version-not-literal": Level.ERROR,
    "shared-version": Level.WARNING,
    "lock-outdated": Level.ERROR,
    "lock-shrunk": Level.ERROR,
    "nothing-to-judge": Level.WARNING,
    "unreadable-source": Level.ERROR,
    "duplicate-task": Level.ERROR,
    "unrecognized-task": Level.WARNING,
    "unresolved-type": Level.WARNING,
    "opaque-output": Level.WARNING,
    "remote-only-miss": Level.INFO,
    "members-swapped": Level.WARNING,
    "cache-ignored": Level.WARNING,
    "unused-waiver": Level.WARNING,
    "verify-mismatch": Level.ERROR,
}


def test_every_rule_has_its_level_and_place() -> None:
    assert [(rule.id, rule.level) for rule in RULES.values()] == list(LEVELS.items())


def test_what_poisons_a_cache_and_what_an_sdk_contradicts_cannot_be_waived() -> None:
    fixed = {rule.id for rule in RULES.values() if not rule.waivable}
    assert fixed == {"stale-cache", "version-reused", "verify-mismatch", "nothing-to-judge"}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_summary_is_one_line_and_help_is_a_paragraph(rule: Rule) -> None:
    assert rule.summary.endswith(".")
    assert len(rule.summary) < 100
    assert "\n" not in rule.summary + rule.help
    assert 2 <= rule.help.count(". ") + 1 <= 6


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_examples_are_python_and_differ(rule: Rule) -> None:
    if rule.id != "unreadable-source":
        ast.parse(rule.before)
    ast.parse(rule.after)
    assert rule.before != rule.after
