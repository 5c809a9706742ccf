"""`check`: is the lock current, and is there a finding? Never writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
import msgspec

from sigclock.cli.options import Settings, formats
from sigclock.git.repository import Repository
from sigclock.project import merge_preview, projects
from sigclock.project.analysis import (
    Analysis,
    analyse,
    findings_of,
    never_locked,
    standing_of,
    tasks_of,
)
from sigclock.project.projects import Overrides
from sigclock.source import SourceTree
from sigclock.verdict.finding import Finding, Level, Report
from sigclock.verdict.report import assemble
from sigclock.verdict.standing import NOTHING


class Result(msgspec.Struct, frozen=True):
    """The report, and the level from which a finding fails."""

    report: Report
    fail_on: Level


@click.command()
@formats
@click.option("--against", metavar="REF", help="Fail only on findings that are new since REF.")
@click.option("--merged-with", metavar="REF", help="Check what merging REF into HEAD would give.")
def command(
    *,
    against: str | None,
    merged_with: str | None,
    **options: Any,  # noqa: ANN401
) -> int:
    """Say whether the lock is current and nothing is found; never write."""
    settings = Settings(options)
    result = run(settings.directory, settings.overrides(), against=against, merged_with=merged_with)
    return settings.show(result.report, result.fail_on)


def run(
    directory: str,
    overrides: Overrides,
    *,
    against: str | None = None,
    merged_with: str | None = None,
) -> Result:
    """Check the work tree, or HEAD in a bare repository; `against` dates the findings.

    With `merged_with`, check the tree that merging that revision into HEAD would give.
    """
    repository = Repository.open(directory)
    if merged_with is not None:
        with merge_preview.merged(repository, merged_with, overrides) as preview:
            return _check(
                preview.repository, preview.tree, overrides, against, [preview.other], preview.notes
            )
    tree: SourceTree = repository.worktree() if repository.root else repository.revision("HEAD")
    return _check(repository, tree, overrides, against, [], ())


def _check(
    repository: Repository,
    tree: SourceTree,
    overrides: Overrides,
    against: str | None,
    others: Sequence[str],
    notes: Sequence[str],
) -> Result:
    before = NOTHING
    if against is not None:
        # What the base issued counts, also where no ref of this clone leads to it.
        others = [*others, repository.commit_id(against)]
    analyses = _analyses(repository, tree, overrides, others)
    stale: list[Finding] = []
    if against is not None:
        base = _analyses(repository, repository.revision(against), overrides, keep=False)
        before = standing_of(base)
        there = {analysis.project.directory: analysis.extraction for analysis in base}
        for analysis in analyses:
            if (extraction := there.get(analysis.project.directory)) is not None:
                stale += never_locked(extraction, analysis)
    report = assemble(
        tasks_of(analyses, tree),
        [*findings_of(analyses, before), *stale],
        [analysis.counts for analysis in analyses],
        baseline="lock",
        current=tree.label,
        notes=[*notes, *(note for analysis in analyses for note in analysis.notes)],
    )
    return Result(report, projects.fail_level(analysis.project for analysis in analyses))


def _analyses(
    repository: Repository,
    tree: SourceTree,
    overrides: Overrides,
    others: Sequence[str] = (),
    *,
    keep: bool = True,
) -> list[Analysis]:
    return [
        analyse(repository, tree, project, others=others, keep=keep)
        for project in projects.projects(tree, overrides)
    ]
