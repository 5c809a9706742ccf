"""Two trees of text, one after the other, judged as a gate does: the earlier one is the base."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sigclock.lock import reader
from sigclock.lock.lock import Lock
from sigclock.project import analysis, projects
from sigclock.project.baseline import Baseline
from sigclock.project.projects import Overrides
from sigclock.tasks.extract import extract
from sigclock.verdict.report import assemble
from support.locks import DictTree, Sources

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sigclock.project.analysis import Analysis
    from sigclock.verdict.finding import Finding, Report


def judged(files: Sources, before: Lock | None = None) -> Analysis:
    """A tree whose lock is what `update --no-bump` makes of the lock `before`."""
    lock = unlocked(files, before or Lock()).plan.lock
    return unlocked(files, lock)


def news(base: Sources, head: Sources) -> list[Finding]:
    """What a gate finds in `head` that `base` does not have."""
    before = judged(base)
    after = judged(head, before.plan.lock)
    standing = analysis.standing_of([before])
    return [finding for finding in analysis.findings_of([after], standing) if finding.new]


def unlocked(files: Sources, lock: Lock) -> Analysis:
    """A tree with this lock."""
    tree = DictTree(files)
    project = projects.projects(tree, Overrides())[0]
    known = Baseline(reader.dumps(lock), lock, lock.ledger)
    extraction = extract(tree, project.options())
    return analysis.judge(project, known, extraction, tree, analysis.Scope(bump=False))


def report(found: Iterable[Analysis]) -> Report:
    """What `check` reports of these projects."""
    found = list(found)
    tasks = [task for project in found for task in project.tasks.values()]
    counts = [project.counts for project in found]
    findings = analysis.findings_of(found)
    return assemble(tasks, findings, counts, baseline="lock", current="worktree")
