"""Which entries of the local cache were stored by another signature than a task has today."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

from sigclock.guard.entries import Contents, Entry
from sigclock.guard.fitting import Fitting, Misfit, untagged
from sigclock.guard.notes import Notes
from sigclock.guard.signature import STATIC, Signature, difference
from sigclock.guard.wire import NotReadError, Stored, literal_map
from sigclock.interface.locations import PartLocations
from sigclock.interface.snapshot import Definition, Field
from sigclock.source import SourceTree

#: What lets a class leave out parts of its values, or write others.
_WRITES_ITSELF = re.compile(
    rb"omit_none|omit_default|__post_serialize__|__pre_serialize__|serializ|dialect"
    rb"|def (?:to_dict|to_json|model_dump)|\bextra\s*=|[\"']extra[\"']\s*:"
)


class State(Enum):
    """What is known of an entry; the words are for people."""

    TODAY = "today's signature"
    APART = "another signature, kept apart by the guard"
    FITS = "fits today's outputs"
    OTHER = "another signature"
    DANGLING = "its data is gone"
    UNSURE = "perhaps another signature"
    OBJECTS = "by what a process had imported"
    VOID = "nothing: a cluster runs it each time"
    VERSION = "another version"
    UNREAD = "in a form that is not read"

    @property
    def is_certain(self) -> bool:
        """Whether it would be served, and wrongly, or raise; and nothing else explains it."""
        return self in {State.OTHER, State.DANGLING}


class Today(msgspec.Struct, frozen=True):
    """A task as the code has it now; `version` is None where only a run can tell."""

    version: str | None
    signature: Signature
    outputs: tuple[Field, ...]
    definitions: Mapping[str, Definition]
    places: PartLocations


class Judged(msgspec.Struct, frozen=True):
    """An entry with what is known of it, and why."""

    entry: Entry
    state: State
    why: str = ""


class Sources:
    """What the sources of a tree say of how values are written, looked up where it matters."""

    def __init__(self, tree: SourceTree) -> None:
        self._tree = tree

    def explain(self, misfit: Misfit) -> bool:
        """Whether a part may be missing, or too many, under an unchanged signature."""
        if self._writes_itself:
            return True
        name = re.escape(misfit.owner.rpartition(".")[2].encode())
        derived = re.compile(rb"^\s*class\s+\w+[^:\n]*\(.*\b" + name + rb"\b", re.MULTILINE)
        return any(derived.search(text) for text in self._texts)

    @cached_property
    def _texts(self) -> list[bytes]:
        return [self._tree.read(path) for path in self._tree.paths() if path.endswith(".py")]

    @cached_property
    def _writes_itself(self) -> bool:
        return any(_WRITES_ITSELF.search(text) for text in self._texts)


def judge(contents: Contents, tasks: Mapping[str, Today], sources: Sources) -> list[Judged]:
    """Each entry with its state, in the order in which they were stored."""
    return [
        _judged(entry, tasks[entry.task], contents.notes, sources) for entry in contents.entries
    ]


def _judged(
    entry: Entry, today: Today, notes: Mapping[tuple[str, str], Notes], sources: Sources
) -> Judged:
    try:
        stored = literal_map(entry.data) if entry.data is not None else None
    except NotReadError:
        stored = None
    if stored is not None and (lost := next(_lost(stored), "")):
        return Judged(entry, State.DANGLING, f"{lost} is gone")
    if today.version is not None and entry.version != today.version:
        return Judged(entry, State.VERSION, f"the code has {today.version}")
    if entry.signature is not None:
        return _guarded(entry, today, notes.get((entry.task, entry.version), Notes()))
    if stored is None:
        return Judged(entry, State.UNREAD, "a pickle, or cut off")
    return _held_against(entry, stored, today, sources)


def _guarded(entry: Entry, today: Today, notes: Notes) -> Judged:
    if entry.signature == today.signature.name:
        return Judged(entry, State.TODAY)
    if not (entry.signature or "").startswith(f"{STATIC}."):
        return Judged(entry, State.OBJECTS)
    lines = notes.signatures.get(entry.signature or "")
    other = Signature(entry.signature or "", lines or ())
    return Judged(entry, State.APART, difference(other, today.signature) if lines else "")


def _held_against(
    entry: Entry, stored: dict[str, Stored], today: Today, sources: Sources
) -> Judged:
    if not stored and not today.outputs:
        return Judged(entry, State.VOID)
    values = [stored] if entry.key.startswith(f"{entry.task}-") else list(_mapped(stored))
    fitting = Fitting(today.definitions, today.places)
    misfits = [misfit for value in values for misfit in fitting.outputs(value, today.outputs)]
    if not misfits:
        return Judged(entry, State.FITS)
    sure = [misfit for misfit in misfits if misfit.sure or not sources.explain(misfit)]
    state = State.OTHER if sure else State.UNSURE
    return Judged(entry, state, "; ".join(dict.fromkeys(m.text for m in sure or misfits)))


def _mapped(stored: Mapping[str, Stored]) -> Iterator[dict[str, Stored]]:
    """What a map over a task stored, as what the task returned each time."""
    size = min((len(part.parts) for part in stored.values()), default=0)
    for number in map(str, range(size)):
        yield {name: untagged(part.parts[number]) for name, part in stored.items()}


def _lost(stored: Mapping[str, Stored]) -> Iterator[str]:
    """The local files and folders of an entry that are no longer there."""
    for literal in stored.values():
        for uri in literal.uris():
            parts = urlsplit(uri)
            path = unquote(parts.path) if parts.scheme == "file" else uri
            if parts.scheme in {"", "file"} and path and not Path(path).exists():
                yield path
