"""JSON as a lock has it: which values share a line, in which order, with which escapes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from json.encoder import encode_basestring

from sigclock.errors import LockError
from sigclock.source import LOCK_NAME

_NUMBERS = re.compile(r"([0-9]+)")
#: Written as escapes: lone surrogates, which UTF-8 lacks, and characters that a reader cannot see.
_HIDDEN = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]")
_TORN_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


class Line(str):
    """JSON text to write as it is, on a single line."""

    __slots__ = ()


def quoted(text: str) -> str:
    """A name as JSON text in a lock."""
    return visible(encode_basestring(text))


def natural(version: str) -> tuple[list[tuple[int, str]], str]:
    """The sort key for 1.9 before 1.10; digits stay text, for `int` does not take very many."""
    parts = _NUMBERS.split(version)
    numbers = [part.lstrip("0") for part in parts[1::2]]
    parts[1::2] = numbers
    return [(len(part) * (index % 2), part) for index, part in enumerate(parts)], version


def rendered(value: object, indent: str = "\n") -> str:
    """A value as JSON text, indented."""
    inner = f"{indent}  "
    match value:
        case Line():
            return value
        case str():
            return encode_basestring(value)
        case dict() if value:
            lines = (
                f"{encode_basestring(key)}: {rendered(part, inner)}" for key, part in value.items()
            )
            return f"{{{inner}{f',{inner}'.join(lines)}{indent}}}"
        case list() if value:
            return f"[{inner}{f',{inner}'.join(rendered(part, inner) for part in value)}{indent}]"
        case _:
            return json.dumps(value)


def line(value: Mapping[str, str] | Iterable[str]) -> Line:
    """An object or an array on a single line."""
    if isinstance(value, Mapping):
        pairs = (
            f"{encode_basestring(key)}: {encode_basestring(part)}" for key, part in value.items()
        )
        return Line(f"{{{', '.join(pairs)}}}")
    return Line(f"[{', '.join(map(encode_basestring, value))}]")


def visible(text: str) -> str:
    """Escape hidden characters in JSON text: it has them in strings only."""
    torn = _TORN_PAIR.search(text)
    if torn:
        raise LockError(
            f"half characters cannot be written: {torn.group()!a}",
            advice="write the character itself in the source",
            location=LOCK_NAME,
        )
    return _HIDDEN.sub(lambda match: f"\\u{ord(match.group()):04x}", text)
