"""What a pull request changes from base to head, and what the lock says about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from sigclock.errors import ConfigError, GitError, LockError, UsageError
from sigclock.git import fetching
from sigclock.git.repository import Repository
from sigclock.interface.hash_schemes import short
from sigclock.interface.snapshot import Extraction, Snapshot
from sigclock.lock import ledger
from sigclock.lock.lock import Account
from sigclock.project import projects, source_ledger
from sigclock.project.analysis import (
    Analysis,
    Scope,
    analyse_all,
    compare_past,
    findings_of,
    standing_of,
)
from sigclock.project.comparison import BaseProject, compared, shrunk
from sigclock.project.projects import Overrides, Project
from sigclock.source import SourceTree
from sigclock.tasks.former_names import with_former_names
from sigclock.verdict.finding import Bump, Finding, Level, Report, TaskReport
from sigclock.verdict.report import assemble, of_trees
from sigclock.verdict.standing import NOTHING, Standing

#: How far a shallow clone is deepened in search of the commit that both sides share.
_DEPTHS = ("--deepen=50", "--deepen=500", "--unshallow")
#: As many digits of a commit as Bitbucket tells.
_FEWEST_DIGITS = 12


class Review(msgspec.Struct, frozen=True):
    """One project's part of a change; `directory` is its root, "" that of the repository."""

    directory: str
    report: Report


class Endpoints(msgspec.Struct, frozen=True):
    """Which commits to compare: what the user named, else what the forge says.

    The checkout must be the commit `announced_head` or the forge's own merge of it. `fetch` allows
    fetching what a shallow clone lacks.
    """

    base: str = ""
    head: str = ""
    announced_base: str = ""
    announced_head: str = ""
    fetch: bool = False


# -- which two commits -------------------------------------------------------------------------


def bounds(repository: Repository, endpoints: Endpoints) -> tuple[str, str]:
    """The ids of base and head, such that only the head's own work differs.

    A forge's merge of base and head is compared with its first parent, anything else with the
    commit that both sides share.
    """
    head = _head(repository, endpoints)
    parents = repository.parents(head)
    announced = _in_full(endpoints.announced_head, [head, *parents])
    if not endpoints.head and announced and announced not in {head, *parents}:
        raise GitError(
            f"the checkout is at {head[:12]}, which is not the pull request's head, "
            f"{announced[:12]}, nor a merge of it",
            advice=f"check out {announced}, or name what to judge with --head",
        )
    if not endpoints.base and announced in parents[1:]:
        return fetching.present(repository, parents[0], fetch=endpoints.fetch), head
    base = endpoints.base or endpoints.announced_base or repository.default_branch()
    if not base:
        raise UsageError(
            "there is nothing to compare with", advice="name a branch or a commit with --base"
        )
    return _shared(
        repository, fetching.present(repository, base, fetch=endpoints.fetch), head, endpoints
    ), head


def _in_full(announced: str, known: Sequence[str]) -> str:
    """The id that begins so, where a forge tells only its first digits."""
    if len(announced) < _FEWEST_DIGITS:
        return announced
    return next((commit for commit in known if commit.startswith(announced)), announced)


def _head(repository: Repository, endpoints: Endpoints) -> str:
    """The change: what the job has checked out, or a commit that is only read."""
    if endpoints.head:
        return fetching.present(repository, endpoints.head, "head", fetch=endpoints.fetch)
    return repository.commit_id("HEAD")


def _shared(repository: Repository, base: str, head: str, endpoints: Endpoints) -> str:
    """The merge base; the base itself if the histories have no commit in common."""
    depths = _DEPTHS if endpoints.fetch else ()
    shared = repository.merge_base(base, head)
    for depth in depths:
        if shared or not repository.shallow:
            break
        fetching.get(repository, [base, head], depth)
        shared = repository.merge_base(base, head)
    if shared is None and repository.shallow:
        raise GitError(
            f"this clone is too shallow to tell where {head[:12]} left {base[:12]}",
            advice="run git fetch --unshallow, or give --fetch",
        )
    return shared or base


# -- what differs between them -----------------------------------------------------------------


def review(repository: Repository, base: str, head: str, overrides: Overrides) -> list[Review]:
    """A review for each project of base or head, sorted by directory."""
    before, after = repository.revision(base), repository.revision(head)
    after_projects = projects.projects(after, overrides)
    old, stated, standing, notes = _base(repository, before, overrides, after_projects)
    # What the base issued counts, also where no ref of this clone leads to it, or no lock has it.
    analyses = analyse_all(repository, after, after_projects, Scope((base,), stated))
    lost = shrunk(repository, base, analyses)
    found = compared(repository, after, old, analyses)
    earlier = {before.project.directory: before.snapshot for before in old}
    reviews = []
    for analysis in analyses:
        directory = analysis.project.directory
        own = [finding for finding in lost if finding.path == analysis.project.lock_path]
        findings = [*findings_of([analysis], standing), *found.pop(directory, []), *own]
        baseline = earlier.pop(directory, Snapshot())
        left_out = analysis.project.left_out(baseline.tasks, after)
        options = analysis.project.options()
        extraction = with_former_names(analysis.extraction, baseline, after, options)
        tasks = of_trees(baseline, extraction, left_out)
        reviews.append(Review(directory, _report(analysis, tasks, findings, (base, head))))
    for directory, removed in earlier.items():
        gone = of_trees(removed, Extraction(Snapshot())).values()
        report = assemble(gone, found[directory], [], baseline=base, current=head)
        reviews.append(Review(directory, report))
    reviews = [
        msgspec.structs.replace(review, report=_noted(review.report, notes)) for review in reviews
    ]
    return sorted(reviews, key=lambda review: review.directory)


