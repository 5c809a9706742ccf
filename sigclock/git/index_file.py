"""The file in which Git keeps the index: whether it is whole, and when it was written."""

from __future__ import annotations

import hashlib
import os
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

from sigclock.git.errors import damaged_index
from sigclock.git.plain_files import open_plain

if TYPE_CHECKING:
    from pathlib import Path

_WITHOUT_FLAGS = b"DIRC\0\0\0\2"
_DIGESTS = ("sha1", "sha256")
_CHUNK = 1024 * 1024


class IndexFile:
    """An index at a place where there may be none yet."""

    def __init__(self, place: Path) -> None:
        self._place = place

    def verify(self) -> None:
        """Raise if the index is cut off: Git does not notice, and files seem to be removed."""
        with self._opened() as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 20))
            # With index.skipHash Git writes zeros instead of the digest.
            whole = not any(file.read())
            if not whole and not any(_ends_in_digest(file, size, name) for name in _DIGESTS):
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
        with self._opened() as file:
            return file.read(len(_WITHOUT_FLAGS)) != _WITHOUT_FLAGS

    def _opened(self) -> BinaryIO:
        """The file; an empty one where there is none, as before the first `git add`."""
        try:
            return os.fdopen(open_plain(self._place, follow=True), "rb")
        except OSError:
            return BytesIO()


def _ends_in_digest(file: BinaryIO, size: int, name: str) -> bool:
    """Read in chunks, for an index may be larger than any source."""
    hasher = hashlib.new(name, usedforsecurity=False)
    left = size - hasher.digest_size
    file.seek(0)
    while left > 0 and (chunk := file.read(min(left, _CHUNK))):
        hasher.update(chunk)
        left -= len(chunk)
    return file.read() == hasher.digest()
