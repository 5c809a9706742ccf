"""The rules, each in its own file: its record, its words and the function that finds it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Protocol, cast

from sigclock.verdict.case import Case, Fact
from sigclock.verdict.finding import Finding, Rule

#: The modules of this folder, in the order in which people should read the rules. By name, so that
#: a rule is one line here.
_MODULES = (
    "stale_cache",
    "version_reused",
    "void_cached",
    "version_not_literal",
    "shared_version",
    "lock_outdated",
    "lock_shrunk",
    "nothing_to_judge",
    "unreadable_source",
    "duplicate_task",
    "unrecognized_task",
    "unresolved_type",
    "opaque_output",
    "remote_only_miss",
    "members_swapped",
    "cache_ignored",
    "unused_waiver",
    "verify_mismatch",
)


class RuleModule(Protocol):
    """A module of this folder. A rule that judging does not find has only its `RULE`."""

    @property
    def RULE(self) -> Rule:  # noqa: N802 - a constant of a module
        """The record."""

    @property
    def READS(self) -> frozenset[Fact]:  # noqa: N802 - a constant of a module
        """The facts that `find` reads from the case."""

    def find(self, case: Case) -> Iterator[Finding]:
        """The findings of the rule in a project."""


MODULES = tuple(cast("RuleModule", import_module(f"{__name__}.{name}")) for name in _MODULES)
JUDGING = tuple(module for module in MODULES if hasattr(module, "find"))
RULES: dict[str, Rule] = {module.RULE.id: module.RULE for module in MODULES}
