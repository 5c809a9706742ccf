"""Readings that outlive a run: a file in the Git directory, so that a walk goes on where it ended.

A line has a checksum, the file and blob that were read, and the reading as JSON. Lines are only
added; one that is damaged is as good as none. The name of the journal has in it everything that a
reading depends on besides blobs: this sigclock, this Python, and the configuration of names.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec

from sigclock.errors import LockError
from sigclock.git.repository import Repository
from sigclock.incremental.cabinet import maker
from sigclock.incremental.growing import Answer, FileReading, Question, Readings
from sigclock.interface.locations import PartLocation, packed, unpacked
from sigclock.interface.snapshot import Snapshot
from sigclock.lock import reader
from sigclock.lock.lock import Lock
from sigclock.source import Location
from sigclock.tasks.extract import Options
from sigclock.tasks.file_reader import Declared
from sigclock.tasks.namesakes import Rank

_Key = tuple[str, str]


#: Name, rank, owner, whether the name is ambiguous, and places by definition and part.
_Facts = tuple[str, Rank, str, bool, list[tuple[str, str, str, int, bool]]]
#: What a module can be asked, as `growing.Watched` does.
_QUESTIONS = {("find",), ("is_namespace",), ("is_guess",), ("import_name",), ("is_ambiguous",)}


class _Stored(msgspec.Struct, forbid_unknown_fields=True):
    """A reading as its line has it."""

    factories: tuple[str, ...]
    blobs: dict[str, str]
    answers: list[list[Answer]]
    declared: list[_Facts]
    unread: bool
    lock: str


class Journal(Readings):
    """The lines of a file by what they are about, decoded when asked for; `file` takes new ones."""

    def __init__(self, lines: Iterable[bytes] = (), file: BinaryIO | None = None) -> None:
        super().__init__()
        self._file = file
        self._stored: dict[_Key, list[bytes]] = defaultdict(list)
        for line in lines:
            key, body = _checked(line)
            if key is not None:
                self._stored[key].append(body)

    @classmethod
    @contextmanager
    def keep(
        cls, repository: Repository, projects: Mapping[str, Options]
    ) -> Iterator[dict[str, Journal]]:
        """A journal for each project; in memory only where the Git directory cannot be written."""
        folder = repository.common_dir / "sigclock"
        with ExitStack() as stack:
            yield {
                key: cls._open(folder / f"history-{_name(options)}", stack)
                for key, options in projects.items()
            }

    @classmethod
    def _open(cls, path: Path, stack: ExitStack) -> Journal:
        try:
            path.parent.mkdir(exist_ok=True)
            lines = path.read_bytes().split(b"\n") if path.is_file() else []
            file = stack.enter_context(path.open("ab"))
        except OSError:
            return cls()
        if lines and lines[-1]:
            # The last run was killed while it wrote.
            file.write(b"\n")
        return cls(lines, file)

    def of(self, path: str, blob: str) -> Iterable[FileReading]:
        for body in self._stored.pop((path, blob), ()):
            reading = _decoded(body)
            if reading is not None:
                super().add(path, blob, reading)
        return super().of(path, blob)

    def add(self, path: str, blob: str, reading: FileReading) -> None:
        super().add(path, blob, reading)
        if self._file is not None:
            body = json.dumps([path, blob]).encode() + b"\t" + _encoded(reading)
            self._file.write(b"%08x\t%s\n" % (zlib.crc32(body), body))


def _name(options: Options) -> str:
    facts = [
        maker(),
        *options.source_roots,
        *map("=".join, options.declared),
        "",
        *sorted(options.task_decorators),
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def _checked(line: bytes) -> tuple[_Key | None, bytes]:
    checksum, _, body = line.partition(b"\t")
    if checksum != b"%08x" % zlib.crc32(body):
        return None, b""
    about, _, content = body.partition(b"\t")
    try:
        path, blob = json.loads(about)
    except (ValueError, TypeError, RecursionError):
        return None, b""
    known = isinstance(path, str) and isinstance(blob, str)
    return ((path, blob), content) if known else (None, b"")


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


def _decoded(body: bytes) -> FileReading | None:
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
