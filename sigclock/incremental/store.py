"""What outlives a run: bodies by kind and key, in one SQLite file in the Git directory.

Whatever in it is damaged, foreign, too large or locked is as good as none; so is a Git directory
that cannot be written, and a Python without SQLite. Nobody may depend on more than speed: a body
is given back as it was put under that key, or not at all.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeVar

import msgspec

from sigclock.git.own_files import NAME, is_own_folder, own_file

if TYPE_CHECKING:
    import sqlite3

    from sigclock.git.repository import Repository

Value = TypeVar("Value")

#: Set to 0, every run starts from nothing and leaves nothing.
SWITCH = "SIGCLOCK_CACHE"
#: Bytes of a file that is made anew when it is opened next, of a full one, and of a body.
_LARGEST, _FULL, _LARGEST_BODY = 400_000_000, 500_000_000, 200_000_000
_PAGE = 8192
#: Each version of sigclock and of Python has a file of its own; so many are kept.
_MAKERS = 2
_FILE = re.compile(r"store-[0-9a-f]{16}\.sqlite")
#: SQLite would believe these, and one can name a file to delete. We never have any.
_BESIDE = ("-journal", "-wal", "-shm")
_SECONDS = 2.0
_SCHEMA = (
    "CREATE TABLE entry (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, key BLOB NOT NULL UNIQUE, "
    "digest BLOB NOT NULL, body BLOB NOT NULL)"
)
_BY_KIND = "CREATE INDEX of_kind ON entry (kind)"
#: Undone in memory: a run that is killed while it writes damages the file, which is made anew.
_SETTINGS = (
    f"page_size={_PAGE}",
    f"max_page_count={_FULL // _PAGE}",
    "journal_mode=memory",
    "synchronous=off",
    "temp_store=memory",
    "trusted_schema=off",
    "cell_size_check=on",
    "mmap_size=0",
)

#: How many things of each kind this process took from a store, and how many it had to read anew.
_reused: Counter[str] = Counter()
_read: Counter[str] = Counter()


def note(what: str, reused: int, read: int) -> None:
    """Count what `told` says."""
    _reused[what] += reused
    _read[what] += read


def told() -> str:
    """What this process took from the store, in one line; empty if it asked for nothing."""
    kinds = sorted(kind for kind in _reused.keys() | _read.keys() if _reused[kind] + _read[kind])
    parts = [f"{_reused[kind]} of {_reused[kind] + _read[kind]} {kind}" for kind in kinds]
    return f"re-used {', '.join(parts)}" if parts else ""


def forget_told() -> None:
    """Count from nothing again."""
    _reused.clear()
    _read.clear()


class Store:
    """The store in a folder of the Git directory, which all work trees share; None is no store."""

    _opened: ClassVar[weakref.WeakKeyDictionary[Repository, Store]] = weakref.WeakKeyDictionary()

    def __init__(self, folder: Path | None) -> None:
        self._database: sqlite3.Connection | None = None
        self._file = folder / f"store-{maker()}.sqlite" if folder else None
        self._open()

    @classmethod
    def of(cls, repository: Repository) -> Store:
        """The store that this process has open for a repository."""
        found = cls._opened.get(repository)
        if found is None:
            off = os.environ.get(SWITCH) == "0"
            found = cls._opened[repository] = cls(None if off else repository.common_dir / NAME)
            weakref.finalize(repository, found.close)
        return found

    def close(self) -> None:
        """Give the file back; from then on there is nothing in the store."""
        database, self._database = self._database, None
        if database is not None:
            with suppress(*_errors()):
                database.close()

    # -- what is in it ---------------------------------------------------------------------------

    def body(self, kind: str, key: str) -> bytes | None:
        """The body under a key."""
        hashed = hashed_key(kind, key)
        rows = self._rows("SELECT key, digest, body FROM entry WHERE key = ?", hashed)
        return next(_sound(rows), None)

    def load(self, kind: str, key: str, type_: type[Value]) -> Value | None:
        """The value under a key, as `keep` was given it."""
        body = self.body(kind, key)
        return None if body is None else _decoded(body, type_)

    def among(self, kind: str, keys: Iterable[str]) -> list[str]:
        """Those of the keys under which there may be something, in the order given."""
        rows = self._rows("SELECT key FROM entry WHERE kind = ?", kind)
        found = {hashed for (hashed,) in rows}
        return [key for key in keys if hashed_key(kind, key) in found] if found else []

    # -- what is put into it ---------------------------------------------------------------------

    def put(self, kind: str, bodies: Mapping[str, bytes], most: int | None = None) -> bool:
        """Put bodies in the place of those of the same keys; whether they are all kept now.

        Of the kind, all but the newest `most` are thrown away.
        """
        if any(len(body) > _LARGEST_BODY for body in bodies.values()):
            return False
        hashed = ((hashed_key(kind, key), body) for key, body in bodies.items())
        rows = ((kind, key, digest_of(key, body), body) for key, body in hashed)
        statement = "INSERT OR REPLACE INTO entry (kind, key, digest, body) VALUES (?, ?, ?, ?)"
        with self.together():
            kept = self._write(lambda database: database.executemany(statement, rows))
            return kept and (most is None or self._prune(kind, most))

    def keep(self, kind: str, key: str, value: object, most: int) -> bool:
        """Put a value in the place of the last one.

        Some cannot be: half of a letter, a number of thousands of digits.
        """
        try:
            body = msgspec.msgpack.encode(value)
        except (UnicodeError, OverflowError):
            return False
        return self.put(kind, {key: body}, most)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Write all that is put meanwhile in one step, as far as it can be written."""
        outermost = self._database is not None and not self._database.in_transaction
        begun = outermost and self._write(lambda database: database.execute("BEGIN IMMEDIATE"))
        try:
            yield
        finally:
            if begun and self._database is not None and self._database.in_transaction:
                self._write(lambda database: database.execute("COMMIT"))

    def _prune(self, kind: str, most: int) -> bool:
        statement = (
            "DELETE FROM entry WHERE kind = ? AND id <= "
            "(SELECT id FROM entry WHERE kind = ? ORDER BY id DESC LIMIT 1 OFFSET ?)"
        )
        return self._write(lambda database: database.execute(statement, (kind, kind, most)))

    # -- the file --------------------------------------------------------------------------------

    def _rows(self, statement: str, value: str | bytes) -> list[tuple[object, ...]]:
        database = self._database
        if database is None:
            return []
        try:
            return database.execute(statement, (value,)).fetchall()
        except _errors() as error:
            self._failed(error)
            return []

    def _write(self, work: Callable[[sqlite3.Connection], object]) -> bool:
        database = self._database
        if database is None:
            return False
        try:
            work(database)
        except _errors() as error:
            self._failed(error)
            return False
        return True

    def _failed(self, error: Exception) -> None:
        """Throw a damaged file away; do without one that is locked, full or cannot be written."""
        database = self._database
        self.close()
        if database is not None and _is_damage(error):
            self._remove()
            self._open()

    def _open(self) -> None:
        file = self._file
        if file is None or not _has_sqlite():
            return
        if not is_own_folder(file.parent, make=True):
            return
        if any(os.path.lexists(f"{file}{end}") for end in _BESIDE):
            return
        status = own_file(file)
        if status is None and os.path.lexists(file):
            return
        if status is not None and status.st_size > _LARGEST:
            self._remove()
            status = None
        # An empty one is just being made.
        new = status is None or not status.st_size
        try:
            self._database = _connected(file, new=new)
        except _errors() as error:
            if status is not None and _is_damage(error):
                self._remove()
                with suppress(*_errors()):
                    self._database = _connected(file, new=True)

    def _remove(self) -> None:
        if self._file is not None and own_file(self._file):
            with suppress(OSError):
                self._file.unlink()


