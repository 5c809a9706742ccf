"""What one tree was found to be, file by file, and by what each file has to do with others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TypeVar

import msgspec

from sigclock.interface.snapshot import IgnoredCache, Waiver
from sigclock.interface.unrecognized import Unrecognized
from sigclock.python.names.modules import Answer
from sigclock.python.values.byte_search import Round
from sigclock.python.values.constant_uses import last
from sigclock.tasks.file_reader import Class, Entry, FileSummary
from sigclock.tasks.reading import readers_of

Decoded = TypeVar("Decoded")

_STRONG = "strong"


class DamagedStateError(Exception):
    """A part of a state is not what it should be: somebody forged it."""


class Kept(msgspec.Struct, frozen=True):
    """A summary whose classes stand elsewhere, by their identities: files share most of them."""

    entries: tuple[Entry, ...]
    classes: dict[str, str]
    offers: tuple[str, ...]
    waivers: tuple[Waiver, ...]
    unrecognized: tuple[Unrecognized, ...] = ()
    ignored: tuple[IgnoredCache, ...] = ()


class TreeState(msgspec.Struct, frozen=True, dict=True):
    """Everything that one tree was found to be: its Python files by object id, and what follows.

    `files` and `classes` are as large as all the rest of a run, so each stays encoded until it is
    asked for. `offers` has what files offer to others, where they do. `asked` has the questions of
    every file that was followed, each as method and argument in one text. `mentions` tells in which
    files a name occurs; `looked` which of them were read to tell what else uses the constants
    behind a file's versions.

    `indexes` has what one says of a subject, and how often: `task` the files that declare a Flyte
    name, `site` those whose versions stand in a file, `trail` those whose versions go through a
    variable of that name (after it, whether it is of a class), `use` the positions at which a file
    reads one, `class` the identities of the classes of one import name, `maker` the files that
    apply what is not recognized, `strong` those in which that may be nothing but Flyte's.
    """

    blobs: dict[str, str] = {}
    rounds: tuple[Round, ...] = ()
    asked: dict[str, dict[str, Answer]] = {}
    files: dict[str, msgspec.Raw] = {}
    classes: dict[str, msgspec.Raw] = {}
    offers: dict[str, tuple[str, ...]] = {}
    indexes: dict[str, dict[str, int]] = {}
    mentions: dict[str, frozenset[str]] = {}
    looked: dict[str, frozenset[str]] = {}

    @cached_property
    def readers(self) -> Mapping[str, Sequence[str]]:
        """The files that lead to each file."""
        return readers_of(self.asked)

    def members(self, index: str, subject: str) -> Mapping[str, int]:
        """What an index has of a subject."""
        return self.indexes.get(f"{index}\0{subject}", {})

    @property
    def uses_flyte(self) -> bool:
        """Whether anything in the tree tells that Flyte is used."""
        tasks = (key for key in self.indexes if key.startswith("task\0"))
        return bool(self.offers or self.members(_STRONG, "")) or any(tasks)

    def summary(self, path: str, held: Callable[[str], Class] | None = None) -> FileSummary | None:
        """The summary of a file; None where there is none, `DamagedStateError` for any other.

        `held` is asked for classes in place of the method.
        """
        raw = self.files.get(path)
        if raw is None:
            return None
        kept = _decoded(raw, Kept)
        held = held or self.held
        classes = {key: held(identified) for key, identified in kept.classes.items()}
        rest = (kept.offers, kept.waivers, kept.unrecognized, kept.ignored)
        return FileSummary(path, kept.entries, classes, *rest)

    def held(self, identity: str) -> Class:
        """A class by its identity; `DamagedStateError` where that is none."""
        raw = self.classes.get(identity)
        if raw is None:
            raise DamagedStateError(identity)
        return _decoded(raw, Class)

    def replaced(self, summaries: Mapping[str, FileSummary | None]) -> TreeState:
        """The same with other summaries of some files; None takes one out."""
        files, classes, indexes = dict(self.files), dict(self.classes), dict(self.indexes)
        offers = {path: names for path, names in self.offers.items() if path not in summaries}
        changes: Counter[tuple[str, str]] = Counter()
        for path, summary in summaries.items():
            changes.subtract(_shares(self.summary(path)))
            changes.update(_shares(summary))
            if summary is None:
                files.pop(path, None)
                continue
            if summary.offers:
                offers[path] = summary.offers
            identities = {key: identity(key, class_) for key, class_ in summary.classes.items()}
            for key, class_ in summary.classes.items():
                classes[identities[key]] = _encoded(class_)
            rest = (summary.offers, summary.waivers, summary.unrecognized, summary.ignored)
            files[path] = _encoded(Kept(summary.entries, identities, *rest))
        copied: set[str] = set()
        for (key, member), number in changes.items():
            if key not in copied:
                copied.add(key)
                indexes[key] = dict(indexes.get(key, {}))
            members = indexes[key]
            members[member] = members.get(member, 0) + number
            if members[member] <= 0:
                del members[member]
                if key.startswith("class\0"):
                    classes.pop(member, None)
        for key in copied:
            if not indexes[key]:
                del indexes[key]
        return msgspec.structs.replace(
            self, files=files, classes=classes, offers=offers, indexes=indexes
        )


def identity(key: str, class_: Class) -> str:
    """What tells a class from all others of a tree: where it stands, and its import name."""
    location = class_.location.location
    return f"{location.path}\0{location.line}\0{class_.definition.import_name or key}"


def import_name(identified: str) -> str:
    """The import name in the identity of a class."""
    return identified.rpartition("\0")[2]


def _shares(summary: FileSummary | None) -> Iterator[tuple[str, str]]:
    """Where a file is found, and as what."""
    if summary is None:
        return
    path = summary.path
    for entry in summary.entries:
        yield f"task\0{entry.name}", path
        if entry.site.version is not None:
            yield f"site\0{entry.site.version.location.path}", path
        for use in entry.trail:
            yield f"trail\0{last(use.holder)}", f"{path}\0{int('.' in use.holder)}"
            yield f"use\0{use.path}", f"{use.line}:{use.column}"
    for key, class_ in summary.classes.items():
        identified = identity(key, class_)
        yield f"class\0{import_name(identified)}", identified
    for site in summary.unrecognized:
        yield f"maker\0{site.maker}", path
        if not site.weak:
            yield f"{_STRONG}\0", path


def _encoded(value: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.msgpack.encode(value))


def _decoded(raw: msgspec.Raw, type_: type[Decoded]) -> Decoded:
    try:
        return msgspec.msgpack.decode(raw, type=type_)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise DamagedStateError from error
