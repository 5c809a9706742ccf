"""`log`: the versions of one task through history, a line for each change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import click

from sigclock.audit import breaches, walk
from sigclock.audit.timeline import Stretch
from sigclock.audit.walk import Watch
from sigclock.cli import completion
from sigclock.cli.options import Settings, progress, say
from sigclock.cli.records import Log, LogEntry
from sigclock.cli.structured import dump, text_or_json
from sigclock.cli.views import views
from sigclock.errors import UsageError
from sigclock.git.log import Commit
from sigclock.git.repository import Repository
from sigclock.project import projects
from sigclock.project.projects import Overrides
from sigclock.verdict import wording

_SHORT = 10
_CHANGES = 4


@click.command()
@click.argument("task", shell_complete=completion.tasks)
@click.argument("range_", metavar="[RANGE]", required=False)
@click.option("--first-parent", is_flag=True, help="Of a merge, follow the first parent only.")
@text_or_json
def command(*, task: str, range_: str | None, first_parent: bool, form: str) -> None:
    """Show the versions of one task through history."""
    settings = Settings({})
    directory, overrides = settings.directory, settings.overrides()
    told = run(directory, overrides, task, range_, progress, first_parent=first_parent, form=form)
    say(told, flows=form == "text")


def run(
    directory: str,
    overrides: Overrides,
    task: str,
    range_: str | None,
    watch: Watch,
    *,
    first_parent: bool = False,
    form: str = "text",
) -> str:
    """The lines, or JSON, newest first; `task` is a name of any commit, or its unambiguous end."""
    repository = Repository.open(directory)
    plan = walk.plan(repository, range_, first_parent=first_parent)
    if plan.tip is None:
        raise UsageError("there is no commit yet", advice="commit the task first")
    current = projects.projects(repository.revision(plan.tip), overrides)
    seen = views(repository, plan.tip, current, overrides)
    stretches, _ = walk.walk(repository, plan, seen, watch)
    chosen = _chosen(stretches, task)
    entries = _entries(chosen, plan.commits)
    if form == "json":
        return dump(Log(tuple(entries), plan.shallow))
    lines = list(map(_line, entries))
    if plan.shallow:
        lines.append("note: this clone is shallow; what came before is not in it")
    return "".join(f"{line}\n" for line in lines)


def _chosen(stretches: Mapping[str, Sequence[Stretch]], task: str) -> list[Stretch]:
    """The stretches of a task under this name and its earlier ones."""
    known = [stretch.name for own in stretches.values() for stretch in own]
    name = projects.find(task, "task of any commit", known)
    everything = sorted(chain(*stretches.values()), key=lambda each: (each.since, each.name))
    return _lineage(everything, name)


def _lineage(stretches: Sequence[Stretch], name: str) -> list[Stretch]:
    """The stretches of a task back through its renames, in the order of `stretches`."""
    names, queue = {name}, [name]
    while queue:
        current = queue.pop()
        for stretch in stretches:
            old = stretch.previous_name
            if stretch.name == current and old is not None and old not in names:
                names.add(old)
                queue.append(old)
    return [stretch for stretch in stretches if stretch.name in names]


def _entries(stretches: Sequence[Stretch], commits: Sequence[Commit]) -> list[LogEntry]:
    """Newest first."""
    entries: list[tuple[int, Stretch, bool, str]] = []
    for number, stretch in enumerate(stretches):
        entries.append((stretch.since, stretch, False, _what(stretch, stretches[:number])))
    ends = {stretch.until: stretch for stretch in stretches if stretch.until is not None}
    starts = {stretch.since for stretch in stretches}
    entries += [
        (number, stretch, True, stretch.ended_by)
        for number, stretch in ends.items()
        if number not in starts
    ]
    return [
        LogEntry(
            commits[number].oid,
            commits[number].date,
            commits[number].subject,
            stretch.name,
            None if ended else stretch.version,
            ended,
            words,
        )
        for number, stretch, ended, words in sorted(
            entries, key=lambda entry: entry[0], reverse=True
        )
    ]


def _line(entry: LogEntry) -> str:
    version = f'"{entry.version}"' if entry.version is not None else "not cached"
    told = f"{version}  {entry.change}"
    if entry.ended:
        # A merge that keeps what another branch had.
        kept = entry.change.startswith('"')
        told = f"goes on as {entry.change}" if kept else f"{entry.change}  {entry.task}"
    return f"{entry.commit[:_SHORT]}  {entry.date[:10]}  {wording.inert(told, 400)}"


def _what(stretch: Stretch, earlier: Sequence[Stretch]) -> str:
    """What differs from what its commit's own parent had."""
    before = stretch.came_from
    if before is None:
        again = "added again" if any(e.until is not None for e in earlier) else "added"
        return f"{again} {stretch.name} ({stretch.declared.task.path})"
    parts: list[str] = []
    if before.name != stretch.name:
        parts.append(f"renamed from {before.name}")
    elif before.latest.task.path != stretch.declared.task.path:
        parts.append(f"moved from {before.latest.task.path}")
    if before.declared.task.signature != stretch.declared.task.signature:
        parts += _changes(before, stretch)
        if before.version != stretch.version and _is_taken(stretch, earlier):
            parts.append("the version named other outputs already")
    return "; ".join(parts) or "outputs unchanged"


def _is_taken(stretch: Stretch, earlier: Sequence[Stretch]) -> bool:
    version, signature = stretch.pair
    return version is not None and any(
        other.pair[0] == version and other.pair[1] != signature for other in earlier
    )


def _changes(before: Stretch, after: Stretch) -> Iterable[str]:
    changes = breaches.output_changes(before.latest, after.declared)
    yield from (wording.describe(change) for change in changes[:_CHANGES])
    if len(changes) > _CHANGES:
        yield f"and {len(changes) - _CHANGES} more changes"
    if before.version == after.version and after.version is not None:
        prediction = breaches.prediction(before.latest, after.declared)
        yield f"under the same version {wording.foretell(prediction)}"
