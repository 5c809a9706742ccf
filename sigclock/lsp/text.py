"""A text as an editor counts in it, and the bytes that it stands for."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from lsprotocol.types import Position, PositionEncodingKind, Range, TextEdit

from sigclock.python.names.syntax import UnreadableSource, source_encoding
from sigclock.source import Span

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_WORD = re.compile(r"""\w*(?:'[^'\r\n]*'|"[^"\r\n]*")|\w+""")
_HEAD = 4096
#: Of texts with more lines, the part between the first and the last difference is one edit.
_MOST_LINES = 4_000


class Text:
    """The lines of a text; columns are counted in the units that the client asked for."""

    def __init__(self, text: str, units: str = PositionEncodingKind.Utf16) -> None:
        self.text = text
        self.lines = _LINE.findall(text)
        self._units = units

    def line(self, number: int, column: int = 1) -> Range:
        """What stands on a line without the space around it, or the word at a column of it.

        Both count from 1; a column of 1 stands for the line.
        """
        text = self.lines[number - 1] if 0 < number <= len(self.lines) else ""
        word = _WORD.match(text, column - 1) if column > 1 else None
        if word is not None:
            return self._between(number - 1, word.start(), word.end())
        start = len(text) - len(text.lstrip())
        return self._between(number - 1, start, len(text.rstrip()))

    def span(self, start: int, end: int) -> Range:
        """The range between two characters of the text."""
        return Range(self._position(start), self._position(end))

    def word(self, position: Position) -> str:
        """The name at a position; empty if there is none."""
        line = self.lines[position.line] if position.line < len(self.lines) else ""
        for match in re.finditer(r"\w+", line):
            first, last = (_width(line[:at], self._units) for at in match.span())
            if first <= position.character <= last:
                return match[0]
        return ""

    def edits(self, after: str) -> Iterator[TextEdit]:
        """What makes another text of it, line by line where there are not too many."""
        other = Text(after).lines
        for first, last, start, end in _differing(self.lines, other):
            where = Range(Position(first, 0), Position(last, 0))
            if last == len(self.lines) and last and not self.lines[-1].endswith(("\n", "\r")):
                where = Range(Position(first, 0), self._end())
            yield TextEdit(where, "".join(other[start:end]))

    def added(self, before: Text, words: str) -> Range | None:
        """The first place at which it has words in a line that another text has not."""
        for _, _, first, last in _differing(before.lines, self.lines):
            for number in range(first, last):
                start = self.lines[number].find(words)
                if start >= 0:
                    return self._between(number, start, start + len(words))
        return None

    def _between(self, line: int, start: int, end: int) -> Range:
        line = min(max(line, 0), max(len(self.lines) - 1, 0))
        text = self.lines[line] if self.lines else ""
        first, last = (_width(text[:at], self._units) for at in (start, max(start, end)))
        return Range(Position(line, first), Position(line, last))

    def _position(self, at: int) -> Position:
        for number, line in enumerate(self.lines):
            if at < len(line):
                return Position(number, _width(line[:at], self._units))
            at -= len(line)
        return self._end()

    def _end(self) -> Position:
        if not self.lines or self.lines[-1].endswith(("\n", "\r")):
            return Position(len(self.lines), 0)
        return Position(len(self.lines) - 1, _width(self.lines[-1], self._units))


def _width(text: str, units: str) -> int:
    if text.isascii() or units == PositionEncodingKind.Utf32:
        return len(text)
    if units == PositionEncodingKind.Utf8:
        return len(text.encode(errors="surrogatepass"))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _differing(old: list[str], new: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """The lines that differ: from and to in the old text, from and to in the new one."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    here, there = old[start : len(old) - end], new[start : len(new) - end]
    if len(here) + len(there) > _MOST_LINES:
        yield start, start + len(here), start, start + len(there)
        return
    for kind, first, last, first_new, last_new in SequenceMatcher(
        None, here, there, autojunk=False
    ).get_opcodes():
        if kind != "equal":
            yield start + first, start + last, start + first_new, start + last_new


def moved(before: Text, after: Text, line: int) -> int:
    """Where a line (1-based) of one text is in the other, if one place of it was edited."""
    old, new = before.lines, after.lines
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    return line if line <= start else max(start + 1, line + len(new) - len(old))


def encoded(text: str, *, mark: bool) -> bytes:
    """The bytes as which an editor saves a text; `mark` puts a byte order mark before them.

    A text that its own encoding lacks is written in UTF-8, and does not parse.
    """
    head = text[:_HEAD].encode(errors="surrogatepass")
    if mark:
        return codecs.BOM_UTF8 + text.encode(errors="surrogatepass")
    try:
        return text.encode(source_encoding(head))
    except (UnreadableSource, UnicodeError, LookupError):
        return text.encode(errors="surrogatepass")


def decoded(data: bytes) -> str:
    """The text that an editor shows of the bytes of a file."""
    without = data.removeprefix(codecs.BOM_UTF8)
    try:
        return without.decode(source_encoding(data[:_HEAD]))
    except (UnreadableSource, UnicodeError, LookupError):
        return without.decode(errors="replace")


def characters(data: bytes, span: Span) -> tuple[int, int]:
    """A span of a file's bytes, counted in the characters of its text."""
    start = len(decoded(data[: span.start]) if span.start else "")
    return start, start + len(decoded(data[span.start : span.end]))
