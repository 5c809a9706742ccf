"""What a repository's store holds, looked at and damaged from outside."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from sigclock.incremental import store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.git import Repo


def folder(repo: Repo) -> Path:
    return repo.path / ".git/sigclock"


def file(repo: Repo) -> Path:
    """The file of this sigclock."""
    return folder(repo) / f"store-{store.maker()}.sqlite"


def bodies(repo: Repo, *kinds: str) -> dict[bytes, bytes]:
    """What is kept of some kinds, the oldest first."""
    if not file(repo).exists():
        return {}
    question = "SELECT kind, key, body FROM entry ORDER BY id"
    with closing(sqlite3.connect(file(repo))) as database:
        return {key: body for kind, key, body in database.execute(question) if kind in kinds}


def change(repo: Repo, key: bytes, forge: Callable[[bytes], bytes], *, sound: bool) -> None:
    """Put another body under a key; if `sound`, with the digest that fits."""
    with closing(sqlite3.connect(file(repo))) as database, database:
        (body,) = database.execute("SELECT body FROM entry WHERE key = ?", (key,)).fetchone()
        body = forge(body)
        database.execute("UPDATE entry SET body = ? WHERE key = ?", (body, key))
        if sound:
            digest = store.digest_of(key, body)
            database.execute("UPDATE entry SET digest = ? WHERE key = ?", (digest, key))


def drop(repo: Repo, key: bytes) -> None:
    with closing(sqlite3.connect(file(repo))) as database, database:
        database.execute("DELETE FROM entry WHERE key = ?", (key,))


def altered(file: Path, statement: str) -> None:
    """Run a statement on a store."""
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(statement)