def _connected(file: Path, *, new: bool) -> sqlite3.Connection:
    import sqlite3  # noqa: PLC0415 - a hook with nothing to do needs none

    writable = os.access(file.parent if new else file, os.W_OK)
    mode = "rwc" if new else ("rw" if writable else "ro")
    # Whoever frees the repository may be another thread.
    database = sqlite3.connect(
        f"{file.as_uri()}?mode={mode}",
        timeout=_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        uri=True,
    )
    try:
        for setting in _SETTINGS:
            database.execute(f"PRAGMA {setting}")
        _prepare(database, file, new=new)
    except BaseException:
        database.close()
        raise
    return database


def _prepare(database: sqlite3.Connection, file: Path, *, new: bool) -> None:
    """Make the tables of a new file; another one must have just these."""
    import sqlite3  # noqa: PLC0415 - as above

    def schema() -> list[str]:
        rows = database.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY sql")
        return [sql for (sql,) in rows]

    if new and not schema():
        database.execute("BEGIN IMMEDIATE")
        if not schema():
            # Another process may have made them meanwhile.
            for statement in (_SCHEMA, _BY_KIND):
                database.execute(statement)
        database.execute("COMMIT")
        _prune_makers(file.parent)
    if schema() != sorted((_SCHEMA, _BY_KIND)):
        raise sqlite3.DatabaseError("another file")


