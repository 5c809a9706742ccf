"""Plain files, read within bounds, where a stranger may have put something else.

A link is not followed, a pipe or a device is not waited for, and no more than `LARGEST` + 1 bytes
are read. Every file that is no blob and lies where others can put one is read by these functions.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

from sigclock.source import LARGEST

if TYPE_CHECKING:
    from pathlib import Path

_CHUNK = 65536
_UNHURRIED = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)


def open_plain(path: str | Path, *, follow: bool = False) -> int:
    """Open a regular file for reading; `OSError` for all else, and for a link unless `follow`."""
    file = os.open(path, os.O_RDONLY | _UNHURRIED | (0 if follow else _NO_FOLLOW))
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise OSError(errno.EINVAL, "it is not a regular file")
    return file


def read_plain(path: str | Path, *, follow: bool = False) -> bytes:
    """Read at most `LARGEST` + 1 bytes of a regular file; `OSError` as `open_plain`."""
    file = open_plain(path, follow=follow)
    try:
        return content(file)
    finally:
        os.close(file)


def content(file: int) -> bytes:
    """Read at most `LARGEST` + 1 bytes of an open file, of which nothing was read yet.

    The buffer is as small as the file: a process does not get back all memory of a larger one.
    """
    size = min(os.fstat(file).st_size, LARGEST)
    first = os.read(file, size + 1)
    if len(first) == size:
        return first
    parts, left = [first], LARGEST + 1 - len(first)
    # What was written since, or what the size does not show.
    while left > 0 and (more := os.read(file, min(left, _CHUNK))):
        parts.append(more)
        left -= len(more)
    return b"".join(parts)
