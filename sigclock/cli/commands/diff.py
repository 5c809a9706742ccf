"""`diff`: the structural difference between two trees, without a lock and without a checkout."""

from __future__ import annotations

from sigclock.errors import GitError
from sigclock.git.repository import Repository
from sigclock.interface.snapshot import Extraction, Snapshot
from sigclock.project import project
from sigclock.project.project import Overrides
from sigclock.source import SourceTree
from sigclock.verdict import call_graph as callgraph
from sigclock.verdict import report as reports
from sigclock.verdict.finding import Report, TaskReport


def run(
    directory: str,
    overrides: Overrides,
    base: str | None = None,
    current: str | None = None,
    *,
    staged: bool = False,
) -> Report:
    """Compare `base` (HEAD) with a revision, the index if `staged`, else the work tree."""
    repository = Repository.open(directory)
    if base is None and repository.head() is None:
        raise GitError(
            "there is no commit yet to compare with",
            advice="commit first; `sigclock update` and `sigclock check` need no commit",
        )
    before = repository.revision(base or "HEAD")
    after = _current(repository, current, staged=staged)
    tasks: list[TaskReport] = []
    counted: list[reports.Counts] = []
    old = _extractions(repository, before, overrides)
    for one in project.projects(after, overrides):
        extraction = one.extraction(repository, after)
        baseline = old.pop(one.directory, Extraction(Snapshot()))
        found = reports.of_trees(baseline.snapshot, extraction)
        tasks += callgraph.with_radius(found, after, one.options(), extraction).values()
        counted.append(reports.counts(extraction))
    for gone in old.values():
        tasks += reports.of_trees(gone.snapshot, Extraction(Snapshot())).values()
    return reports.assemble(tasks, [], counted, baseline=before.label, current=after.label)


def _current(repository: Repository, revision: str | None, *, staged: bool) -> SourceTree:
    if revision is not None:
        return repository.revision(revision)
    return repository.index() if staged else repository.worktree()


def _extractions(
    repository: Repository, tree: SourceTree, overrides: Overrides
) -> dict[str, Extraction]:
    found = project.projects(tree, overrides)
    return {one.directory: one.extraction(repository, tree, keep=False) for one in found}
