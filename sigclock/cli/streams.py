"""What is printed: UTF-8 with plain ends of lines on every system, and no failure on a letter."""

from __future__ import annotations

import codecs
import errno
import io
import os
from collections.abc import Mapping
from typing import TextIO

_WINDOWS = os.name == "nt"


def prepare(stream: TextIO | None, environ: Mapping[str, str]) -> None:
    """Have a stream take every letter of ours.

    Into a pipe or a file, Windows writes its own encoding, which has no arrow, and its own ends of
    lines. An encoding that the user chose with PYTHONIOENCODING stays; what it lacks is escaped.
    """
    if not isinstance(stream, io.TextIOWrapper):
        return
    stream.reconfigure(newline="\n")
    if codecs.lookup(stream.encoding).name == "utf-8":
        return
    if environ.get("PYTHONIOENCODING", "").partition(":")[0]:
        stream.reconfigure(errors="backslashreplace")
    else:
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def reader_is_gone(error: OSError, *, windows: bool = _WINDOWS) -> bool:
    """Whether a write failed because nobody reads any more, as behind `| head`."""
    return isinstance(error, BrokenPipeError) or (windows and error.errno == errno.EINVAL)
