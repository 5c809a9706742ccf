"""What a person accepts: recorded in the lock, listed, and taken back until it is committed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from sigclock.errors import GitError, UsageError
from sigclock.git import atomic_write
from sigclock.git.atomic_write import FileChange
from sigclock.git.repository import Repository
from sigclock.git.trees import Overlay
from sigclock.interface.snapshot import Snapshot
from sigclock.lock import reader
from sigclock.project import baseline as baselines
from sigclock.project import projects
from sigclock.project.analysis import Analysis, Scope, analyse, judge
from sigclock.project.migration import migrated
from sigclock.project.projects import Overrides
from sigclock.source import Edit, SourceTree
from sigclock.verdict import acceptance, rewrite
from sigclock.verdict.acceptance import Proposal, Tree
from sigclock.verdict.wording import count, describe, enumerate_names, inert


def listed(directory: str, overrides: Overrides) -> str:
    """A block for each reason: the tasks whose version is valid only by it."""
    repository = Repository.open(directory)
    tree = repository.current_tree()
    accepted = [
        (reason, names)
        for project in projects.projects(tree, overrides)
        for reason, names in acceptance.served(analyse(repository, tree, project).plan).items()
    ]
    if not accepted:
        return "nothing that was accepted is in force\n"
    return "".join(
        f"{inert(reason)}\n" + "".join(f"    {inert(name)}\n" for name in names)
        for reason, names in accepted
    )


def undone(directory: str, overrides: Overrides, tasks: Sequence[str]) -> str:
    """Take the acceptances of these tasks out of the lock, as far as no commit has them."""
    if not tasks:
        raise UsageError("nothing is named", advice="name tasks; `sigclock accept --list` has them")
    repository, tree = _writable(directory)
    analyses = [
        analyse(repository, tree, project, Scope(bump=False))
        for project in projects.projects(tree, overrides)
    ]
    known = [name for analysis in analyses for name in analysis.plan.decisions]
    names = {projects.find(task, "task", known) for task in tasks}
    changes = []
    taken: list[str] = []
    for analysis in analyses:
        path = analysis.project.lock_path
        committed = baselines.committed(repository, path, repository.tips(), {})
        own = sorted(names & analysis.lock.ledger.keys())
        lock, words = acceptance.without(analysis.lock, own, committed)
        if words:
            changes.append(FileChange(path, analysis.lock_data, reader.dumps(lock)))
            taken += words
    if not changes:
        raise UsageError(
            f"{enumerate_names(sorted(names))}: nothing was accepted since the last commit",
            advice="what a commit has accepted ends with a new version: change it in the source",
        )
    atomic_write.replace(repository.root or Path(), changes, repository.own_folder)
    wrote = enumerate_names([change.path for change in changes])
    return f"no longer accepted: {enumerate_names(taken)}\nwrote {wrote}; run `sigclock update`\n"


def _writable(directory: str) -> tuple[Repository, SourceTree]:
    repository = Repository.open(directory)
    if repository.root is None:
        raise GitError(
            "this repository is bare: there is no work tree to accept a change in",
            advice="run `sigclock accept` in a clone with a work tree",
        )
    return repository, repository.worktree()


def accept(
    directory: str,
    overrides: Overrides,
    tasks: Sequence[str],
    definitions: Sequence[str],
    reason: str,
) -> str:
    """Record it in the lock and undo uncommitted bumps; the text says what was done."""
    repository, tree = _writable(directory)
    changes, told = accepted(repository, tree, overrides, (tasks, definitions), reason)
    atomic_write.replace(repository.root or Path(), changes, repository.own_folder)
    return told


def accepted(
    repository: Repository,
    tree: SourceTree,
    overrides: Overrides,
    named: tuple[Sequence[str], Sequence[str]],
    reason: str,
) -> tuple[list[FileChange], str]:
    """What records it for the tasks and classes that are named; nothing is written."""
    tasks, definitions = named
    words = " ".join(reason.split())
    if not words:
        raise UsageError("no reason is given", advice="say why with --reason, for the reviewer")
    if not tasks and not definitions:
        raise UsageError("nothing is named", advice="name tasks, or a class with --definition")
    analyses = [
        analyse(repository, tree, project, Scope(bump=False))
        for project in projects.projects(tree, overrides)
    ]
    chosen, left = _chosen(repository, analyses, tasks, definitions)
    changes = [
        change
        for analysis, proposals in zip(analyses, chosen, strict=True)
        if proposals
        for change in _changes(repository, tree, analysis, proposals, words)
    ]
    changes.sort(key=lambda change: change.path.endswith(".lock"))
    return changes, "".join(f"{line}\n" for line in _lines(chosen, left, changes, words))


def _chosen(
    repository: Repository,
    analyses: Sequence[Analysis],
    tasks: Sequence[str],
    definitions: Sequence[str],
) -> tuple[list[list[Proposal]], list[str]]:
    """The proposals of each project, and the tasks that `definitions` do not cover."""
    head = repository.head()
    known = [name for analysis in analyses for name in analysis.plan.decisions]
    names = {projects.find(task, "task", known) for task in tasks}
    trees = [_tree(repository, head, analysis) for analysis in analyses]
    chosen = [
        [acceptance.propose(name, tree) for name in sorted(names & tree.plan.decisions.keys())]
        for tree in trees
    ]
    if not definitions:
        return chosen, []
    possible = [list(_possible(tree)) for tree in trees]
    left: list[str] = []
    changed = [c.definition for group in possible for proposal in group for c in proposal.changes]
    classes = [name for name in changed if name]
    keys = {projects.find(definition, "changed class", classes) for definition in definitions}
    for own, group in zip(chosen, possible, strict=True):
        alone, mixed = acceptance.by_definitions(keys, group)
        own += [proposal for proposal in alone if proposal not in own]
        left += mixed
    if not any(chosen):
        raise UsageError(
            f"{enumerate_names(left)} changed elsewhere too",
            advice="name the tasks themselves, if all of their changes mean the same",
        )
    return chosen, left


def _tree(repository: Repository, head: str | None, analysis: Analysis) -> Tree:
    settings = analysis.project
    committed = Snapshot()
    if head:
        before = repository.revision(head)
        committed = settings.extraction(repository, before, keep=False).snapshot
    inputs = "inputs" in settings.config.track
    return Tree(analysis.extraction, analysis.plan, analysis.lock, committed, inputs)


def _possible(tree: Tree) -> Iterator[Proposal]:
    """Every proposal that could be accepted in the project."""
    return filter(None, (_proposal(name, tree) for name in tree.plan.decisions))


def _proposal(name: str, tree: Tree) -> Proposal | None:
    try:
        return acceptance.propose(name, tree)
    except UsageError:
        return None


def _changes(
    repository: Repository,
    tree: SourceTree,
    analysis: Analysis,
    proposals: Sequence[Proposal],
    reason: str,
) -> Iterator[FileChange]:
    """The sources with their old versions, then the lock; nothing if a task would stay due."""
    edits: dict[str, set[Edit]] = {}
    for proposal in proposals:
        if proposal.edit is not None:
            edits.setdefault(proposal.edit.path, set()).add(proposal.edit)
    sources = [
        FileChange(path, before, rewrite.rewrite(before, sorted(file_edits)))
        for path, file_edits in sorted(edits.items())
        for before in [tree.read(path)]
    ]
    edited = Overlay(tree, {change.path: change.after for change in sources})
    baseline = baselines.find(repository, edited, analysis.project.lock_path)
    baseline = migrated(repository, analysis.project, edited, baseline)
    lock = acceptance.with_word(baseline.lock, proposals, reason)
    after = judge(
        analysis.project,
        msgspec.structs.replace(baseline, lock=lock),
        analysis.project.extraction(repository, edited, keep=False),
        edited,
        Scope(bump=False),
    )
    acceptance.verify(proposals, analysis.plan, after.plan)
    yield from sources
    if after.outdated:
        yield FileChange(after.project.lock_path, after.lock_data, after.next_data)


def _lines(
    chosen: Sequence[Sequence[Proposal]],
    left: Sequence[str],
    changes: Sequence[FileChange],
    reason: str,
) -> Iterator[str]:
    proposals = [proposal for group in chosen for proposal in group]
    names = enumerate_names([proposal.task for proposal in proposals])
    yield f"accepted for {names}: {inert(reason)}"
    descriptions = dict.fromkeys(
        describe(change) for proposal in proposals for change in proposal.changes
    )
    yield from (f"    {line}" for line in descriptions)
    for proposal in proposals:
        if proposal.undone is not None:
            undone, version = inert(proposal.undone), inert(proposal.version)
            yield f'{proposal.task}: "{undone}" is "{version}" again'
    if left:
        yield f"{count(len(left), 'task')} changed elsewhere too, left: {enumerate_names(left)}"
    paths = [change.path for change in changes]
    then = "commit it with the source" if len(paths) == 1 else "commit them together"
    yield f"wrote {enumerate_names(paths)}; {then}"
