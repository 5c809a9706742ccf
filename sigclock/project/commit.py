"""Judges the tree of one commit to be: what it makes due, and what stood before it."""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from contextlib import suppress

import msgspec

from sigclock.errors import GitError, SigclockError
from sigclock.git import staging
from sigclock.git.atomic_write import FileChange
from sigclock.git.repository import Repository
from sigclock.git.staging import Differences
from sigclock.incremental import cabinet
from sigclock.incremental.summaries import TreeReading
from sigclock.project import analysis, baseline, projects
from sigclock.project.analysis import Analysis
from sigclock.project.baseline import Baseline
from sigclock.project.focus import Focus, Focused, Whole
from sigclock.project.projects import Overrides, Project
from sigclock.source import SourceTree
from sigclock.verdict.finding import Finding
from sigclock.verdict.plan import Decision
from sigclock.verdict.standing import NOTHING, Standing

_Due = Mapping[tuple[str, str], Decision]


class Read(msgspec.Struct, frozen=True):
    """A project before it is judged, so that it can be judged twice."""

    project: Project
    standing: Baseline
    reading: TreeReading


class Before(msgspec.Struct, frozen=True):
    """What was due in a parent, by project and task, and its findings."""

    due: _Due = {}
    stood: Standing = NOTHING


class Judged(msgspec.Struct, frozen=True):
    """The projects of a tree; `stood` are the findings that its parent had.

    `whole` has the projects as they were read, `focused` what was judged in place of them, `over`
    what is known from earlier commits.
    """

    tree: SourceTree
    analyses: list[Analysis]
    stood: Standing
    whole: list[Read] = []
    over: Focus | None = None
    focused: Focused | None = None

    @property
    def lock_paths(self) -> frozenset[str]:
        return frozenset(one.project.lock_path for one in self.analyses)

    def findings(self, *, check: bool = False) -> list[Finding]:
        """All findings, dated; with `check` nothing counts as mended and locks are judged too."""
        if check:
            return analysis.findings_of(self.analyses, self.stood)
        return [finding for each in self.analyses for finding in analysis.dated(each, self.stood)]


class Commit(msgspec.Struct, frozen=True):
    """A commit to be: its parent, and what is staged against that; None if that is unusual."""

    parent: str
    staged: Differences | None


def commit(repository: Repository) -> Commit | None:
    """The commit that is being made; None where there is none before it."""
    head = repository.head()
    if head is None:
        return None
    with suppress(GitError):
        return Commit(head, staging.differences(repository, head))
    return Commit(head, None)


def judge_commit(
    repository: Repository, overrides: Overrides, made: Commit | None, *, brief: bool
) -> Judged:
    """Judge what is staged; if `brief`, only tasks that a change can concern are told.

    `made` is None where there is no commit yet.
    """
    if made is None or made.staged is None:
        parent = None if made is None else made.parent
        return judge(repository, repository.index(), overrides, parent)
    over = Focus(repository, overrides, made.parent, made.staged)
    if brief and (found := over.judge()):
        return Judged(found.tree, found.analyses, found.stood, over=over, focused=found)
    judged = judge(repository, repository.index(), overrides, made.parent)
    return msgspec.structs.replace(judged, over=over)


def judge_shown(repository: Repository, overrides: Overrides, made: Commit | None) -> Judged | None:
    """The same over the last settled tree, where the work tree shows what is staged; else None."""
    if made is None or made.staged is None:
        return None
    over = Focus(repository, overrides, made.parent, made.staged)
    found = over.judge()
    if found is None or not repository.shows_index():
        return None
    return Judged(found.tree, found.analyses, found.stood, over=over, focused=found)


def shown(
    repository: Repository, overrides: Overrides, made: Commit | None, judged: Judged
) -> Judged:
    """What was judged of the work tree, to be remembered if that shows what is staged."""
    if made is None or made.staged is None or not repository.shows_index():
        return judged
    index = repository.index()
    for read in judged.whole:
        blobs = read.reading.state.blobs if read.reading.state else {}
        if any(index.oid(path) != blob for path, blob in blobs.items()):
            return judged
    over = Focus(repository, overrides, made.parent, made.staged)
    return msgspec.structs.replace(judged, over=over)


