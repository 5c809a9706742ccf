"""`update`: bump what is due, rewrite the lock, report the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
import msgspec

from sigclock.cli import review
from sigclock.cli.options import Places, Settings, formats, say
from sigclock.errors import GitError, UsageError
from sigclock.git import atomic_write, staging
from sigclock.git.atomic_write import FileChange
from sigclock.git.repository import Repository
from sigclock.project import accepting, edits, projects, updating
from sigclock.project.analysis import Analysis, tasks_of
from sigclock.project.projects import Overrides
from sigclock.project.updating import Declared
from sigclock.source import SourceTree
from sigclock.verdict import rewrite
from sigclock.verdict.finding import Finding, Level, Report
from sigclock.verdict.report import assemble
from sigclock.verdict.wording import harmless

_EVERYWHERE = Places()
#: How a line of a patch begins, and its colour.
_PATCH = {"+++": None, "---": None, "@@": "cyan", "+": "green", "-": "red"}


class Result(msgspec.Struct, frozen=True):
    """The report and the files that were, or would be, written: sources first, locks last."""

    report: Report
    fail_on: Level
    changes: tuple[FileChange, ...]

    @property
    def patch(self) -> str:
        """What would be written, as a unified diff."""
        return "".join(
            rewrite.diff(change.path, change.before, change.after) for change in self.changes
        )


@click.command()
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@formats
@click.option(
    "--check",
    "check_only",
    is_flag=True,
    help="Write nothing; exit 1 if something would be written.",
)
@click.option("--diff", "show_diff", is_flag=True, help="Write nothing; print the patch.")
@click.option("--no-bump", is_flag=True, help="Lock only what needs no bump.")
@click.option("--stage", is_flag=True, help="Make the same edits in what is staged.")
@click.option("--review", "is_asking", is_flag=True, help="Ask about each cause, on a terminal.")
def command(
    *,
    paths: tuple[str, ...],
    is_asking: bool,
    check_only: bool,
    show_diff: bool,
    no_bump: bool,
    stage: bool,
    **options: Any,  # noqa: ANN401
) -> int:
    """Bump every due cache_version, rewrite the lock, report the rest.

    PATHs narrow what is edited and shown; all is judged and locked.
    """
    settings = Settings(options)
    dry = check_only or show_diff
    directory, overrides = settings.directory, settings.overrides()
    places = settings.places(paths)
    if is_asking and dry:
        raise UsageError(
            "--review writes what is decided, and --check and --diff write nothing",
            advice="give one of them",
        )
    declared, left = read(directory, overrides), frozenset[str]()
    if is_asking:
        declared, left = _reviewed(settings, declared, places)
    result = written(
        declared,
        write=not dry,
        bump=not no_bump,
        stage=stage,
        anew=not check_only,
        left=left,
        places=places,
    )
    if show_diff:
        if settings.style().color:
            click.echo(_colored(result.patch), nl=False, color=True)
        else:
            say(result.patch, exactly=True)
        return int(check_only and bool(result.changes))
    status = settings.show(result.report, result.fail_on, places=places)
    return max(status, int(check_only and bool(result.changes)))


def _colored(patch: str) -> str:
    """A patch as Git shows it on a terminal."""
    lines = harmless(patch).splitlines(keepends=True)
    return "".join(
        next(
            (click.style(line, color) for start, color in _PATCH.items() if line.startswith(start)),
            line,
        )
        for line in lines
    )


def _reviewed(
    settings: Settings, declared: Declared, places: Places
) -> tuple[Declared, frozenset[str]]:
    """Ask about what is due; record what is accepted. What is to update then, and what to leave."""
    from sigclock.reports.text import render  # noqa: PLC0415 - start-up

    directory, overrides = settings.directory, settings.overrides()
    report = written(declared, write=False, places=places).report
    answers = review.ask(report, settings.style(), render)
    for reason, tasks in answers.accepted:
        told = accepting.accept(directory, overrides, tasks, (), reason)
        say(f"{told}\n", flows=True)
    if answers.accepted:
        # It may have undone a bump.
        declared = read(directory, overrides)
    return declared, answers.left


def read(directory: str, overrides: Overrides) -> Declared:
    """Read every project of the work tree."""
    repository = Repository.open(directory)
    if repository.root is None:
        raise GitError(
            "this repository is bare: there is no work tree to update",
            advice="run `sigclock update` in a clone with a work tree; `check` works here",
        )
    return updating.read(repository, repository.worktree(), overrides)


def run(
    directory: str,
    overrides: Overrides,
    *,
    write: bool = True,
    bump: bool = True,
    stage: bool = False,
    anew: bool = True,
) -> Result:
    """Read the work tree, and do with it what `written` does."""
    declared = read(directory, overrides)
    return written(declared, write=write, bump=bump, stage=stage, anew=anew)


def written(
    declared: Declared,
    *,
    write: bool = True,
    bump: bool = True,
    stage: bool = False,
    anew: bool = True,
    left: frozenset[str] = frozenset(),
    places: Places = _EVERYWHERE,
) -> Result:
    """Judge what was read and write, unless `write` is off; with `stage` to the index too.

    The tasks that are `left`, and those outside of `places`, keep their versions, though they are
    due. `anew` writes a lock of an older sigclock as this one does, also where nothing else is to
    do.
    """
    repository, tree = declared.repository, declared.tree
    assert repository.root is not None
    planned = updating.planned(declared, bump=bump, anew=anew, left=left, may_edit=places.have)
    analyses, changes = planned.analyses, planned.changes
    if write:
        atomic_write.replace(repository.root, changes, repository.own_folder)
    notes = _stage(repository, tree, analyses, changes) if write and stage else []
    report = _report(tree, analyses, changes, notes, written=write)
    return Result(report, projects.fail_level(analysis.project for analysis in analyses), changes)


def _stage(
    repository: Repository,
    tree: SourceTree,
    analyses: Sequence[Analysis],
    changes: Sequence[FileChange],
) -> list[str]:
    """Bring what is staged to the same versions; a lock that is new or in conflict is added."""
    index, head = repository.index(), repository.head()
    known = frozenset(index.paths()) - index.unmerged
    copies, notes = edits.converged(
        tree,
        analyses,
        changes,
        lambda path: index.read(path) if path in known else None,
        lambda path: repository.objects.blob(f"{head}:{path}") if head else None,
    )
    lock_paths = [analysis.project.lock_path for analysis in analyses]
    staging.stage(repository, [copy for copy in copies if copy.path in known])
    staging.add(repository, [path for path in lock_paths if path not in known])
    return notes


def _report(
    tree: SourceTree,
    analyses: Sequence[Analysis],
    changes: Sequence[FileChange],
    notes: Sequence[str],
    *,
    written: bool,
) -> Report:
    findings = [
        finding
        for analysis in analyses
        for finding in (*analysis.findings, *map(_as_warning, analysis.missing))
    ]
    if not written:
        findings = [_unfixed(finding) for finding in findings]
    return assemble(
        tasks_of(analyses, tree),
        findings,
        [analysis.counts for analysis in analyses],
        baseline="lock",
        current="worktree",
        tree=tree,
        bumps=[bump for analysis in analyses for bump in analysis.plan.bumps],
        notes=[*(note for analysis in analyses for note in analysis.notes), *notes],
        written=[change.path for change in changes] if written else (),
    )


def _as_warning(finding: Finding) -> Finding:
    """What was locked and is not there is no longer expected after this run."""
    return msgspec.structs.replace(finding, level=Level.WARNING)


def _unfixed(finding: Finding) -> Finding:
    return msgspec.structs.replace(finding, fixed=False)