def join(reviews: Sequence[Review]) -> Report:
    """All reviews in one report, for the reporters."""
    reports = [review.report for review in reviews]
    sums = [msgspec.structs.astuple(report.summary) for report in reports]
    first = reports[0]
    return msgspec.structs.replace(
        first,
        tasks=tuple(task for report in reports for task in report.tasks),
        findings=tuple(finding for report in reports for finding in report.findings),
        summary=type(first.summary)(*map(sum, zip(*sums, strict=True))),
        bumps=tuple(bump for report in reports for bump in report.bumps),
        notes=tuple(dict.fromkeys(note for report in reports for note in report.notes)),
    )


def fail_level(repository: Repository, head: str, overrides: Overrides) -> Level:
    """From which level on a finding fails, by the head's configuration."""
    return projects.fail_level(projects.projects(repository.revision(head), overrides))


def _noted(report: Report, notes: Sequence[str]) -> Report:
    return msgspec.structs.replace(report, notes=(*report.notes, *notes))


def _base(
    repository: Repository,
    tree: SourceTree,
    overrides: Overrides,
    after_projects: Sequence[Project],
) -> tuple[list[BaseProject], dict[str, Account], Standing, list[str]]:
    """What each project of the base declares, what that issued, and the base's findings.

    No findings, and a note, if it cannot be judged. If its configuration is broken, the projects
    of the head are read in it.
    """
    broken: ConfigError | LockError | None = None
    try:
        base_projects = projects.projects(tree, overrides)
    except ConfigError as error:
        base_projects, broken = list(after_projects), error
    read = [
        (project, project.extraction(repository, tree, keep=False)) for project in base_projects
    ]
    declared = [BaseProject(project, extraction.snapshot) for project, extraction in read]
    stated = ledger.join(source_ledger.of_extraction(*pair) for pair in read)
    if broken is None:
        try:
            # As it was then: what the head's commits issued since is no fault of the base.
            analyses = [compare_past(repository, tree, *pair, [tree.label]) for pair in read]
        except LockError as error:
            broken = error
        else:
            return declared, stated, standing_of(analyses), []
    where = f"{broken.location}: " if broken.location else ""
    note = f"the base cannot be judged, so all findings count as new: {where}{broken.message}"
    return declared, stated, NOTHING, [note]


def _report(
    analysis: Analysis,
    compared: Mapping[str, TaskReport],
    findings: Sequence[Finding],
    commits: tuple[str, str],
) -> Report:
    tasks = [_due(task, analysis) for task in compared.values()]
    base, head = commits
    return assemble(
        tasks,
        findings,
        [analysis.counts],
        baseline=base,
        current=head,
        bumps=[*_moved_literals(tasks, analysis), *analysis.plan.bumps],
        notes=analysis.notes,
    )


def _due(task: TaskReport, analysis: Analysis) -> TaskReport:
    """The task with what only the lock knows: the version that is due, and an accepted reason."""
    decision = analysis.plan.decisions.get(task.name)
    if decision is None:
        return task
    words = sorted(
        word.reason
        for word in decision.account.accepted
        if decision.tracked in {short(word.baseline), short(word.current)} and not decision.due
    )
    accepted = words[0] if words and task.outputs_changed else ""
    return msgspec.structs.replace(task, next_version=decision.next_version, accepted=accepted)


def _moved_literals(tasks: Iterable[TaskReport], analysis: Analysis) -> Iterator[Bump]:
    """The version literals that changed between the commits, each with every task it serves."""
    sites = analysis.extraction.sites
    served: dict[tuple[str, int], list[TaskReport]] = {}
    for task in tasks:
        site = sites[task.name].version if task.name in sites else None
        if site and task.cached:
            served.setdefault((site.location.path, site.span.start), []).append(task)
    for group in served.values():
        site = sites[group[0].name].version
        moved = [task for task in group if _moved(task)]
        if site and moved:
            pair = moved[0].cache_version
            names = tuple(sorted(task.name for task in group))
            place, old, new = site.location, pair.baseline or "", pair.current or ""
            yield Bump(
                place.path, place.line, site.holder, old, new, names, made=True, column=place.column
            )


def _moved(task: TaskReport) -> bool:
    pair = task.cache_version
    return None not in {pair.baseline, pair.current} and pair.baseline != pair.current
