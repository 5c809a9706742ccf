"""Bytes of a Python file → syntax tree, and nodes → the bytes where they are stored."""

from __future__ import annotations

import ast
import codecs
import re
import sys
import threading
import tokenize
import warnings
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from itertools import pairwise
from typing import TypeVar

import msgspec

from sigclock.python.names.unparse import repr_of
from sigclock.source import Span

T = TypeVar("T")

_UTF8 = "utf-8"
_LONGEST = 8 * 1024 * 1024
#: What lines have that only a newer Python reads (PEP 654, 646, 696, 695, 701, 750 and 758); the
#: first that fits counts. A comma after `except` is Python 2's as well, if one name follows.
_NEWER = (
    ((3, 11), re.compile(rb"\s*except\s*\*|.*\w\[\*\w")),
    ((3, 13), re.compile(rb"\s*(?:async\s+)?(?:type|def|class)\s+\w+\s*\[[^\]]*=")),
    (
        (3, 12),
        re.compile(rb"\s*(?:type\s+\w+\s*(?:\[.*\])?\s*=|(?:async\s+)?(?:def|class)\s+\w+\s*\[)"),
    ),
    ((3, 14), re.compile(rb".*(?<!\w)[tT][rR]?[\"']|\s*except\s+[\w.]+\s*,\s*[A-Z][\w.]*\s*:")),
)
#: What a Python says of syntax that it does not know, be it wrong or another Python's.
_OF_ANOTHER_PYTHON = re.compile("invalid syntax|Missing parentheses|must be parenthesized|f-string")
#: What an older Python says where a string ends within an f-string.
_WITHIN_STRING = re.compile("f-string|unterminated string")
_F_STRING = re.compile(rb".*(?<!\w)(?:[rR]?[fF]|[fF][rR])[\"']")
#: CPython's tokenizer ends a line here and nowhere else: not at a form feed, not at U+2028.
_LINE_END = re.compile(rb"\r\n|\r|\n")
_TEXT_LINE_END = re.compile(r"\r\n|\r|\n")
_WARNING_FILTERS = threading.RLock()


class UnreadableSource(Exception):  # noqa: N818 (it says what the file is, as the rule does)
    """A file that this interpreter cannot decode or parse, or a place in it that has no bytes."""

    def __init__(self, reason: str, line: int, column: int = 1) -> None:
        super().__init__(f"line {line}: {reason}")
        self.reason = reason
        self.line = line
        self.column = column


