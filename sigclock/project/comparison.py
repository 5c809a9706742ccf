"""A tree held against its base where the tree's own lock and configuration do not tell a change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from sigclock.git.repository import Repository
from sigclock.interface.snapshot import Extraction, Snapshot, Task
from sigclock.lock import ledger
from sigclock.lock.lock import Account
from sigclock.project import baseline
from sigclock.project.analysis import Analysis
from sigclock.project.projects import Project
from sigclock.source import Location, SourceTree
from sigclock.tasks.former_names import with_former_names
from sigclock.verdict import report
from sigclock.verdict.finding import Finding, Outcome, TaskReport
from sigclock.verdict.prediction import is_respelled
from sigclock.verdict.rules import lock_shrunk, stale_cache, version_not_literal


class BaseProject(msgspec.Struct, frozen=True):
    """A project of the base, with the tasks that its source declares there."""

    project: Project
    snapshot: Snapshot

    @classmethod
    def of(cls, analysis: Analysis) -> BaseProject:
        return cls(analysis.project, analysis.extraction.snapshot)


def compared(
    repository: Repository,
    tree: SourceTree,
    base: Sequence[BaseProject],
    analyses: Sequence[Analysis],
) -> dict[str, list[Finding]]:
    """The tasks that serve old outputs since the base, and of which the tree alone tells nothing.

    By the directories of the base's projects; all of these findings are new.
    """
    now = {analysis.project.directory: analysis for analysis in analyses}
    known = {name for analysis in analyses for name in analysis.extraction.snapshot.tasks}
    accounts = ledger.join([analysis.lock.ledger for analysis in analyses])
    found: dict[str, list[Finding]] = {}
    for before in base:
        project = before.project
        current = now.get(project.directory)
        told = found[project.directory] = []
        if current is not None:
            told += _never_locked(before.snapshot, current, tree)
        if before.snapshot.tasks and not (current and _reads_alike(project, current.project)):
            extraction = project.extraction(repository, tree, keep=False)
            told += _hidden(before.snapshot, extraction, known, accounts)
    return found


def _never_locked(base: Snapshot, analysis: Analysis, tree: SourceTree) -> list[Finding]:
    """The tasks that serve old outputs by the two trees alone, where the lock knows of none.

    So it is where the base's source was never locked: what stands there was issued all the same.
    """
    found: list[Finding] = []
    extraction = with_former_names(analysis.extraction, base, tree, analysis.project.options())
    for name, task in report.of_trees(base, extraction).items():
        decision = analysis.plan.decisions.get(name)
        if decision is None or decision.due or decision.next_version is not None:
            continue
        before = base.tasks.get(task.previous_name or name)
        if before is None or _is_accepted(before, decision.task, decision.account):
            continue
        site = analysis.extraction.sites[name]
        found += _told(task, before, decision.task, site.location)
    return found


def _hidden(
    base: Snapshot, extraction: Extraction, known: set[str], accounts: Mapping[str, Account]
) -> Iterator[Finding]:
    """The same of the tasks that only the base's configuration shows.

    A file that is excluded in the same change, or a decorator that is no longer named, hides
    nothing: the tree is read as the base would read it as well.
    """
    for name, task in report.of_trees(base, extraction).items():
        before = base.tasks.get(task.previous_name or name)
        after = extraction.snapshot.tasks.get(name)
        if name in known or before is None or after is None:
            continue
        stale = task.outputs_changed and task.prediction.local in {Outcome.STALE, Outcome.UNKNOWN}
        if stale and not _is_accepted(before, after, accounts.get(name, ledger.EMPTY)):
            yield version_not_literal.hidden(task, extraction.sites[name].location)


def _told(task: TaskReport, before: Task, after: Task, location: Location) -> Iterator[Finding]:
    if not task.outputs_changed:
        return
    if task.prediction.local is Outcome.STALE:
        yield stale_cache.never_locked(task, location)
    elif after.cached and before.cached and is_respelled(before, after):
        yield version_not_literal.respelled(task, location)


def _is_accepted(before: Task, after: Task, account: Account) -> bool:
    return before.signature in ledger.equivalents(account, after.signature)


def _reads_alike(one: Project, other: Project) -> bool:
    """Whether both find the same tasks in every tree."""
    return _reading(one) == _reading(other)


def _reading(project: Project) -> tuple[tuple[str, ...], ...]:
    config = project.config
    decorators = (config.task_decorators, config.not_tasks)
    return (project.nested, config.source_roots, config.include, config.exclude, *decorators)


def shrunk(repository: Repository, base: str, analyses: Sequence[Analysis]) -> list[Finding]:
    """The locks that lost what they had in a commit of their history, given by its full id."""
    now = ledger.join(analysis.lock.ledger for analysis in analyses)
    found = []
    for path in (analysis.project.lock_path for analysis in analyses):
        then = baseline.committed(repository, path, [base], {})
        names = [
            name for name, account in ledger.join([now, then]).items() if account != now.get(name)
        ]
        if names:
            found.append(lock_shrunk.shrunk(path, names))
    return found