def remember(judged: Judged, changes: Sequence[FileChange], *, staged: bool = True) -> None:
    """Keep what was found, so that the next commit asks for its own changes only.

    The changes that were made are `staged`, or will be.
    """
    if judged.over is None:
        return
    if judged.focused is not None:
        judged.over.keep(judged.focused, changes, staged=staged)
    else:
        pairs = zip(judged.analyses, judged.whole, strict=True)
        whole = [Whole(found, read.reading.state, read.standing.visible) for found, read in pairs]
        judged.over.lay(whole, changes, staged=staged)


def judge(
    repository: Repository, tree: SourceTree, overrides: Overrides, parent: str | None
) -> Judged:
    """Judge a tree; what was due in its parent under the same version already is not bumped."""
    judged = _judged(repository, tree, overrides)
    if parent is None or not any(one.findings for one in judged.analyses):
        return judged
    remembered = all(read.reading.state for read in judged.whole)
    if remembered:
        # Two trees at once would take the room of two; what is remembered is soon read again.
        del judged
        gc.collect()
    before = _parent(repository, parent, overrides)
    if remembered:
        judged = _judged(repository, tree, overrides)
    pairs = zip(judged.whole, judged.analyses, strict=True)
    analyses = [_rejudged(*pair, tree, before.due) for pair in pairs]
    return Judged(tree, analyses, before.stood, judged.whole)


def _judged(repository: Repository, tree: SourceTree, overrides: Overrides) -> Judged:
    """The tree by itself."""
    read = [_read(repository, tree, project) for project in projects.projects(tree, overrides)]
    analyses = [
        analysis.judge(one.project, one.standing, one.reading.extraction, tree) for one in read
    ]
    for one in analyses:
        analysis.remember(repository, one)
    return Judged(tree, analyses, NOTHING, read)


def _read(repository: Repository, tree: SourceTree, project: Project) -> Read:
    """Sources first: their bytes are let go of before a large lock takes its room."""
    reading = project.reading(repository, tree)
    cabinet.let_go()
    beside = reading.extraction.snapshot
    return Read(project, baseline.find(repository, tree, project.lock_path, beside=beside), reading)


def _parent(repository: Repository, commit: str, overrides: Overrides) -> Before:
    """What stood in the parent, as it was to be seen then; nothing if it cannot be judged."""
    tree = repository.revision(commit)
    # What a merge brings in was not visible to the parent.
    branch = None if repository.arriving() else repository.default_branch()
    tips = [commit, *([branch] if branch else [])]
    with suppress(SigclockError):
        found = projects.projects(tree, overrides)
        analyses = [_past(repository, tree, tips, project) for project in found]
        due = {
            (one.project.directory, name): decision
            for one in analyses
            for name, decision in one.plan.decisions.items()
            if decision.due
        }
        return Before(due, analysis.standing_of(analyses))
    return Before()


def _past(
    repository: Repository, tree: SourceTree, tips: Sequence[str], project: Project
) -> Analysis:
    extraction = project.extraction(repository, tree, keep=False)
    return analysis.judge(
        project,
        baseline.past(repository, tree, project.lock_path, tips, extraction.snapshot),
        extraction,
        tree,
    )


def _rejudged(read: Read, first: Analysis, tree: SourceTree, due: _Due) -> Analysis:
    directory = read.project.directory
    postponed = [
        name
        for name, decision in first.plan.decisions.items()
        if decision.due and _is_same(decision, due.get((directory, name)))
    ]
    if not postponed:
        return first
    extraction = read.reading.extraction
    return analysis.judge(read.project, read.standing, extraction, tree, postponed=postponed)


def _is_same(now: Decision, before: Decision | None) -> bool:
    return (
        before is not None
        and before.tracked == now.tracked
        and before.task.cache.version == now.task.cache.version
    )
