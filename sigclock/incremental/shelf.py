"""Many small values in the Git directory, of which a run reads and writes only those it needs.

They lie on pages named by their digests, which are never changed: a damaged page is as good as
none, and a run that writes disturbs none that reads.
"""

from __future__ import annotations

import hashlib
import zlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from sigclock.incremental.cabinet import put

Kept = TypeVar("Kept")

#: Values on a page, which is read and written as a whole: some 40 kB.
_ROWS = 48
_LARGEST = 64_000_000
_DIGEST = 16


class LostPageError(Exception):
    """A page is missing or damaged: what rests on it is not known any more."""


class Pages:
    """Contents in a folder by their digests."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, name: str) -> bytes:
        """The content of that name; `LostPageError` if there is none."""
        file = self._folder / name
        try:
            content = file.read_bytes() if file.stat().st_size <= _LARGEST else b""
        except (OSError, ValueError) as error:
            raise LostPageError(name) from error
        if _name(content) != name:
            raise LostPageError(name)
        return content

    def write(self, content: bytes) -> str:
        """Keep a content; its name. `OSError` if it cannot be written."""
        name = _name(content)
        if not (self._folder / name).exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            put(self._folder / name, content)
        return name

    def prune(self, needed: Collection[str]) -> None:
        """Throw all others away; a run that still reads one of them starts afresh."""
        with suppress(OSError):
            for file in self._folder.iterdir():
                if file.name not in needed:
                    file.unlink()


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
            shelf._names[number] = pages.write(_encoded({key: values[key] for key in some}))
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
        for number in sorted(self._changed):
            page = self._read.get(number)
            self._names[number] = self._pages.write(_encoded(page)) if page else ""
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
