"""Many small values in the Git directory, of which a run reads and writes only those it needs.

They lie on pages named by their digests, which are never changed: a damaged page is as good as
none, and a run that writes disturbs none that reads.
"""

from __future__ import annotations

import hashlib
import zlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from sigclock.incremental.store import Store

Kept = TypeVar("Kept")

#: Values on a page, which is read and written as a whole: some 40 kB.
_ROWS = 48
_KIND = "page"
_DIGEST = 16


class LostPageError(Exception):
    """A page is missing or damaged: what rests on it is not known any more."""


class Pages:
    """Contents in the store by their digests."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def read(self, name: str) -> bytes:
        """The content of that name; `LostPageError` if there is none."""
        content = self._store.body(_KIND, name)
        if content is None:
            raise LostPageError(name)
        return content

    def write(self, *contents: bytes) -> list[str]:
        """Keep contents; their names. `OSError` if they cannot be written."""
        names = list(map(_name, contents))
        if not self._store.put(_KIND, dict(zip(names, contents, strict=True))):
            raise OSError("pages")
        return names

    def prune(self, needed: Collection[str]) -> None:
        """Throw all others away; a run that still reads one of them starts afresh."""
        self._store.retain(_KIND, needed)


class Shelf:
    """Values by kind and subject; all of one subject lie on one page, for they are read together.

    What is put there counts from then on, and is kept by `save`.
    """

    def __init__(self, pages: Pages, names: Sequence[str]) -> None:
        self._pages = pages
        self._names = list(names)
        self._read: dict[int, dict[str, msgspec.Raw]] = {}
        self._changed: set[int] = set()

    @classmethod
    def of(cls, pages: Pages, values: Mapping[str, object]) -> Shelf:
        """A shelf of these values, on as many pages as they need; `OSError` if it cannot be kept.

        A key is a kind and a subject, and what more it takes, with a NUL between them.
        """
        shelf = cls(pages, [""] * (len(values) // _ROWS + 1))
        keys: dict[int, list[str]] = defaultdict(list)
        for key in values:
            keys[shelf._number(key)].append(key)
        # One page after the other: all of them would be as large as what they are made of.
        for number, some in keys.items():
            (name,) = pages.write(_encoded({key: values[key] for key in some}))
            shelf._names[number] = name
        return shelf

    def get(self, key: str, type_: type[Kept]) -> Kept | None:
        """The value under a key, None if there is none; `LostPageError` if that is not known."""
        found = self._page(key).get(key)
        if found is None:
            return None
        try:
            return msgspec.msgpack.decode(found, type=type_)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise LostPageError(key) from error

    def put(self, key: str, value: object) -> None:
        """Put a value in the place of the last one; None takes it away."""
        page = self._page(key)
        self._changed.add(self._number(key))
        if value is None:
            page.pop(key, None)
        else:
            page[key] = msgspec.Raw(msgspec.msgpack.encode(value))

    def save(self) -> tuple[str, ...]:
        """The names of the pages, all of them written; `OSError` if one cannot be."""
        pages = {number: self._read.get(number) for number in sorted(self._changed)}
        full = {number: _encoded(page) for number, page in pages.items() if page}
        names = dict(zip(full, self._pages.write(*full.values()), strict=True)) if full else {}
        for number in pages:
            self._names[number] = names.get(number, "")
        self._changed.clear()
        return tuple(self._names)

    def _number(self, key: str) -> int:
        return zlib.crc32(key.split("\0")[1].encode()) % len(self._names)

    def _page(self, key: str) -> dict[str, msgspec.Raw]:
        number = self._number(key)
        if number not in self._read:
            name = self._names[number]
            self._read[number] = self._decoded(name) if name else {}
        return self._read[number]

    def _decoded(self, name: str) -> Any:  # noqa: ANN401 - as msgspec has it
        try:
            return msgspec.msgpack.decode(self._pages.read(name), type=dict[str, msgspec.Raw])
        except (msgspec.MsgspecError, ValueError) as error:
            raise LostPageError(name) from error


def _encoded(page: Mapping[str, object]) -> bytes:
    return msgspec.msgpack.encode(page, order="deterministic")


def _name(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=_DIGEST).hexdigest()
