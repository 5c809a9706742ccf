"""Readings that outlive a run, in the store, so that a walk goes on where it ended.

They stand under the file and the blob that were read, with the configuration of names: the rest
of what a reading depends on is in it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager

import msgspec

from sigclock.errors import LockError
from sigclock.git.repository import Repository
from sigclock.incremental.growing import Answer, FileReading, Question, Readings
from sigclock.incremental.store import Store
from sigclock.interface.locations import PartLocation, packed, unpacked
from sigclock.interface.snapshot import Snapshot
from sigclock.lock import reader
from sigclock.lock.lock import Lock
from sigclock.source import Location
from sigclock.tasks.extract import Options
from sigclock.tasks.file_reader import Declared
from sigclock.tasks.namesakes import Rank

#: Path and blob.
_Key = tuple[str, str]
_KIND, _MOST, _AT_ONCE = "history", 100_000, 500


#: Name, rank, owner, whether the name is ambiguous, and places by definition and part.
_Facts = tuple[str, Rank, str, bool, list[tuple[str, str, str, int, bool]]]
#: What a module can be asked, as `growing.Watched` does.
_QUESTIONS = {("find",), ("is_namespace",), ("is_guess",), ("import_name",), ("is_ambiguous",)}


class _Stored(msgspec.Struct, forbid_unknown_fields=True):
    """A reading as its text has it."""

    factories: tuple[str, ...]
    blobs: dict[str, str]
    answers: list[list[Answer]]
    declared: list[_Facts]
    unread: bool
    lock: str


class KeptReadings(Readings):
    """The readings of one project, loaded from the store when asked for; `close` keeps new ones."""

    def __init__(self, store: Store, options: Options) -> None:
        super().__init__()
        self._store = store
        self._settings = _settings(options)
        self._new: set[_Key] = set()

    @classmethod
    @contextmanager
    def keep(
        cls, repository: Repository, projects: Mapping[str, Options]
    ) -> Iterator[dict[str, KeptReadings]]:
        """The readings of each project."""
        store = Store.of(repository)
        with ExitStack() as stack:
            yield {
                key: stack.enter_context(closing(cls(store, options)))
                for key, options in projects.items()
            }

    def of(self, path: str, blob: str) -> Iterable[FileReading]:
        if (path, blob) not in self._known:
            bodies = self._store.load(_KIND, self._key(path, blob), tuple[bytes, ...]) or ()
            readings = map(decoded, bodies)
            self._known[path, blob] = [reading for reading in readings if reading is not None]
        return super().of(path, blob)

    def add(self, path: str, blob: str, reading: FileReading) -> None:
        super().add(path, blob, reading)
        self._new.add((path, blob))
        if len(self._new) >= _AT_ONCE:
            self.close()

    def close(self) -> None:
        """Keep what is new."""
        bodies = {
            self._key(*key): msgspec.msgpack.encode([*map(_encoded, self._known[key])])
            for key in sorted(self._new)
        }
        self._new.clear()
        self._store.put(_KIND, bodies, _MOST)

    def _key(self, path: str, blob: str) -> str:
        return f"{self._settings}\0{path}\0{blob}"


def _settings(options: Options) -> str:
    facts = [*options.source_roots, *map("=".join, options.declared), ""]
    return json.dumps([*facts, *sorted(options.task_decorators), "", *sorted(options.not_tasks)])


def _encoded(reading: FileReading) -> bytes:
    tasks = {str(number): task.task for number, task in enumerate(reading.tasks)}
    return json.dumps(
        {
            "factories": reading.factories,
            "blobs": reading.blobs,
            "answers": [[*question, answer] for question, answer in reading.answers.items()],
            "declared": [_plain(task) for task in reading.tasks],
            "unread": reading.unread,
            "lock": reader.dumps(Lock(Snapshot(tasks))).decode() if tasks else "",
        }
    ).encode()


def _plain(declared: Declared) -> list[object]:
    places = [
        [owner, part, place.location.path, place.location.line, place.default]
        for owner, parts in declared.locations.items()
        for part, place in unpacked(parts).items()
    ]
    return [declared.name, declared.rank, declared.owner, declared.ambiguous, places]


def decoded(body: bytes) -> FileReading | None:
    """The reading, None for what another sigclock would have written."""
    try:
        found = msgspec.json.decode(body, type=_Stored)
        lock = reader.loads(found.lock.encode()) if found.lock else Lock()
        return FileReading(
            tuple(_declared(facts, lock, number) for number, facts in enumerate(found.declared)),
            found.factories,
            found.blobs,
            dict(map(_answered, found.answers)),
            found.unread,
        )
    except (LockError, msgspec.DecodeError, ValueError, KeyError, RecursionError):
        return None


def _answered(line: list[Answer]) -> tuple[Question, Answer]:
    question = tuple(part for part in line[:-1] if isinstance(part, str))
    if len(question) + 1 != len(line) or question[:1] not in _QUESTIONS:
        raise ValueError(line)
    return question, line[-1]


def _declared(facts: _Facts, lock: Lock, number: int) -> Declared:
    name, rank, owner, ambiguous, places = facts
    found: dict[str, dict[str, PartLocation]] = defaultdict(dict)
    for key, part, path, line, default in places:
        found[key][part] = PartLocation(Location(path, line), default)
    at = {key: packed(parts) for key, parts in found.items()}
    return Declared(name, rank, owner, lock.snapshot.tasks[str(number)], at, ambiguous)
