"""Judges the tree of one commit to be: what it makes due, and what stood before it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import msgspec

from sigclock import locks, project
from sigclock.errors import SigclockError
from sigclock.locks import Standing
from sigclock.model.finding import Finding
from sigclock.model.snapshot import Extraction
from sigclock.model.source import SourceTree
from sigclock.plan import Decision
from sigclock.project import Analysis, Overrides, Project
from sigclock.repository import Repository

_Due = Mapping[tuple[str, str], Decision]


class Judged(msgspec.Struct, frozen=True):
    """The projects of a tree; `stood` are the fingerprints of findings that its parent had."""

    tree: SourceTree
    analyses: list[Analysis]
    stood: frozenset[str]

    @property
    def lock_paths(self) -> frozenset[str]:
        return frozenset(one.project.lock_path for one in self.analyses)

    def findings(self, *, check: bool = False) -> list[Finding]:
        """All findings, dated; with `check` nothing counts as mended and locks are judged too."""
        found = [finding for one in self.analyses for finding in one.findings]
        found = project.findings_of(self.analyses) if check else found
        return [
            msgspec.structs.replace(one, new=one.fingerprint not in self.stood) for one in found
        ]


class _Read(msgspec.Struct, frozen=True):
    """A project before it is judged, so that it can be judged twice."""

    project: Project
    standing: Standing
    extraction: Extraction


def judge(
    repository: Repository, tree: SourceTree, overrides: Overrides, parent: str | None
) -> Judged:
    """Judge a tree; what was due in its parent under the same version already is not bumped."""
    read = [
        _Read(one, locks.find(repository, tree, one.lock_path), one.extraction(repository, tree))
        for one in project.projects(tree, overrides)
    ]
    analyses = [project.judge(one.project, one.standing, one.extraction) for one in read]
    for one in analyses:
        project.remember(repository, one)
    if parent is None or not any(one.findings for one in analyses):
        return Judged(tree, analyses, frozenset())
    before = _parent(repository, parent, overrides)
    due = {
        (one.project.directory, name): decision
        for one in before
        for name, decision in one.plan.decisions.items()
        if decision.due
    }
    analyses = [_rejudged(*pair, due) for pair in zip(read, analyses, strict=True)]
    stood = frozenset(finding.fingerprint for finding in project.findings_of(before))
    return Judged(tree, analyses, stood)


def _parent(repository: Repository, commit: str, overrides: Overrides) -> list[Analysis]:
    """The projects of the parent as they were to be seen then; none if it cannot be judged."""
    tree = repository.revision(commit)
    # What a merge brings in was not visible to the parent.
    branch = None if repository.arriving() else repository.default_branch()
    tips = [commit, *([branch] if branch else [])]
    with suppress(SigclockError):
        return [
            project.judge(
                one,
                locks.past(repository, tree, one.lock_path, tips),
                one.extraction(repository, tree, keep=False),
            )
            for one in project.projects(tree, overrides)
        ]
    return []


def _rejudged(read: _Read, analysis: Analysis, due: _Due) -> Analysis:
    directory = read.project.directory
    postponed = [
        name
        for name, decision in analysis.plan.decisions.items()
        if decision.due and _is_same(decision, due.get((directory, name)))
    ]
    if not postponed:
        return analysis
    return project.judge(read.project, read.standing, read.extraction, postponed=postponed)


def _is_same(now: Decision, before: Decision | None) -> bool:
    return (
        before is not None
        and before.tracked == now.tracked
        and before.task.cache.version == now.task.cache.version
    )
