"""Plan + changes + policy → findings: what a person is told, and how badly."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from sigclock.interface.snapshot import Extraction, Waiver
from sigclock.verdict.case import Case, Fact, UnusedWaiver
from sigclock.verdict.case import case as case_of
from sigclock.verdict.finding import Finding, Level, TaskReport
from sigclock.verdict.plan import Plan
from sigclock.verdict.rules import JUDGING, RULES
from sigclock.verdict.unrecognized import used_waivers


class Judgement(msgspec.Struct, frozen=True):
    """What configuration says of findings: which rules are on, and levels by `Rule.level_key`.

    A level of None turns the rule off.
    """

    levels: Mapping[str, Level | None] = {}
    select: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()

    def apply(self, finding: Finding) -> Finding | None:
        """The finding at the level that is asked for, None if it is not to be told."""
        rule = RULES[finding.rule]
        if is_always_on(finding):
            return finding
        if (self.select and rule.id not in self.select) or rule.id in self.ignore:
            return None
        if rule.level_key not in self.levels:
            return finding
        level = self.levels[rule.level_key]
        return None if level is None else msgspec.structs.replace(finding, level=level)


def judge(
    plan: Plan, extraction: Extraction, reports: Mapping[str, TaskReport], judgement: Judgement
) -> list[Finding]:
    """Every finding about tasks and files, waivers applied, sorted."""
    case = case_of(plan, extraction, reports)
    raised = _found(case, judgement, last=False)
    kept, unused = _waive(raised, extraction)
    kept += _found(
        msgspec.structs.replace(case, unused_waivers=tuple(unused)), judgement, last=True
    )
    return sorted(kept, key=order)


def is_always_on(finding: Finding) -> bool:
    """Whether it says that a cache may not be trusted, which nobody can switch off."""
    rule = RULES[finding.rule]
    return rule.always_on and finding.level.rank <= rule.level.rank


def order(finding: Finding) -> tuple[str, int, int, str, str]:
    """Reports are sorted by place."""
    return (finding.path, finding.line, finding.column, finding.rule, finding.message)


def _found(case: Case, judgement: Judgement, *, last: bool) -> list[Finding]:
    """What the rules say that look at tasks and files or, as the `last`, at what became of that."""
    return [
        told
        for module in JUDGING
        if (Fact.UNUSED_WAIVERS in module.READS) == last
        for finding in module.find(case)
        if (told := judgement.apply(finding)) is not None
    ]


def _waive(
    raised: list[Finding], extraction: Extraction
) -> tuple[list[Finding], list[UnusedWaiver]]:
    """Findings without the waived ones, and the waivers that waived nothing."""
    used = used_waivers(extraction)
    kept = []
    written: dict[str, list[tuple[int, Waiver]]] = {}
    for i, waiver in enumerate(extraction.waivers):
        written.setdefault(waiver.location.path, []).append((i, waiver))
    for finding in raised:
        beside = written.get(finding.path, ())
        waivers = [i for i, waiver in beside if _covers(waiver, finding, extraction)]
        used.update(waivers)
        if not waivers:
            kept.append(finding)
    unused = [
        UnusedWaiver(waiver, RULES.get(waiver.rule))
        for i, waiver in enumerate(extraction.waivers)
        if i not in used
    ]
    return kept, unused


def _covers(waiver: Waiver, finding: Finding, extraction: Extraction) -> bool:
    """Whether a waiver in the finding's file is of its rule, and on its lines."""
    if waiver.rule != finding.rule or not RULES[waiver.rule].waivable or is_always_on(finding):
        return False
    site = extraction.sites.get(finding.task or "")
    first, last = site.lines if site else (finding.line, finding.line)
    return first <= waiver.location.line <= last
