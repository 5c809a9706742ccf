"""The last lines of a text report: what was counted, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator

from sigclock.interface.change import is_of_inputs
from sigclock.reports.causes import (
    FIXABLE,
    OF_VERSIONS,
    ChangeGroup,
    count_open,
    count_standing,
    counted,
    is_counted,
    is_open,
    unseen,
)
from sigclock.verdict.finding import Bump, Finding, Level, Report
from sigclock.verdict.wording import count, enumerate_names, inert, shown_by_check

_UNRESOLVED = "unresolved-type"
#: How many rules the last line names.
_NAMED = 3


def summary(report: Report, shown_groups: list[ChangeGroup], *, full: bool) -> Iterator[str]:
    """One paragraph that counts, and the next steps, a line each."""
    counts = [
        *_bumped(report),
        *_signatures(report, shown_groups),
        *_outside(report),
        *_finding_counts(report, full=full),
    ]
    elsewhere = f"{count(report.summary.cached, 'cached task')} elsewhere, not shown."
    yield " ".join(counts or [elsewhere])
    yield from _next_step(report)


def is_done(bump: Bump, report: Report) -> bool:
    """Whether the version has moved by now."""
    return bump.made or bump.path in report.written


def _bumped(report: Report) -> Iterator[str]:
    if not report.bumps:
        if report.written:
            yield f"Wrote {enumerate_names(report.written)}."
        return
    done = is_done(report.bumps[0], report)
    served = {name for bump in report.bumps for name in bump.tasks}
    versions = count(len(report.bumps), "version")
    tasks = "" if len(served) == len(report.bumps) else f" of {count(len(served), 'task')}"
    wrote = f"; wrote {enumerate_names(report.written)}" if report.written else ""
    yield f"{'Bumped' if done else 'Would bump'} {versions}{tasks}{wrote}."


def _signatures(report: Report, shown_groups: list[ChangeGroup]) -> Iterator[str]:
    present = [task for task in report.tasks if task.followed and task.status != "removed"]
    cached = sum(task.cached for task in present) if report.is_part else report.summary.cached
    tasks = [task for group in shown_groups if group.causes for task in group.tasks if task.cached]
    outputs = sum(task.outputs_changed is not False for task in tasks)
    same = [task for task in tasks if task.outputs_changed is False]
    inputs = sum(any(map(is_of_inputs, task.changes)) for task in same)
    counts = {"outputs": outputs, "only inputs": inputs, "nothing stored": len(same) - inputs}
    told = [(number, what) for what, number in counts.items() if number]
    if told:
        (first, what), *rest = told
        others = "".join(f", {number} {what}" for number, what in rest)
        yield f"{first} of {count(cached, 'cached task')} changed {what}{others}."
    elif report.is_part:
        if cached:
            yield f"{cached} of {count(report.summary.cached, 'cached task')} shown."
    elif not report.bumps and not cached + unseen(report):
        yield f"{count(report.summary.tasks, 'task')}, none of them cached."
    elif not report.bumps:
        yield from _unchanged(report)
    if report.summary.unrecognized:
        yield f"{report.summary.unrecognized} not judged."


def _outside(report: Report) -> Iterator[str]:
    number = report.summary.outside
    if number:
        yield f"Not followed, compared by name: {count(number, 'use')} of classes from elsewhere."


def _unchanged(report: Report) -> Iterator[str]:
    """The sentence says "all" only if that is known of every task."""
    cached = report.summary.cached
    hidden = unseen(report)
    new = sum(task.cached and task.status == "added" for task in report.tasks)
    told = [finding for finding in report.findings if finding.rule == _UNRESOLVED]
    due = {finding.task for finding in report.findings if _is_due(finding)}
    due -= {finding.task for finding in told}
    kept = cached - new - report.summary.doubtful - len(due)
    total = cached + hidden
    if kept == total:
        only = "The one cached task keeps its signature."
        yield only if cached == 1 else f"All {cached} cached tasks keep their signatures."
        return
    if new == cached and new:
        whole = "The one cached task is new" if new == 1 else f"All {new} cached tasks are new"
        yield f"{whole}{_doubts(report, told)}."
        return
    verb = "keeps its signature" if 1 in {kept, total} else "keep their signatures"
    yield f"{kept} of {count(total, 'cached task')} {verb}{_doubts(report, told)}."
    if new:
        yield f"{new} {'is' if new == 1 else 'are'} new."


def _is_due(finding: Finding) -> bool:
    """Whether it says that a task's version names another signature."""
    return finding.rule in OF_VERSIONS and finding.level is not Level.INFO


def _doubts(report: Report, unresolved: list[Finding]) -> str:
    """How much could not be followed, and the places of which there are findings."""
    places = [
        *dict.fromkeys(f"{finding.path}:{finding.line}" for finding in unresolved),
        *(f"{place.path}:{place.line}" for finding in report.findings for place in finding.places),
    ]
    number = report.summary.doubtful + unseen(report)
    if not number:
        return ""
    return f"; {number} could not be followed{f': {enumerate_names(places)}' if places else ''}"


def _finding_counts(report: Report, *, full: bool) -> Iterator[str]:
    findings = report.findings
    told = tuple(finding for finding in findings if full or not is_counted(finding))
    nouns = ((Level.ERROR, "error"), (Level.WARNING, "warning"), (Level.INFO, "note"))
    numbers = [(count_open(told, level), noun) for level, noun in nouns]
    counts = [count(number, noun) for number, noun in numbers if number]
    if counts and report.written:
        verb = "is" if sum(number for number, _ in numbers) == 1 else "are"
        yield f"{enumerate_names(counts)} {verb} left."
    elif report.against is not None:
        yield f"New since {inert(report.against)}: {enumerate_names(counts)}."
    elif counts:
        yield f"Found {enumerate_names(counts)}."
    asides = "" if full else counted(filter(is_open, findings))
    if asides:
        yield f"Counted only: {asides} (-v shows all)."
    standing = count_standing(report)
    if standing:
        where = "" if full else f"; {shown_by_check(standing)}"
        yield f"{count(standing, 'finding')} stood before{where}."


def _next_step(report: Report) -> Iterator[str]:
    left = [item for item in report.findings if is_open(item) and item.level is not Level.INFO]
    rules = dict.fromkeys(item.rule for item in sorted(left, key=lambda item: item.level.rank))
    due = not all(is_done(bump, report) for bump in report.bumps)
    if due or not FIXABLE.isdisjoint(rules):
        yield "Run `sigclock update`, then commit the source together with the lock."
    elif report.written and report.current != "index":
        yield "Review with `git diff`, then commit the source together with the lock."
    commands = [f"`sigclock explain {inert(rule)}`" for rule in rules if rule not in FIXABLE]
    if commands:
        verb = "shows" if len(commands) == 1 else "show"
        yield f"{enumerate_names(commands[:_NAMED])} {verb} what it means and how to fix it."