def _prune_makers(folder: Path) -> None:
    """Throw away the files of all makers but the newest."""
    with suppress(OSError):
        names = [file for file in folder.iterdir() if _FILE.fullmatch(file.name)]
        files = [(status.st_mtime_ns, file) for file in names if (status := own_file(file))]
        for _, file in sorted(files, reverse=True)[_MAKERS:]:
            file.unlink()


@cache
def maker() -> str:
    """What made a value: this sigclock to its last line, and this Python.

    The same wherever and whenever it was installed, so that a kept folder serves a new
    installation.
    """
    digest = hashlib.sha256(f"{sys.implementation.name} {sys.version_info[:2]}".encode())
    digest.update(sources(Path(__file__).parents[1]))
    return digest.hexdigest()[:16]


def sources(package: Path) -> bytes:
    """What tells the package's sources: the record of its installation, else what they hold."""
    from sigclock import __version__  # noqa: PLC0415 - the package itself

    record = package.parent / f"sigclock-{__version__}.dist-info" / "RECORD"
    with suppress(OSError):
        # It has the digest of each file.
        lines = record.read_bytes().splitlines()
        own = [line for line in lines if line.startswith(b"sigclock/") and b".py,sha256=" in line]
        if own:
            return b"\n".join(sorted(own))
    files = sorted((path.relative_to(package).as_posix(), path) for path in package.rglob("*.py"))
    return b"".join(
        name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest() for name, path in files
    )


def hashed_key(kind: str, key: str) -> bytes:
    """What a key is in the file."""
    return hashlib.sha256(f"{kind}\0{key}".encode("utf-8", "surrogatepass")).digest()[:16]


def digest_of(hashed: bytes, body: bytes) -> bytes:
    """What a body must have beside it to count under a key."""
    digest = hashlib.sha256(hashed)
    digest.update(body)
    return digest.digest()[:16]


def _sound(rows: Iterable[tuple[object, ...]]) -> Iterator[bytes]:
    """The bodies that are as they were put under their keys."""
    for hashed, digest, body in rows:
        # In a forged file a value has any type.
        match hashed, body:
            case bytes(), bytes() if digest_of(hashed, body) == digest:
                yield body
            case _:
                pass


def _decoded(body: bytes, type_: type[Value]) -> Value | None:
    try:
        return msgspec.msgpack.decode(body, type=type_)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


@cache
def _has_sqlite() -> bool:
    try:
        import sqlite3  # noqa: F401, PLC0415 - as above
    except ImportError:
        return False
    return True


def _errors() -> tuple[type[Exception], ...]:
    """What SQLite raises; a file may also hold text that is none, or a value of another type."""
    if not _has_sqlite():
        return ()
    import sqlite3  # noqa: PLC0415 - as above

    return (sqlite3.Error, UnicodeError, TypeError, ValueError, OSError)


def _is_damage(error: Exception) -> bool:
    """Whether an error tells of the file and not of the moment: locked, full, not to be written."""
    import sqlite3  # noqa: PLC0415 - as above

    return not isinstance(error, (sqlite3.OperationalError, sqlite3.ProgrammingError, OSError))
