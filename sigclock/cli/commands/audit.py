"""`audit`: every version that ever served two signatures, over the history of any repository."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial

import click
import msgspec

from sigclock import __version__
from sigclock.audit import breaches as audits
from sigclock.audit import links, walk
from sigclock.audit.breaches import Audit, Breach, IsAlike, Moment, Walked
from sigclock.audit.formats import FORMATS
from sigclock.audit.html import page
from sigclock.audit.timeline import Stretch
from sigclock.audit.walk import Walk, Watch
from sigclock.cli.options import Forms, Settings, columns, deliver, progress, split
from sigclock.cli.views import views
from sigclock.errors import UsageError
from sigclock.git.log import Commit
from sigclock.git.repository import Repository
from sigclock.interface.snapshot import Task
from sigclock.lock import ledger
from sigclock.lock.lock import Account
from sigclock.project import baseline, projects
from sigclock.project.projects import Overrides, Project
from sigclock.reports.style import Style
from sigclock.tasks.extract import Options
from sigclock.tasks.former_names import is_alike
from sigclock.verdict.finding import Tool


class Result(msgspec.Struct, frozen=True):
    """The report and what it was computed from, for the picture shows every version."""

    audit: Audit
    stretches: dict[str, list[Stretch]]
    moments: tuple[Moment, ...]


def unwatched(commits: Sequence[Commit]) -> AbstractContextManager[Iterable[Commit]]:
    """No progress is shown."""
    return nullcontext(commits)


def _known(_context: click.Context, _option: click.Parameter, forms: Forms) -> Forms:
    """Refuse an unknown format before the history is walked."""
    for name, _ in map(split, forms):
        if name not in FORMATS:
            raise UsageError(
                f"there is no format {name!r} of an audit", advice=f"use {', '.join(FORMATS)}"
            )
    return forms


@click.command()
@click.argument("range_", metavar="[RANGE]", required=False)
@click.option("--first-parent", is_flag=True, help="Of a merge, follow the first parent only.")
@click.option("--all", "everything", is_flag=True, help="What has ended counts too.")
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="F[:FILE]",
    help=f"{', '.join(FORMATS)}.",
    callback=_known,
)
@click.option("--html", metavar="FILE", help="Write a picture of all versions over time.")
def command(
    *,
    range_: str | None,
    first_parent: bool,
    everything: bool,
    formats: Forms,
    html: str | None,
) -> int:
    """Find every cache_version that served two signatures, in the history of any repository."""
    settings = Settings({})
    directory, overrides = settings.directory, settings.overrides()
    result = run(directory, overrides, range_, first_parent=first_parent, watch=progress)
    style = Style(verbose=int(everything), width=columns())
    for name, path in map(split, formats or ("text",)):
        deliver(FORMATS[name](result.audit, style), path)
    if html is not None:
        remote = Repository.open(directory).setting("remote.origin.url") or ""
        address = links.commits(remote)
        deliver(page(result.audit, result.stretches, result.moments, address), html)
    summary = result.audit.summary
    return int(bool(summary.breaches if everything else summary.live))


def run(
    directory: str,
    overrides: Overrides,
    range_: str | None = None,
    *,
    first_parent: bool = False,
    watch: Watch = unwatched,
) -> Result:
    """Walk HEAD's history, or a range of it, with the configuration at its tip."""
    repository = Repository.open(directory)
    plan = walk.plan(repository, range_, first_parent=first_parent)
    if plan.tip is None:
        return Result(_audit(plan, [], [], ["there is no commit yet"]), {}, ())
    tree = repository.revision(plan.tip)
    tip_projects = projects.projects(tree, overrides)
    seen = views(repository, plan.tip, tip_projects, overrides)
    stretches, unread = walk.walk(repository, plan, seen, watch)
    moments = tuple(
        Moment(number, commit.oid, commit.date, commit.subject)
        for number, commit in enumerate(plan.commits)
    )
    accounts = ledger.join(
        _accounts(repository, project, plan.tip, whole=range_ is None) for project in tip_projects
    )
    alike = _alike(repository, {project: view.options for project, view in seen.items()})
    breaches = audits.breaches(stretches, moments, accounts, alike)
    everything = [stretch for group in stretches.values() for stretch in group]
    return Result(_audit(plan, breaches, everything, _notes(plan, unread)), stretches, moments)


def _alike(repository: Repository, options: Mapping[str, Options]) -> IsAlike:
    def alike(project: str, before: Task, after: Task, commit: str) -> bool:
        tree = partial(repository.revision, commit)
        return is_alike(before, after, tree, options[project])

    return alike


def _audit(
    plan: Walk, breaches: Iterable[Breach], stretches: Sequence[Stretch], notes: Sequence[str]
) -> Audit:
    walked = Walked(
        first=plan.commits[0].oid if plan.commits else None,
        last=plan.tip,
        commits=len(plan.commits),
        merges="first parent" if plan.first_parent else "all parents",
        shallow=plan.shallow,
    )
    return audits.assemble(Tool("sigclock", __version__), walked, breaches, stretches, notes)


def _accounts(
    repository: Repository, project: Project, tip: str, *, whole: bool
) -> dict[str, Account]:
    """What the locks recorded; for a part of the history, only what a person accepted."""
    visible = baseline.find(repository, repository.revision(tip), project.lock_path).visible
    if whole:
        return visible
    return {
        name: Account({}, account.accepted)
        for name, account in ledger.join([visible]).items()
        if account.accepted
    }


def _notes(plan: Walk, unread: Collection[str]) -> list[str]:
    notes = [
        f"{path} does not parse at the tip: its tasks are taken as they were last read"
        for path in sorted(unread)
    ]
    if not plan.shallow:
        return notes
    first = plan.commits[0].oid[:10]
    seen = f"this clone is shallow: nothing before {first} was seen, only what the lock recorded"
    return [*notes, f"{seen}; `git fetch --unshallow` brings the rest"]
