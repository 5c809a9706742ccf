"""The file in which Git keeps the index: whether it is whole, and when it was written."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sigclock.git.errors import damaged_index

if TYPE_CHECKING:
    from pathlib import Path

_WITHOUT_FLAGS = b"DIRC\0\0\0\2"


class IndexFile:
    """An index at a place where there may be none yet."""

    def __init__(self, place: Path) -> None:
        self._place = place

    def verify(self) -> None:
        """Raise if the index is cut off: Git does not notice, and files seem to be removed."""
        data = memoryview(self._read())
        # With index.skipHash Git writes zeros instead of the digest.
        whole = not data or not any(data[-20:])
        if not whole and not any(_ends_in_digest(data, name) for name in ("sha1", "sha256")):
            raise damaged_index("its checksum does not fit")

    @property
    def second(self) -> int:
        """The second, in nanoseconds, in which the index was written.

        Git compares times by the second. If a file is staged and, in the same second, replaced by
        another file of the same size and time, then Git cannot tell the two apart.
        """
        try:
            return int(self._place.stat().st_mtime) * 10**9
        except OSError:
            return 0

    @property
    def has_flags(self) -> bool:
        """Whether its format has room for marks on entries; nearly all have none."""
        return self._read()[:8] != _WITHOUT_FLAGS

    def _read(self) -> bytes:
        return self._place.read_bytes() if self._place.is_file() else b""


def _ends_in_digest(data: memoryview, name: str) -> bool:
    size = hashlib.new(name, usedforsecurity=False).digest_size
    return hashlib.new(name, data[:-size], usedforsecurity=False).digest() == data[-size:]
