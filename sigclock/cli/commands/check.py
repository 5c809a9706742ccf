"""`check`: is the lock current, and is there a finding? Never writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
import msgspec

from sigclock.cli import inspection
from sigclock.cli.options import Settings, formats, say
from sigclock.git import fetching
from sigclock.git.repository import Repository
from sigclock.lock import ledger
from sigclock.project import merge_preview, projects, source_ledger
from sigclock.project.analysis import (
    Analysis,
    Scope,
    analyse_all,
    analyse_past,
    findings_of,
    standing_of,
    tasks_of,
)
from sigclock.project.comparison import BaseProject, compared, shrunk
from sigclock.project.projects import Overrides
from sigclock.project.references import References
from sigclock.source import SourceTree
from sigclock.verdict.finding import Finding, Level, Report
from sigclock.verdict.report import assemble
from sigclock.verdict.standing import NOTHING


class Result(msgspec.Struct, frozen=True):
    """The report, and the level from which a finding fails."""

    report: Report
    fail_on: Level


@click.command()
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@formats
@click.option("--against", metavar="REF", help="Fail only on findings that are new since REF.")
@click.option("--fetch", is_flag=True, help="Fetch REF of --against if this clone lacks it.")
@click.option("--merged-with", metavar="REF", help="Check what merging REF into HEAD would give.")
@click.option("--show-files", is_flag=True, help="Only list the files that are read for tasks.")
@click.option("--show-settings", is_flag=True, help="Only show the settings of each project.")
def command(
    *,
    show_files: bool,
    show_settings: bool,
    paths: tuple[str, ...],
    against: str | None,
    merged_with: str | None,
    fetch: bool,
    **options: Any,  # noqa: ANN401
) -> int:
    """Say whether the lock is current and nothing is found; never write.

    All is judged, and decides the exit status; PATHs narrow what is shown.
    """
    settings = Settings(options)
    overrides = settings.overrides()
    if show_files or show_settings:
        tree = Repository.open(settings.directory).current_tree()
        found = projects.projects(tree, overrides)
        say(inspection.files(tree, found) if show_files else "")
        say(inspection.settings(found) if show_settings else "")
        return 0
    places = settings.places(paths)
    result = run(
        settings.directory, overrides, against=against, merged_with=merged_with, fetch=fetch
    )
    return settings.show(result.report, result.fail_on, places=places)


def run(
    directory: str,
    overrides: Overrides,
    *,
    against: str | None = None,
    merged_with: str | None = None,
    fetch: bool = False,
) -> Result:
    """Check the work tree, or HEAD in a bare repository; `against` dates the findings.

    With `merged_with`, check the tree that merging that revision into HEAD would give. `fetch`
    allows fetching `against`.
    """
    repository = Repository.open(directory)
    base = None if against is None else fetching.present(repository, against, fetch=fetch)
    if merged_with is None:
        result = _check(repository, repository.current_tree(), overrides, base, [], ())
    else:
        with merge_preview.merged(repository, merged_with, overrides) as preview:
            result = _check(
                preview.repository, preview.tree, overrides, base, [preview.other], preview.notes
            )
    return Result(msgspec.structs.replace(result.report, against=against), result.fail_on)


def _check(
    repository: Repository,
    tree: SourceTree,
    overrides: Overrides,
    against: str | None,
    others: Sequence[str],
    notes: Sequence[str],
) -> Result:
    before = NOTHING
    base: list[Analysis] = []
    sources = source_ledger.beside(repository, tree, overrides)
    if others:
        # A merge: the sources of both parents count.
        parents = [repository.commit_id("HEAD"), *others]
        sources = source_ledger.of_commits(repository, parents, tree, overrides)
    if against is not None:
        # What the base issued counts, also where no ref of this clone leads to it.
        others = [*others, repository.commit_id(against)]
        there = repository.revision(against)
        base = [
            # As it was then: what this tree's commits issued since is no fault of the base.
            analyse_past(repository, there, project, [there.label])
            for project in projects.projects(there, overrides)
        ]
        before = standing_of(base)
        stated = (source_ledger.of_extraction(part.project, part.extraction) for part in base)
        sources = ledger.join([sources, *stated])
    scope = Scope(tuple(others), sources, References(repository, tree, overrides))
    analyses = analyse_all(repository, tree, projects.projects(tree, overrides), scope)
    found: list[Finding] = []
    if against is not None:
        told = compared(repository, tree, list(map(BaseProject.of, base)), analyses)
        found = [finding for findings in told.values() for finding in findings]
        if shared := repository.merge_base(against, "HEAD"):
            found += shrunk(repository, shared, analyses)
    report = assemble(
        tasks_of(analyses, tree),
        [*findings_of(analyses, before), *found],
        [analysis.counts for analysis in analyses],
        baseline="lock",
        current=tree.label,
        tree=tree,
        notes=[*notes, *(note for analysis in analyses for note in analysis.notes)],
    )
    return Result(report, projects.fail_level(analysis.project for analysis in analyses))
