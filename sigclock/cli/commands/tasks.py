"""`tasks`: every task with its place, cache version and output, and what is not known of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from sigclock.cli.options import Settings, say
from sigclock.cli.records import Row
from sigclock.cli.structured import dump, text_or_json
from sigclock.cli.tables import table
from sigclock.git.repository import Repository
from sigclock.interface.snapshot import CacheKind, Task
from sigclock.interface.types import spell
from sigclock.project import projects
from sigclock.project.analysis import Analysis, analyse
from sigclock.project.projects import Overrides
from sigclock.verdict.finding import Finding, Level
from sigclock.verdict.unrecognized import unwaived
from sigclock.verdict.wording import count, inert, shorten

_HEADINGS = ("task", "place", "cache", "version", "output", "")
_VERSION = 32
_OUTPUT = 40


@click.command()
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@text_or_json
def command(*, paths: tuple[str, ...], form: str) -> None:
    """List the tasks: place, cache, version, output, and what is not known."""
    settings = Settings({})
    places = settings.places(paths)
    rows = run(settings.directory, settings.overrides())
    shown = [row for row in rows if places.have(row.path)]
    told = dump(shown) if form == "json" else _text(shown, len(rows))
    say(told, rows=form == "text")


def run(directory: str, overrides: Overrides) -> list[Row]:
    """The rows of all projects, sorted by place; the work tree, or HEAD in a bare repository."""
    repository = Repository.open(directory)
    tree = repository.current_tree()
    rows = [
        row
        for project in projects.projects(tree, overrides)
        for row in _rows(analyse(repository, tree, project))
    ]
    return sorted(rows, key=lambda row: (row.path, row.line, row.name or ""))


def _rows(analysis: Analysis) -> Iterator[Row]:
    extraction = analysis.extraction
    by_task: dict[str | None, list[Finding]] = {}
    for finding in analysis.findings:
        by_task.setdefault(finding.task, []).append(finding)
    for name, task in extraction.snapshot.tasks.items():
        location = extraction.sites[name].location
        told = [item.rule for item in by_task.get(name, ()) if item.level is not Level.INFO]
        yield Row(
            name,
            location.path,
            location.line,
            None if task.cache.kind is CacheKind.UNKNOWN else task.cached,
            task.cache.version,
            task.cache.kind.value,
            _output(task),
            tuple(dict.fromkeys(told)),
        )
    for site in unwaived(extraction):
        place = site.location
        yield Row(None, place.path, place.line, None, None, "unknown", "?", ("unrecognized-task",))


def _output(task: Task) -> str:
    return ", ".join(spell(field.type) for field in task.outputs) or "nothing"


def _text(rows: Sequence[Row], every: int) -> str:
    hidden = every - len(rows)
    lines = table(_HEADINGS, [_cells(row) for row in rows]) if rows else ["no task"]
    more = [f"{count(hidden, 'task')} elsewhere"] if hidden else []
    return "".join(f"{line}\n" for line in [*lines, *more])


def _cells(row: Row) -> tuple[str, ...]:
    cached = {None: "?", True: "yes", False: "no"}[row.cached]
    version = row.version if row.version is not None else "?" if row.cached is None else ""
    kind = [row.kind] if row.cached and row.kind not in {"pinned", "unknown"} else []
    return (
        inert(row.name or "?"),
        f"{inert(row.path)}:{row.line}",
        cached,
        inert(shorten(version, _VERSION)),
        inert(shorten(row.output, _OUTPUT)),
        ", ".join([*kind, *row.findings]),
    )
