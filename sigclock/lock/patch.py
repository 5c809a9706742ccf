"""The text of a lock in parts, to change a few of thousands without reading the rest.

Only for bytes that `reader.dumps` wrote: there each part starts on a new line, with the indent of
its depth.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

import msgspec

from sigclock.lock.text import quoted

_SECTIONS = ("tasks", "definitions")
_NAME = re.compile(rb'((?:[^"\\]|\\.)*)": ')

#: Name in JSON, without quotation marks → the text behind the colon.
_Parts = dict[bytes, bytes]


class StrangeLockError(Exception):
    """These are not the bytes of a lock as sigclock writes it."""


class Parts(msgspec.Struct):
    """The text before the sections, and the parts of each section."""

    head: bytes
    tasks: _Parts
    definitions: _Parts


def split(text: bytes) -> Parts:
    """The parts of a lock; `join` makes the same bytes from them. Else `StrangeLockError`."""
    head, *bodies = re.split(rb'\n  "(?:tasks|definitions)": ', text)
    if len(bodies) != len(_SECTIONS):
        raise StrangeLockError
    tasks, definitions = bodies
    sections = (tasks.removesuffix(b","), definitions.removesuffix(b"\n}\n"))
    return Parts(head, *map(_section, sections))


def join(parts: Parts) -> bytes:
    """The text of a lock."""
    sections = (parts.tasks, parts.definitions)
    named = zip(_SECTIONS, sections, strict=True)
    lines = [b'\n  "%s": %s' % (name.encode(), _joined(section)) for name, section in named]
    return parts.head + b",".join(lines) + b"\n}\n"


def part(parts: Parts, tasks: Iterable[str], definitions: Iterable[str] = ()) -> bytes:
    """The text of a lock that has only these tasks and classes, as far as there are any."""
    return join(
        Parts(parts.head, _chosen(parts.tasks, tasks), _chosen(parts.definitions, definitions))
    )


def patched(text: bytes, part: bytes, removed: Iterable[str], unused: Iterable[str]) -> bytes:
    """A lock with some parts replaced by those of another lock, `part`.

    `removed` are the tasks that the lock no longer has, `unused` the definitions.
    """
    removed, unused, mine = list(removed), list(unused), split(part)
    if not (removed or unused):
        replaced = _replaced(text, mine)
        if replaced is not None:
            return replaced
    whole = split(text)
    if join(whole) != text:
        raise StrangeLockError
    for name in map(_escaped, removed):
        whole.tasks.pop(name, None)
    for name in map(_escaped, unused):
        whole.definitions.pop(name, None)
    whole.tasks = _updated(whole.tasks, mine.tasks)
    whole.definitions = _updated(whole.definitions, mine.definitions)
    return join(whole)


def _replaced(text: bytes, parts: Parts) -> bytes | None:
    """The text with other values for these parts; None if it lacks one of them.

    Parts have the same order everywhere, so one pass through the text is enough.
    """
    pieces, done = [], 0
    definitions = text.find(b'\n  "definitions": ')
    for section, first, last in (
        (parts.tasks, 0, definitions),
        (parts.definitions, definitions, len(text)),
    ):
        at = first
        for name, value in section.items():
            start = text.find(b'\n    "%s": ' % name, at, last)
            at = text.find(b"\n    }", start, last) + len(b"\n    }")
            if start < 0 or at < start:
                return None
            pieces += [text[done : start + len(name) + len(b'\n    "": ')], value]
            done = at
    return b"".join([*pieces, text[done:]])


def _chosen(section: _Parts, names: Iterable[str]) -> _Parts:
    return {name: section[name] for name in map(_escaped, sorted(names)) if name in section}


def _section(body: bytes) -> _Parts:
    if body == b"{\n  }":
        return {}
    inner = body.removeprefix(b'{\n    "').removesuffix(b"\n  }")
    return dict(map(_part, inner.split(b',\n    "')))


def _part(text: bytes) -> tuple[bytes, bytes]:
    name, _, value = text.partition(b'": ')
    if b"\\" in name:
        match = _NAME.match(text)
        name, value = (match[1], text[match.end() :]) if match else (text, b"")
    return name, value


def _joined(section: _Parts) -> bytes:
    if not section:
        return b"{\n  }"
    parts = b',\n    "'.join([b'%s": %s' % part for part in section.items()])
    return b'{\n    "' + parts + b"\n  }"


def _updated(section: _Parts, parts: _Parts) -> _Parts:
    if parts.keys() <= section.keys():
        return {**section, **parts}
    return dict(sorted({**section, **parts}.items(), key=lambda part: _name(part[0])))


def _name(escaped: bytes) -> str:
    return str(json.loads(b'"%s"' % escaped)) if b"\\" in escaped else escaped.decode()


def _escaped(name: str) -> bytes:
    return quoted(name).encode()[1:-1]
