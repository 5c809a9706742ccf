"""Places in a text as an editor counts them, and the bytes for which it stands."""

from __future__ import annotations

import pytest
from lsprotocol.types import Position, Range
from support.editor import edited

from sigclock.lsp.text import Text, characters, decoded, encoded, moved
from sigclock.source import Span

MIXED = "a = 1\r\n  b = 'é𝄞'  \rc\x0c = 2\u2028\nlast"


@pytest.mark.parametrize(
    ("units", "end"), [("utf-16", 12), ("utf-32", 11), ("utf-8", 15)], ids=["16", "32", "8"]
)
def test_a_line_has_no_space_around_it(units: str, end: int) -> None:
    assert Text(MIXED, units).line(2) == Range(Position(1, 2), Position(1, end - 1))


def test_a_column_stands_for_the_word_there() -> None:
    text = Text('@task(cache_version="1.0")\n    count: int = 0\n')
    assert text.line(1, 21) == Range(Position(0, 20), Position(0, 25))
    assert text.line(2, 5) == Range(Position(1, 4), Position(1, 9))
    assert text.line(2, 99) == Range(Position(1, 4), Position(1, 18))


def test_only_python_s_line_ends_end_a_line() -> None:
    assert Text(MIXED).lines == ["a = 1\r\n", "  b = 'é𝄞'  \r", "c\x0c = 2\u2028\n", "last"]


def test_no_line_is_beyond_the_text() -> None:
    assert Text("").line(7) == Range(Position(0, 0), Position(0, 0))
    assert Text("x\n").line(7).start == Position(0, 0)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "a\n"),
        ("a\n", ""),
        ("a", "a\nb"),
        ("a\nb\nc\n", "a\nB\nc\n"),
        ("a\nb\nc", "a\nc\nd"),
        ("x\ny\n" * 3_000, "x\nz\n" * 3_000),
    ],
    ids=["all", "nothing", "end", "middle", "two", "many"],
)
def test_edits_make_the_other_text(before: str, after: str) -> None:
    assert edited(before, list(Text(before).edits(after))) == after


def test_a_line_below_an_edit_moves() -> None:
    before, after = Text("a\nb\nc\nd\n"), Text("a\nnew\nb\nc\nd\n")
    assert [moved(before, after, line) for line in (1, 2, 4)] == [1, 3, 5]
    assert [moved(after, before, line) for line in (1, 3, 5)] == [1, 2, 4]


@pytest.mark.parametrize(
    "data",
    [b"x = 1\r\n", b"\xef\xbb\xbfx = '\xc3\xa9'\n", b"# coding: latin-1\nx = '\xe9'\n", b""],
    ids=["crlf", "mark", "latin", "empty"],
)
def test_what_is_shown_is_saved_as_it_was(data: bytes) -> None:
    assert encoded(decoded(data), mark=data.startswith(b"\xef\xbb\xbf")) == data


def test_a_text_that_its_encoding_lacks_is_not_lost() -> None:
    assert (
        encoded("# coding: ascii\nx = 'é'\n", mark=False) == "# coding: ascii\nx = 'é'\n".encode()
    )


def test_a_span_of_bytes_is_a_span_of_characters() -> None:
    data = "\ufeffé = '1.0'\n".encode()
    assert characters(data, Span(9, 12)) == (5, 8)
