"""Summaries of files → Extraction, in which each task and class has a key of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from sigclock.interface.locations import PartLocations
from sigclock.interface.snapshot import (
    CacheKind,
    Definition,
    Extraction,
    Field,
    IgnoredCache,
    Namesake,
    Snapshot,
    UnreadableFile,
)
from sigclock.interface.type_tree import renamed
from sigclock.interface.unrecognized import Unrecognized
from sigclock.python.names.bindings import exclusive
from sigclock.python.names.syntax import UnreadableSource
from sigclock.source import Location
from sigclock.tasks.file_reader import Class, Entry, FileSummary, parts_of
from sigclock.tasks.namesakes import distinguish

_Keys = Mapping[str, str]
_VERSIONED = {CacheKind.PINNED, CacheKind.COMPUTED, CacheKind.UNKNOWN}


def assemble(
    summaries: Sequence[FileSummary],
    unread: Mapping[str, UnreadableSource],
    unsettled: frozenset[str] = frozenset(),
    *,
    uses_flyte: bool | None = None,
) -> Extraction:
    """The extraction of a tree from all files that can hold tasks.

    `unread` are the files that do not parse, also those that others import; `unsettled` are the
    files that take names from one of them. `uses_flyte` tells whether the whole tree does; if None,
    these files decide.
    """
    summaries = _distinct_classes(summaries)
    named = dict(_named(summaries))
    classes = {key: class_ for summary in summaries for key, class_ in summary.classes.items()}
    tasks = {name: entry.task for name, entry in named.items()}
    definitions = {key: classes[key].definition for key in sorted(classes)}
    return Extraction(
        Snapshot(tasks, definitions),
        {name: entry.site for name, entry in named.items()},
        _locations(named, classes),
        tuple(_unreadable(summaries, unread)),
        tuple(_namesakes(named)),
        (
            *_ignored(named),
            *(call for summary in summaries for call in summary.ignored),
        ),
        tuple(waiver for summary in summaries for waiver in summary.waivers),
        frozenset(unread),
        unsettled,
        _unrecognized(summaries, uses_flyte=uses_flyte),
    )


def _unrecognized(
    summaries: Sequence[FileSummary], *, uses_flyte: bool | None
) -> tuple[Unrecognized, ...]:
    """What may make tasks; in a tree without Flyte, only what no other library writes this way."""
    sites = [site for summary in summaries for site in summary.unrecognized]
    if uses_flyte is None:
        uses_flyte = any(summary.entries or summary.offers for summary in summaries) or not all(
            unrecognized.weak for unrecognized in sites
        )
    return tuple(site for site in sites if uses_flyte or not site.weak)


# -- names -----------------------------------------------------------------------------------


def _named(summaries: Iterable[FileSummary]) -> list[tuple[str, Entry]]:
    """Flyte's names; where several tasks share one, the last at module level keeps it."""
    groups: dict[str, list[Entry]] = {}
    for summary in summaries:
        for entry in summary.entries:
            groups.setdefault(entry.name, []).append(entry)
    named = (pair for name, group in groups.items() for pair in distinguish(name, group))
    return sorted(named, key=lambda pair: pair[0])


def _distinct_classes(summaries: Sequence[FileSummary]) -> list[FileSummary]:
    """Classes under keys that are unique in the tree: of namesakes, the first keeps the name."""
    by_name: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for summary in summaries:
        for key, class_ in summary.classes.items():
            by_name[class_.definition.import_name or key].add(_identity(class_))
    keys = _numbered(by_name)
    return [_renamed(summary, keys) for summary in summaries]


def _numbered(
    by_name: Mapping[str, set[tuple[str, int]]],
) -> dict[tuple[str, tuple[str, int]], str]:
    used = set(by_name)
    keys = {}
    for name, identities in sorted(by_name.items()):
        first, *others = sorted(identities)
        keys[name, first] = name
        number = 2
        for identity in others:
            while (key := f"{name}_{number}") in used:
                number += 1
            used.add(key)
            keys[name, identity] = key
    return keys


def _identity(class_: Class) -> tuple[str, int]:
    location = class_.location.location
    return location.path, location.line


