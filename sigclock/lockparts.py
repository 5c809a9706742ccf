"""The text of a lock in parts, so that a few of thousands can be changed without reading the rest.

Only for bytes that `lockfile.dumps` wrote: there each part starts on a line of its own, at a depth
of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

import msgspec

from sigclock.locktext import quoted

_SECTIONS = ("tasks", "removed", "definitions")
_NAME = re.compile(rb'((?:[^"\\]|\\.)*)": ')

#: Names as JSON has them, without quotation marks → what stands behind the colon.
_Parts = dict[bytes, bytes]


class StrangeLockError(Exception):
    """These are not the bytes of a lock as sigclock writes it."""


class Parts(msgspec.Struct):
    """What stands before the sections, and the parts of each."""

    head: bytes
    tasks: _Parts
    removed: _Parts
    definitions: _Parts


def split(text: bytes) -> Parts:
    """The parts of a lock, of which `join` makes the same bytes; else `StrangeLockError`."""
    head, *bodies = re.split(rb'\n  "(?:tasks|removed|definitions)": ', text)
    if len(bodies) != len(_SECTIONS):
        raise StrangeLockError
    tasks, removed, definitions = bodies
    sections = (
        tasks.removesuffix(b","),
        removed.removesuffix(b","),
        definitions.removesuffix(b"\n}\n"),
    )
    return Parts(head, *map(_section, sections))


def join(parts: Parts) -> bytes:
    """The text of a lock."""
    sections = (parts.tasks, parts.removed, parts.definitions)
    told = zip(_SECTIONS, sections, strict=True)
    lines = [b'\n  "%s": %s' % (name.encode(), _joined(section)) for name, section in told]
    return parts.head + b",".join(lines) + b"\n}\n"


def patched(text: bytes, part: bytes, gone: Iterable[str], unused: Iterable[str]) -> bytes:
    """A lock in which the parts of another one take the place of its own.

    `gone` are the tasks that are no longer there, `unused` the definitions.
    """
    whole, mine = split(text), split(part)
    if join(whole) != text or join(mine) != part:
        raise StrangeLockError
    for name in map(_escaped, gone):
        whole.tasks.pop(name, None)
    for name in (*mine.tasks, *map(_escaped, gone)):
        whole.removed.pop(name, None)
    for name in map(_escaped, unused):
        whole.definitions.pop(name, None)
    whole.tasks = _updated(whole.tasks, mine.tasks)
    whole.removed = _updated(whole.removed, mine.removed)
    whole.definitions = _updated(whole.definitions, mine.definitions)
    return join(whole)


def _section(body: bytes) -> _Parts:
    inner = body.removeprefix(b'{\n    "').removesuffix(b"\n  }")
    if inner == body:
        return {}
    return dict(map(_part, inner.split(b',\n    "')))


def _part(text: bytes) -> tuple[bytes, bytes]:
    name, _, value = text.partition(b'": ')
    if b"\\" in name:
        found = _NAME.match(text)
        name, value = (found[1], text[found.end() :]) if found else (text, b"")
    return name, value


def _joined(section: _Parts) -> bytes:
    if not section:
        return b"{}"
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
