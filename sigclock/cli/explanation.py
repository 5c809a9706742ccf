"""The records of a class and of a task, and which tasks a class reaches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from sigclock.cli.records import ClassRecord, Issued, PartRecord, Said, TaskRecord
from sigclock.interface.locations import PartLocations, location_of
from sigclock.interface.reachability import reachable_of
from sigclock.interface.snapshot import CacheKind, Definition, Extraction, Field
from sigclock.interface.types import spell
from sigclock.project.analysis import Analysis
from sigclock.verdict.call_graph import Radius


class Reached(msgspec.Struct, frozen=True):
    """The tasks that a change of a class concerns."""

    due: tuple[str, ...]
    uncached: tuple[str, ...]
    inputs_of: tuple[str, ...]


def reached(extraction: Extraction, key: str) -> Reached:
    """Which tasks return a class, with a cache and without, and which others take it."""
    reach, tasks = reachable_of(extraction.snapshot), extraction.snapshot.tasks
    out = [name for name, task in tasks.items() if key in reach.keys(task.outputs)]
    into = [name for name, task in tasks.items() if key in reach.keys(task.inputs)]
    return Reached(
        tuple(name for name in out if tasks[name].cached),
        tuple(name for name in out if not tasks[name].cached),
        tuple(name for name in into if name not in out),
    )


def of_class(extraction: Extraction, key: str) -> ClassRecord:
    """A class of the tree."""
    definition, tasks = extraction.snapshot.definitions[key], reached(extraction, key)
    place = location_of(extraction.places, key, "")
    return ClassRecord(
        key,
        definition.kind.name,
        place.location if place else None,
        _class_parts(definition, key, extraction.places),
        tasks.due,
        tasks.uncached,
        tasks.inputs_of,
    )


def of_task(analysis: Analysis, name: str, recomputes: Radius) -> TaskRecord:
    """A task of the tree."""
    extraction = analysis.extraction
    task, definitions = extraction.snapshot.tasks[name], extraction.snapshot.definitions_of
    return TaskRecord(
        name,
        extraction.sites[name].location,
        task.sdk,
        None if task.cache.kind is CacheKind.UNKNOWN else task.cached,
        task.cache.version,
        task.cache.kind,
        task.signature,
        _fields(task.inputs, name, extraction.places),
        _fields(task.outputs, name, extraction.places),
        _classes(definitions(task), extraction.places),
        Issued.of(analysis.plan.decisions[name].account),
        analysis.tasks[name].prediction,
        tuple(Said.of(finding) for finding in analysis.findings if finding.task == name),
        recomputes,
    )


def _classes(
    definitions: Mapping[str, Definition], places: PartLocations
) -> dict[str, tuple[PartRecord, ...]]:
    return {key: _class_parts(definitions[key], key, places) for key in sorted(definitions)}


def _class_parts(definition: Definition, key: str, places: PartLocations) -> tuple[PartRecord, ...]:
    members = ((member.name, member.value) for member in definition.members)
    own = (_part(name, value, key, places) for name, value in members)
    return (*_fields(definition.fields, key, places), *own)


def _fields(fields: Iterable[Field], owner: str, places: PartLocations) -> tuple[PartRecord, ...]:
    return tuple(_part(field.name, spell(field.type), owner, places) for field in fields)


def _part(name: str, text: str, owner: str, places: PartLocations) -> PartRecord:
    place = location_of(places, owner, name)
    return PartRecord(name, text, place.location if place else None)
