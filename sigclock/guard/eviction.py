"""Removes single entries from flytekit's local cache, each only if it is still as it was judged."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path

from sigclock.errors import SigclockError
from sigclock.guard.entries import DATABASE, Entry, connect, is_known

_AT_ONCE = 100


def evict(folder: Path, entries: Iterable[Entry]) -> int:
    """Remove entries, and say how many; those that a run replaced meanwhile stay.

    The rows go first, in one transaction for so many: whoever kills it leaves at worst a file that
    no row names. diskcache's own triggers keep its counts.
    """
    path = folder / DATABASE
    removed = 0
    waiting = list(entries)
    try:
        with closing(connect(path, writing=True)) as database:
            if not is_known(database):
                raise sqlite3.DatabaseError("it has a form that sigclock does not know")
            while waiting:
                some, waiting = waiting[:_AT_ONCE], waiting[_AT_ONCE:]
                removed += _evict(database, folder, some)
    except sqlite3.Error as error:
        raise SigclockError(
            f"the local cache cannot be changed: {error}; {removed} entries were removed",
            advice="wait for the run that uses it, then try again",
            location=str(path),
        ) from error
    return removed


def _evict(database: sqlite3.Connection, folder: Path, entries: list[Entry]) -> int:
    database.execute("BEGIN IMMEDIATE")
    try:
        gone = [entry for entry in entries if _delete(database, entry)]
    except sqlite3.Error:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")
    for entry in gone:
        if entry.filename:
            with suppress(OSError):
                (folder / entry.filename).unlink()
    return len(gone)


def _delete(database: sqlite3.Connection, entry: Entry) -> bool:
    """Whether the very entry that was read was there, and is no more."""
    where = "rowid = ? AND key = ? AND raw = 1 AND store_time = ?"
    found = database.execute(
        f"DELETE FROM Cache WHERE {where}",  # noqa: S608 - a constant
        (entry.rowid, entry.key, entry.stored),
    )
    return found.rowcount == 1
