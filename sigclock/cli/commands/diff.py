"""`diff`: the structural difference between two trees, without a lock and without a checkout."""

from __future__ import annotations

from typing import Any

import click

from sigclock.cli.options import Settings, formats
from sigclock.errors import UsageError
from sigclock.git.repository import Repository
from sigclock.interface.snapshot import Extraction, Snapshot
from sigclock.project import projects
from sigclock.project.projects import Overrides
from sigclock.source import SourceTree
from sigclock.tasks.former_names import with_former_names
from sigclock.verdict import call_graph
from sigclock.verdict.finding import Level, Report, TaskReport
from sigclock.verdict.report import Counts, assemble, counts, of_trees


class _WithPaths(click.Command):
    """As with `git diff`, what stands behind `--` is a path."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        end = args.index("--") if "--" in args else len(args)
        rest = super().parse_args(ctx, args[:end])
        ctx.params["paths"] = tuple(args[end + 1 :])
        return rest

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return [*super().collect_usage_pieces(ctx), "[-- PATH...]"]


@click.command(cls=_WithPaths)
@formats
@click.argument("base", required=False)
@click.argument("current", required=False)
@click.option("--staged", is_flag=True, help="Compare with what is staged.")
def command(
    *,
    base: str | None,
    current: str | None,
    staged: bool,
    paths: tuple[str, ...],
    **options: Any,  # noqa: ANN401
) -> int:
    """Show how signatures differ between two trees (default: HEAD and the work tree).

    BASE..CURRENT names both; PATHs narrow what is shown.
    """
    if base is not None and current is None and ".." in base:
        base, _, current = base.partition("..")
        base, current = base or "HEAD", current or "HEAD"
    if staged and current is not None:
        raise UsageError("--staged and CURRENT name two different trees", advice="give one of them")
    settings = Settings(options)
    places = settings.places(paths)
    report = run(settings.directory, settings.overrides(), base, current, staged=staged)
    return settings.show(report, Level.ERROR, places=places)


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
    before = repository.revision(base or "HEAD")
    after = _current(repository, current, staged=staged)
    tasks: list[TaskReport] = []
    project_counts: list[Counts] = []
    old = _extractions(repository, before, overrides)
    for project in projects.projects(after, overrides):
        extraction = project.extraction(repository, after)
        baseline = old.pop(project.directory, Extraction(Snapshot()))
        extraction = with_former_names(extraction, baseline.snapshot, after, project.options())
        left_out = project.left_out(baseline.snapshot.tasks, after)
        compared = of_trees(baseline.snapshot, extraction, left_out)
        tasks += call_graph.with_radius(compared, after, project.options(), extraction).values()
        project_counts.append(counts(extraction))
    for removed in old.values():
        tasks += of_trees(removed.snapshot, Extraction(Snapshot())).values()
    return assemble(
        tasks, [], project_counts, baseline=before.label, current=after.label, tree=after
    )


def _current(repository: Repository, revision: str | None, *, staged: bool) -> SourceTree:
    if revision is not None:
        return repository.revision(revision)
    return repository.index() if staged else repository.worktree()


def _extractions(
    repository: Repository, tree: SourceTree, overrides: Overrides
) -> dict[str, Extraction]:
    return {
        project.directory: project.extraction(repository, tree, keep=False)
        for project in projects.projects(tree, overrides)
    }
