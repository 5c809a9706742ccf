"""Output where the system has another encoding and other ends of lines, as a pipe on Windows."""

from __future__ import annotations

import errno
import io
import sys

import pytest
from support.hooked import Hooked, grow

from sigclock.cli.streams import prepare, reader_is_gone

ARROW = "1.0 → 1.1\n"


@pytest.mark.parametrize(
    ("encoding", "environ", "written"),
    [
        ("cp1252", {}, ARROW.encode()),
        ("utf-8", {}, ARROW.encode()),
        ("cp1252", {"PYTHONIOENCODING": ":strict"}, ARROW.encode()),
        ("cp1252", {"PYTHONIOENCODING": "cp1252"}, b"1.0 \\u2192 1.1\n"),
    ],
)
def test_every_letter_is_written(encoding: str, environ: dict[str, str], written: bytes) -> None:
    pipe = io.BytesIO()
    stream = io.TextIOWrapper(pipe, encoding=encoding, newline="\r\n")
    prepare(stream, environ)
    stream.write(ARROW)
    stream.flush()
    assert pipe.getvalue() == written


def test_what_is_no_file_is_left() -> None:
    prepare(None, {})
    prepare(io.StringIO(), {})


def test_windows_says_otherwise_that_nobody_reads() -> None:
    invalid = OSError(errno.EINVAL, "Invalid argument")
    assert reader_is_gone(BrokenPipeError(), windows=False)
    assert reader_is_gone(invalid, windows=True)
    assert not reader_is_gone(invalid, windows=False)


def test_an_encoding_without_an_arrow_is_no_bug(project: Hooked) -> None:
    grow(project)
    done = project.run(sys.executable, "-m", "sigclock", "update", PYTHONIOENCODING="cp1252")
    assert (done.status, "1.0 \\u2192 1.1" in done.said) == (0, True)
