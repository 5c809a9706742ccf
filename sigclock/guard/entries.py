"""The rows of the local caches, without the libraries that wrote them; nothing is unpickled."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from sigclock.errors import SigclockError
from sigclock.guard.notes import PREFIX, Notes, parsed
from sigclock.guard.signature import split_version

#: Where both SDKs keep their caches, in one file.
FOLDER = Path("~/.flyte/local-cache")
DATABASE = "cache.db"

_COLUMNS = {"rowid", "key", "raw", "store_time", "mode", "filename", "value"}
_HASH = "[0-9a-f]{32}"
#: How a value lies in a row, by diskcache: as it is, in a file, as a text in a file, as a pickle.
_RAW, _BINARY = 1, 2
_FILE = re.compile(r"[0-9a-f]{2}[/\\][0-9a-f]{2}[/\\][0-9a-f]{1,64}\.val")
_LARGEST = 64 * 1024 * 1024
#: How long to wait for a process that writes, in seconds.
_PATIENCE = 5.0


class Entry(msgspec.Struct, frozen=True):
    """What one call of a task stored.

    `version` is the task's own, `signature` the guard's name of the one that stored it, None
    without the guard. `data` is None where it cannot be read: a pickle of an old flytekit, a lost
    file.
    """

    task: str
    version: str
    signature: str | None
    key: str
    rowid: int
    stored: float
    data: bytes | None
    filename: str | None


class Contents(msgspec.Struct, frozen=True):
    """The entries of known tasks, the guard's notes, and how many other rows there are.

    Keys of Flyte 2 hold no names, so its entries are only counted.
    """

    entries: tuple[Entry, ...] = ()
    notes: dict[tuple[str, str], Notes] = {}
    others: int = 0
    flyte_2: int = 0


def read(folder: Path, names: Iterable[str]) -> Contents:
    """What the caches hold of these tasks; nothing where there is no cache."""
    path = folder / DATABASE
    if not path.is_file():
        return Contents()
    try:
        with closing(connect(path, writing=False)) as database:
            return _contents(database, folder, sorted(names))
    except sqlite3.Error as error:
        raise SigclockError(
            f"the local cache cannot be read: {error}",
            advice="wait for the run that uses it, then try again",
            location=str(path),
        ) from error


def connect(path: Path, *, writing: bool) -> sqlite3.Connection:
    """A connection to a cache that is there, and that nothing but a write can change."""
    mode = "rw" if writing else "ro"
    address = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(address, uri=True, timeout=_PATIENCE, isolation_level=None)


def is_known(database: sqlite3.Connection) -> bool:
    """Whether diskcache's table is as this module reads it."""
    columns = {row[1] for row in database.execute("PRAGMA table_info(Cache)")}
    return columns >= _COLUMNS


def _contents(database: sqlite3.Connection, folder: Path, names: list[str]) -> Contents:
    tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    flyte_2 = 0
    if "task_cache" in tables:
        ((flyte_2,),) = database.execute("SELECT count(*) FROM task_cache")
    if "Cache" not in tables:
        return Contents(flyte_2=flyte_2)
    if not is_known(database):
        raise SigclockError(
            "the local cache has a form that sigclock does not know",
            advice="nothing was read; `pyflyte local-cache clear` empties it whole",
            location=str(folder / DATABASE),
        )
    patterns = [(name, _pattern(name)) for name in names]
    entries: list[Entry] = []
    notes: dict[tuple[str, str], Notes] = {}
    others = 0
    for row in database.execute(
        "SELECT rowid, key, raw, store_time, mode, filename, value FROM Cache ORDER BY rowid"
    ):
        key = row[1]
        if isinstance(key, str) and key.startswith(PREFIX):
            note = parsed(row[6])
            notes[note.name, note.version] = note
            continue
        owners = list(_owners(key, patterns)) if isinstance(key, str) and row[2] else []
        if len(owners) == 1:
            entries.append(_entry(row, *owners[0], folder))
        else:
            others += 1
    return Contents(tuple(entries), notes, others, flyte_2)


def _pattern(name: str) -> re.Pattern[str]:
    """The keys of a task, and of the maps over it."""
    module, _, function = name.rpartition(".")
    mapped = rf"{re.escape(module)}\.map_{re.escape(function)}_[0-9a-f]{{32}}-arraynode"
    return re.compile(rf"(?:{re.escape(name)}|{mapped})-(?P<version>.*)-{_HASH}", re.DOTALL)


def _owners(key: str, patterns: list[tuple[str, re.Pattern[str]]]) -> Iterator[tuple[str, str]]:
    """Each known task that may have stored a key, with the version, for a key has no marks."""
    for name, pattern in patterns:
        match = key.startswith(name.rpartition(".")[0]) and pattern.fullmatch(key)
        if match:
            yield name, match["version"]


def _entry(row: tuple[object, ...], task: str, version: str, folder: Path) -> Entry:
    rowid, key, _, stored, mode, filename, value = row
    assert isinstance(rowid, int)
    own, signature = split_version(version)
    name = filename if isinstance(filename, str) and _FILE.fullmatch(filename) else None
    data = _data(mode, value, folder / name if name else None)
    time = stored if isinstance(stored, float) else 0.0
    return Entry(task, own, signature, str(key), rowid, time, data, name)


def _data(mode: object, value: object, file: Path | None) -> bytes | None:
    if mode == _RAW and isinstance(value, bytes):
        return value
    if mode != _BINARY or file is None:
        return None
    try:
        with file.open("rb") as opened:
            return opened.read(_LARGEST)
    except OSError:
        return None
