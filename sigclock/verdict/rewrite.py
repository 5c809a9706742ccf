"""Bytes and edits → bytes in which only the edited constants differ, proven by parsing both."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from sigclock.errors import EditError
from sigclock.python.names.syntax import UnreadableSource, parse_source, same_value, source_encoding
from sigclock.source import Edit, Span

_AGAIN = "nothing was written; run `sigclock update` again"
_BY_HAND = "nothing was written; change the version by hand"
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_NO_NEWLINE = "\n\\ No newline at end of file\n"
#: What Git quotes in a path; lone surrogates stand for bytes that are not UTF-8.
_TO_QUOTE = re.compile(r'[\x00-\x1f\x7f"\\\udc80-\udcff]')


def rewrite(source: bytes, edits: Sequence[Edit]) -> bytes:
    """Apply `edits` of a file; duplicates count once.

    `EditError` if an edit does not fit the file as it is, or if the result would differ in
    anything but the constants at the edited places.
    """
    ordered = sorted(set(edits))
    if not ordered:
        return source
    _refuse_misfits(source, ordered)
    result = source
    for edit in reversed(ordered):
        result = result[: edit.span.start] + edit.after + result[edit.span.end :]
    _prove(source, result, ordered)
    return result


def diff(path: str, before: bytes | None, after: bytes) -> str:
    """A unified diff as Git writes it, empty for no change; `before` is None for a new file.

    Bytes that are not valid in the file's encoding are shown with a backslash.
    """
    old = "/dev/null" if before is None else _header("a", path)
    lines = difflib.unified_diff(_lines(before or b""), _lines(after), old, _header("b", path))
    return "".join(line if line.endswith("\n") else line + _NO_NEWLINE for line in lines)


def _refuse_misfits(source: bytes, edits: Sequence[Edit]) -> None:
    for edit in edits:
        start, end = edit.span.start, edit.span.end
        if not 0 <= start < end or source[start:end] != edit.before:
            message = "the file changed since it was read"
            raise EditError(message, advice=_AGAIN, location=edit.path)
    for one, other in pairwise(edits):
        if one.path != other.path or other.span.start < one.span.end:
            message = "two edits collide"
            raise EditError(message, advice=_BY_HAND, location=one.path)


def _prove(source: bytes, result: bytes, edits: Sequence[Edit]) -> None:
    """Compare the spans of changed constants; a span exists only if its bytes give the value."""
    path = edits[0].path
    try:
        before, after = parse_source(path, source), parse_source(path, result)
        changed = {
            before.span(old): after.span(new) for old, new in _differing(before.tree, after.tree)
        }
    except UnreadableSource as error:
        message = f"the edited file would not read as intended ({error})"
        raise EditError(message, advice=_BY_HAND, location=path) from error
    if changed != dict(_moved(edits)):
        message = "the edit would change more than version literals"
        raise EditError(message, advice=_BY_HAND, location=path)


def _moved(edits: Sequence[Edit]) -> Iterator[tuple[Span, Span]]:
    """Each edit's span before and after all edits."""
    shift = 0
    for edit in edits:
        start = edit.span.start + shift
        yield edit.span, Span(start, start + len(edit.after))
        shift += len(edit.after) - len(edit.before)


def _differing(one: ast.AST, other: ast.AST) -> Iterator[tuple[ast.Constant, ast.Constant]]:
    """Constants with different values at the same place; not recursive, for trees are deep."""
    pairs: list[tuple[object, object]] = [(one, other)]
    while pairs:
        old, new = pairs.pop()
        if isinstance(old, ast.Constant) and isinstance(new, ast.Constant):
            if not same_value(old.value, new.value):
                yield old, new
        elif isinstance(old, ast.AST) and type(old) is type(new):
            pairs.extend((getattr(old, name), getattr(new, name)) for name in old._fields)
        elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
            pairs.extend(zip(old, new, strict=True))
        elif old != new:
            raise UnreadableSource("other code changed", getattr(old, "lineno", 1))


def _lines(data: bytes) -> list[str]:
    return _LINE.findall(_text(data))


def _text(data: bytes) -> str:
    try:
        return data.decode(source_encoding(data))
    except (UnreadableSource, ValueError, LookupError):
        return data.decode("utf-8", "backslashreplace")


def _header(side: str, path: str) -> str:
    quoted = _TO_QUOTE.sub(_octal, path)
    return f"{side}/{path}" if quoted == path else f'"{side}/{quoted}"'


def _octal(match: re.Match[str]) -> str:
    character = match.group()
    return f"\\{character}" if character in '"\\' else f"\\{ord(character) & 0xFF:03o}"
