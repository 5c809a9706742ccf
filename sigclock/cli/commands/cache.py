"""`cache`: the entries of the laptop's own caches, and which of them another signature stored."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import msgspec

from sigclock.cli.options import Settings, say
from sigclock.cli.records import StoredEntry
from sigclock.cli.structured import dump, text_or_json
from sigclock.cli.tables import table
from sigclock.errors import UsageError
from sigclock.git.repository import Repository
from sigclock.guard import entries, eviction, judgement
from sigclock.guard.entries import Contents
from sigclock.guard.judgement import Judged, Sources, Today
from sigclock.guard.signature import of_source
from sigclock.interface.snapshot import CacheKind, Sdk
from sigclock.lock.ledger import EMPTY
from sigclock.project import projects
from sigclock.project.analysis import Analysis, analyse
from sigclock.project.projects import Overrides
from sigclock.verdict.wording import count, inert

_HEADINGS = ("task", "version", "entries", "stored by")
_WHY = 100


class Result(msgspec.Struct, frozen=True):
    """What the caches hold of the repository's tasks, and of others."""

    folder: Path
    tasks: dict[str, Today]
    judged: list[Judged]
    contents: Contents

    @property
    def certain(self) -> list[Judged]:
        """The entries that may be removed."""
        return [judged for judged in self.judged if judged.state.is_certain]


@click.command()
@click.option("--evict", is_flag=True, help="Remove what another signature surely stored.")
@click.option("--yes", is_flag=True, help="Do not ask before that.")
@text_or_json
def command(*, evict: bool, yes: bool, form: str) -> None:
    """Look into the local caches: which entries another signature stored."""
    settings = Settings({})
    result = run(settings.directory, settings.overrides())
    told = dump(_records(result)) if form == "json" else _text(result, evict=evict)
    say(told, rows=form == "text")
    if evict and result.certain and (yes or _agreed(len(result.certain))):
        removed = eviction.evict(result.folder, [judged.entry for judged in result.certain])
        say(f"{_entries(removed)} removed\n", err=form == "json")


def run(directory: str, overrides: Overrides) -> Result:
    """Hold each entry of the repository's Flyte 1 tasks against their signatures; write nothing."""
    repository = Repository.open(directory)
    tree = repository.current_tree()
    tasks: dict[str, Today] = {}
    for project in projects.projects(tree, overrides):
        tasks |= _tasks(analyse(repository, tree, project))
    folder = entries.FOLDER.expanduser()
    contents = entries.read(folder, tasks)
    return Result(folder, tasks, judgement.judge(contents, tasks, Sources(tree)), contents)


def _tasks(analysis: Analysis) -> Iterator[tuple[str, Today]]:
    """The cached tasks that can be told by their names."""
    extraction = analysis.extraction
    for name, task in extraction.snapshot.tasks.items():
        if task.cached and task.sdk is Sdk.FLYTEKIT and "@" not in name:
            definitions = extraction.snapshot.definitions_of(task)
            account = analysis.lock.ledger.get(name, EMPTY)
            known = task.cache.kind is CacheKind.PINNED
            yield (
                name,
                Today(
                    task.cache.version if known else None,
                    of_source(task, definitions, account),
                    task.outputs,
                    definitions,
                    extraction.places,
                ),
            )


def _entries(number: int) -> str:
    return "1 entry" if number == 1 else f"{number} entries"


def _agreed(number: int) -> bool:
    if not sys.stdin.isatty():
        raise UsageError(
            "nobody can be asked here, and nothing was removed",
            advice="run `sigclock cache --evict --yes`",
        )
    return click.confirm(f"Remove {_entries(number)}?")


def _text(result: Result, *, evict: bool) -> str:
    return "".join(f"{line}\n" for line in _lines(result, evict=evict))


def _lines(result: Result, *, evict: bool) -> Iterator[str]:
    tasks = len({judged.entry.task for judged in result.judged})
    own = f"{_entries(len(result.judged))} of {count(tasks, 'task')} of this repository"
    yield f"{entries.FOLDER}: {own}, {count(result.contents.others, 'other')}"
    if result.contents.flyte_2:
        number = _entries(result.contents.flyte_2)
        yield f"{number} of Flyte 2, not judged: its keys hold no names"
    if result.judged:
        yield from table(_HEADINGS, _rows(result.judged))
    certain = result.certain
    if evict:
        yield from (f"to remove: {inert(judged.entry.key)}" for judged in certain)
    elif certain:
        yield f"Run `sigclock cache --evict` to remove {_entries(len(certain))}."
    if certain:
        yield "Tasks of other projects have the same entries where they have the same names."


def _rows(judged: Sequence[Judged]) -> list[tuple[str, ...]]:
    groups = Counter(
        (judged.entry.task, judged.entry.version, judged.state.value, judged.why)
        for judged in judged
    )
    return [
        (inert(task), inert(version), str(number), inert(f"{state}: {why}" if why else state, _WHY))
        for (task, version, state, why), number in sorted(groups.items())
    ]


def _records(result: Result) -> list[StoredEntry]:
    return [
        StoredEntry(
            judged.entry.task,
            judged.entry.version,
            judged.entry.signature,
            judged.entry.key,
            judged.entry.stored,
            judged.state.name.lower(),
            judged.why,
            judged.state.is_certain,
        )
        for judged in result.judged
    ]
