"""What the sources of commits issued, whether or not a lock says so.

A lock lags where somebody commits without the hook: what the source said then was run all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sigclock.errors import ConfigError
from sigclock.git import staging
from sigclock.git.repository import Repository
from sigclock.git.trees import Overlay
from sigclock.interface.snapshot import CacheKind, Extraction
from sigclock.lock import ledger, retention
from sigclock.lock.lock import Account
from sigclock.project import projects
from sigclock.project.projects import Overrides, Project
from sigclock.source import LOCK_NAME, SourceTree
from sigclock.verdict.decision import tracked_signature

_MATTERS = (".py", ".pyi", LOCK_NAME, "pyproject.toml")


def beside(repository: Repository, tree: SourceTree, overrides: Overrides) -> dict[str, Account]:
    """What the source of HEAD issued, where the tree differs from it, and that of what arrives."""
    head = repository.head()
    if head is None or tree.label not in ("worktree", "index"):
        return {}
    commits = repository.arriving()
    # What lies over the work tree is what an editor has not saved yet.
    edited = isinstance(tree, Overlay)
    if edited or any(path.endswith(_MATTERS) for path in _differing(repository, tree, head)):
        commits = [head, *commits]
    return of_commits(repository, commits, tree, overrides)


def of_commits(
    repository: Repository, commits: Iterable[str], tree: SourceTree, overrides: Overrides
) -> dict[str, Account]:
    """What the sources of commits issued.

    Where the configuration of one is broken, its files are read by that of `tree`.
    """
    return ledger.join(
        of_extraction(project, extraction)
        for commit in commits
        for project, extraction in _read(repository, commit, tree, overrides)
    )


def _differing(repository: Repository, tree: SourceTree, head: str) -> Sequence[str]:
    if tree.label == "index":
        return staging.staged_paths(repository)
    return repository.differs_from(head)


def _read(
    repository: Repository, commit: str, tree: SourceTree, overrides: Overrides
) -> Iterator[tuple[Project, Extraction]]:
    there = repository.revision(commit)
    try:
        found = projects.projects(there, overrides)
    except ConfigError:
        found = projects.projects(tree, overrides)
    for project in found:
        yield project, project.extraction(repository, there, keep=False)


def of_extraction(project: Project, extraction: Extraction) -> Mapping[str, Account]:
    """The version of each cached task with its signature, as far as both are known."""
    snapshot, inputs = extraction.snapshot, "inputs" in project.config.track
    found: dict[str, Account] = {}
    for name, task in snapshot.tasks.items():
        version = task.cache.version
        unsettled = task.path in extraction.unsettled and task.cache.kind is not CacheKind.PINNED
        if not task.cached or version is None or unsettled:
            continue
        definitions = snapshot.definitions_of(task)
        if not (extraction.unparsed and retention.is_unread(task, definitions)):
            signature = tracked_signature(task, definitions, inputs=inputs)
            found[name] = Account({version: frozenset({signature})})
    return found