class SourceFile(msgspec.Struct, frozen=True, dict=True, eq=False):
    """A parsed file. `data` is what is stored; `encoding` decodes it once a BOM is taken off."""

    path: str
    data: bytes
    encoding: str
    tree: ast.Module

    def span(self, node: ast.expr | ast.stmt) -> Span:
        """Where `node` is stored; `UnreadableSource` where that cannot be told for certain.

        Uncertain are parts of f-strings before Python 3.12, and text in an encoding with shift
        states that no cut divides cleanly.
        """
        if node.end_lineno is None or node.end_col_offset is None:
            raise UnreadableSource("the node does not say where it ends", node.lineno)
        start = self._offset(node.lineno, node.col_offset)
        span = Span(start, self._offset(node.end_lineno, node.end_col_offset))
        if isinstance(node, ast.Constant) and not self._reads_as(node, span):
            raise UnreadableSource("the literal cannot be told apart from its text", node.lineno)
        return span

    def column(self, node: ast.AST) -> int:
        """The column at which `node` starts, from 1 and in characters; 1 if it stands elsewhere."""
        offset: int = getattr(node, "col_offset", 0)
        if not offset or self._is_ascii:
            return offset + 1
        line: int = getattr(node, "lineno", 1) - 1
        try:
            start = self._line_starts[line]
            before = (
                self.data[start : start + offset]
                if self.encoding == _UTF8
                else self._texts[line].encode(_UTF8)[:offset]
            )
        except IndexError:
            return 1
        return len(before.decode(errors="replace")) + 1

    def lines_with(self, pattern: re.Pattern[bytes]) -> Sequence[int]:
        """The lines in which a pattern of names occurs, in order.

        All lines of a file that is not ASCII: Python reads some letters as others there.
        """
        return self._lines_at(match.start() for match in pattern.finditer(self.data))

    def lines_with_any(self, words: Iterable[bytes]) -> Sequence[int]:
        """The lines that contain one of the words, in any case, alone or in a longer word."""
        small = self.data.lower()
        return self._lines_at(sorted(at for word in words for at in _occurring(word, small)))

    def _lines_at(self, offsets: Iterable[int]) -> Sequence[int]:
        starts = self._line_starts
        if not self.data.isascii():
            return range(1, len(starts) + 1)
        return list(dict.fromkeys(bisect_right(starts, offset) for offset in offsets))

    def _reads_as(self, node: ast.Constant, span: Span) -> bool:
        stored = self.data[span.start : span.end]
        try:
            text = stored.decode(self.encoding)
            with quiet():
                value = ast.literal_eval(f"({text}\n)")
            return same_value(value, node.value) and text.encode(self.encoding) == stored
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return False

    def _offset(self, line: int, column: int) -> int:
        """`column` counts bytes of the line in UTF-8, as `ast` does."""
        start = self._line_starts[line - 1]
        if self.encoding == _UTF8:
            return start + column
        stored = self.data[start : self._line_starts[line]]
        try:
            return start + _cut(stored, self._texts[line - 1], column, self.encoding)
        except (ValueError, IndexError) as error:
            reason = f"{self.encoding} text cannot be cut here"
            raise UnreadableSource(reason, line) from error

    @cached_property
    def _is_ascii(self) -> bool:
        """Whether a byte is a character; in an encoding with shift states it is not."""
        return self.encoding == _UTF8 and self.data.isascii()

    @cached_property
    def _line_starts(self) -> list[int]:
        """Offsets of all lines and of the end of the file."""
        first = len(codecs.BOM_UTF8) if self.data.startswith(codecs.BOM_UTF8) else 0
        ends = (match.end() for match in _LINE_END.finditer(self.data))
        return [first, *ends, len(self.data)]

    @cached_property
    def _texts(self) -> list[str]:
        """The lines decoded; none if decoding makes or removes a line end."""
        text = self.data.decode(self.encoding)
        cuts = [0, *(match.end() for match in _TEXT_LINE_END.finditer(text)), len(text)]
        if len(cuts) != len(self._line_starts):
            return []
        return [text[start:end] for start, end in pairwise(cuts)]


def _occurring(word: bytes, data: bytes) -> Iterator[int]:
    """The offsets of a word; for a few words this is much cheaper than a pattern."""
    offset = data.find(word)
    while offset >= 0:
        yield offset
        offset = data.find(word, offset + 1)


def _cut(stored: bytes, text: str, column: int, encoding: str) -> int:
    """The offset in `stored` of a column of its `text`, if both halves decode on their own."""
    before = text.encode(_UTF8)[:column].decode(_UTF8)
    offset = len(before.encode(encoding))
    halves = stored[:offset].decode(encoding), stored[offset:].decode(encoding)
    if halves != (before, text[len(before) :]):
        raise ValueError(text)
    return offset


def is_on(lines: Sequence[int], node: ast.AST) -> bool:
    """Whether any of the lines, which are in order, is one of the node's; true if it has none."""
    last = getattr(node, "end_lineno", None)
    if last is None:
        return True
    if not lines:
        return False
    first: int = node.lineno  # type: ignore[attr-defined] # it has a last line
    if decorators := getattr(node, "decorator_list", ()):
        first = min(first, *(decorator.lineno for decorator in decorators))
    index = bisect_left(lines, first)
    return index < len(lines) and lines[index] <= last


