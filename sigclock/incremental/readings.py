"""Readings of files by path and blob, kept in the store for whichever tree comes next."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

import msgspec

from sigclock.incremental.store import Store
from sigclock.tasks.extract import Options
from sigclock.tasks.reading import Reading

_KIND = "reading"
#: Files of the store, and readings of one file in it; so many files are written in one step.
_MOST, _MOST_OF_FILE, _AT_ONCE = 20_000, 8, 500


class Readings:
    """The readings under one configuration of names; without a store, those of this process."""

    def __init__(self, store: Store | None = None, options: Options | None = None) -> None:
        self._store = store or Store(None)
        self._settings = _settings(options or Options())
        self._known: dict[tuple[str, str], list[Reading]] = {}
        self._new: set[tuple[str, str]] = set()

    def of(self, path: str, blob: str) -> Iterable[Reading]:
        """Those that are known of a file."""
        if (path, blob) not in self._known:
            key = self._key(path, blob)
            self._known[path, blob] = self._store.load(_KIND, key, list[Reading]) or []
        return self._known[path, blob]

    def add(self, path: str, blob: str, reading: Reading) -> None:
        """Keep one more."""
        known = [other for other in self.of(path, blob) if other.trace != reading.trace]
        self._known[path, blob] = [*known, reading][-_MOST_OF_FILE:]
        self._new.add((path, blob))
        if len(self._new) >= _AT_ONCE:
            self.close()

    def close(self) -> None:
        """Write what is new to the store, and let go of it."""
        bodies = {}
        for path, blob in sorted(self._new):
            # Half of a letter, or a number of thousands of digits, cannot be kept.
            with suppress(UnicodeError, OverflowError):
                bodies[self._key(path, blob)] = msgspec.msgpack.encode(self._known[path, blob])
        if bodies and self._store.put(_KIND, bodies, _MOST):
            self._known.clear()
        self._new.clear()

    def _key(self, path: str, blob: str) -> str:
        return f"{self._settings}\0{path}\0{blob}"


def _settings(options: Options) -> str:
    """All of the configuration on which a file's own summary rests."""
    names = (sorted(options.task_decorators), sorted(options.not_tasks))
    return repr((options.source_roots, options.declared, names))