def _renamed(summary: FileSummary, keys: Mapping[tuple[str, tuple[str, int]], str]) -> FileSummary:
    """The summary with the keys of its classes as the whole tree has them."""
    mapping: dict[str, str] = {}
    for key, class_ in summary.classes.items():
        new = keys[class_.definition.import_name or key, _identity(class_)]
        if new != key:
            mapping[key] = new
    if not mapping:
        return summary
    return msgspec.structs.replace(
        summary,
        entries=tuple(_entry(entry, mapping) for entry in summary.entries),
        classes={
            mapping.get(key, key): Class(
                _definition(key, class_.definition, mapping), class_.location, class_.parts
            )
            for key, class_ in summary.classes.items()
        },
    )


def _entry(entry: Entry, mapping: _Keys) -> Entry:
    task = entry.task
    return msgspec.structs.replace(
        entry,
        task=msgspec.structs.replace(
            task,
            inputs=_fields(task.inputs, mapping),
            outputs=_fields(task.outputs, mapping),
        ),
        classes=tuple(mapping.get(key, key) for key in entry.classes),
    )


def _fields(fields: Iterable[Field], mapping: _Keys) -> tuple[Field, ...]:
    return tuple(Field(field.name, renamed(field.type, mapping)) for field in fields)


def _definition(key: str, definition: Definition, mapping: _Keys) -> Definition:
    name = definition.import_name or key
    bases = tuple(renamed(base, mapping) for base in definition.bases)
    return msgspec.structs.replace(
        definition,
        fields=_fields(definition.fields, mapping),
        bases=bases,
        target=None if definition.target is None else renamed(definition.target, mapping),
        import_name=None if mapping.get(key, key) == name else name,
    )


# -- the rest of the extraction ----------------------------------------------------------------


def _locations(named: Mapping[str, Entry], classes: Mapping[str, Class]) -> PartLocations:
    locations = {key: class_.parts for key, class_ in classes.items()}
    for name, entry in named.items():
        locations[name] = parts_of(entry, locations.get(name))
    return locations


def _unreadable(
    summaries: Iterable[FileSummary], unread: Mapping[str, UnreadableSource]
) -> Iterator[UnreadableFile]:
    task_files = {summary.path for summary in summaries}
    for path, problem in sorted(unread.items()):
        location = Location(path, problem.line or 1, problem.column)
        yield UnreadableFile(location, problem.reason, path in task_files)


def _ignored(named: Mapping[str, Entry]) -> Iterator[IgnoredCache]:
    for name, entry in named.items():
        for setting in entry.remarks:
            yield IgnoredCache(name, entry.site.location, setting)


def _namesakes(named: Mapping[str, Entry]) -> Iterator[Namesake]:
    groups: dict[str, list[tuple[str, Entry]]] = {}
    for key, entry in named.items():
        if not entry.variant:
            groups.setdefault(entry.name, []).append((key, entry))
    for name, group in groups.items():
        group.sort(key=lambda item: (item[1].task.path, item[1].site.location.line))
        first = group[0][1]
        for key, entry in group[1:] if not first.either else ():
            if _is_alternative(entry, first):
                continue
            if not _may_collide(entry, first):
                continue
            where = first.site.location
            yield Namesake(key, entry.site.location, name, where)


def _may_collide(one: Entry, other: Entry) -> bool:
    """Whether one of two tasks takes the place of the other, or may read what it cached.

    Scripts that are deployed each by itself may well use one name, and nothing is registered
    inside functions: then only cache entries can collide, and those under the hash of a function's
    source never do.
    """
    versioned = [entry.task.cache.kind in _VERSIONED for entry in (one, other)]
    if one.local or other.local:
        return all(versioned)
    return one.task.path == other.task.path or any(versioned)


def _is_alternative(one: Entry, other: Entry) -> bool:
    """Whether only one of two tasks exists in a run: they stand in different arms of an `if`."""
    same_scope = (one.task.path, one.scope) == (other.task.path, other.scope)
    return same_scope and exclusive(one.branches, other.branches)