def parse_source(path: str, data: bytes) -> SourceFile:
    """Parse as this interpreter would run it; `UnreadableSource` for what it would refuse.

    So is what would take gigabytes to parse: a syntax tree has some hundred times the file's size.
    """
    if len(data) > _LONGEST:
        raise UnreadableSource(f"larger than {_LONGEST // 2**20} MB", 1)
    if b"\0" in data:
        raise UnreadableSource("a NUL byte", _line_at(data, data.index(b"\0")))
    encoding = source_encoding(data)
    try:
        with quiet():
            tree = with_room(lambda: ast.parse(data))
    except SyntaxError as error:
        raise _explained(data, encoding, error) from error
    except (MemoryError, RecursionError) as error:
        raise UnreadableSource("nested too deeply", 1) from error
    except (ValueError, LookupError, OverflowError) as error:
        raise UnreadableSource(str(error) or type(error).__name__, 1) from error
    return SourceFile(path, data, encoding, tree)


def with_room(work: Callable[[], T]) -> T:
    """Run with an empty stack, so that nesting fails at the same depth for all callers."""
    with suppress(RecursionError):
        return work()
    ended: list[T | Exception] = []

    def run() -> None:
        try:
            ended.append(work())
        except Exception as error:  # noqa: BLE001 - raised below
            ended.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join()
    if isinstance(ended[0], Exception):
        raise ended[0]
    return ended[0]


def source_encoding(data: bytes) -> str:
    """What the file's BOM or coding cookie declares, else `utf-8`.

    The interpreter looks for the cookie between its own line ends and does not mind other bytes
    in that comment; `tokenize.detect_encoding` does, so it is shown nothing but ASCII.
    """
    head = _LINE_END.split(data, maxsplit=2)[:2]
    if data.startswith(codecs.BOM_UTF8) or not any(b"coding" in line for line in head):
        return _UTF8
    lines = iter(
        [line.decode("ascii", "replace").encode("ascii", "replace") + b"\n" for line in head]
    )
    try:
        encoding, _ = tokenize.detect_encoding(lambda: next(lines))
        return codecs.lookup(encoding).name
    except (SyntaxError, LookupError) as error:
        line = 1 if b"coding" in head[0] else 2
        raise UnreadableSource(str(error) or "unknown encoding", line) from error


def same_value(one: object, other: object) -> bool:
    """Equality of constants as the compiler has it: `1`, `1.0` and `True` differ, so do zeros."""
    return type(one) is type(other) and one == other and repr_of(one) == repr_of(other)


@contextmanager
def quiet() -> Iterator[None]:
    """Parse without the interpreter's warnings about invalid escapes in code that is not ours.

    Warning filters belong to the whole process; threads that come here take turns.
    """
    with _WARNING_FILTERS, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _explained(data: bytes, encoding: str, error: SyntaxError) -> UnreadableSource:
    """A parser names a line for bad syntax, but a wrong one or none for bad bytes."""
    try:
        data.decode(encoding)
    except UnicodeDecodeError as bad:
        reason = f"not {encoding}: byte 0x{data[bad.start]:02x}, {bad.reason}"
        return UnreadableSource(reason, _line_at(data, bad.start))
    except (ValueError, LookupError) as bad:
        return UnreadableSource(str(bad), 1)
    line = max(error.lineno or 1, 1)
    reason = f"{error.msg}{needed_python(data, line, error.msg)}"
    return UnreadableSource(reason, line, max(error.offset or 1, 1))


def needed_python(
    data: bytes, line: int, said: str, running: tuple[int, ...] = sys.version_info[:2]
) -> str:
    """Which Python a line is written for that this one refuses, in words, or that nobody can tell.

    It is empty for what no Python reads.
    """
    lines = data.splitlines()
    text = lines[line - 1] if line <= len(lines) else b""
    needed = [version for version, pattern in _NEWER if running < version and pattern.match(text)]
    if running < (3, 12) and _WITHIN_STRING.search(said) and _F_STRING.match(text):
        needed.append((3, 12))
    if needed:
        major, minor = needed[0]
        return f"; this is written for Python {major}.{minor}, run sigclock under it"
    return "; which Python reads this cannot be told" if _OF_ANOTHER_PYTHON.search(said) else ""


def _line_at(data: bytes, offset: int) -> int:
    return 1 + sum(1 for _ in _LINE_END.finditer(data, 0, offset))
