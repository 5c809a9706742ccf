"""What the guard knows of a task's entries: the signatures that stored them, in the cache itself.

So the notes are cleared, culled and moved with the entries. Without them the guard is as strict,
and only says less.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from sigclock.guard.signature import Signature

#: No name of a task begins like that.
PREFIX = "sigclock notes of "
#: How many signatures are remembered of a task and version, the latest ones.
_MOST = 20
#: How many lines are remembered of each.
_MOST_LINES = 400


class Notes(msgspec.Struct, frozen=True):
    """The lines of each signature that stored an entry, in the order of their first one."""

    name: str = ""
    version: str = ""
    signatures: dict[str, tuple[str, ...]] = {}


def key_of(name: str, version: object) -> str:
    """The key under which the notes of a task and version lie."""
    return f"{PREFIX}{name}-{version}"


def read(cache: Any, name: str, version: object) -> Notes:  # noqa: ANN401 - flytekit's store
    """What is known of a task and version; nothing where it cannot be read."""
    return parsed(cache.get(key_of(name, version)))


def parsed(text: object) -> Notes:
    """Notes as they were stored; none for anything else."""
    try:
        return msgspec.json.decode(text, type=Notes) if isinstance(text, str) else Notes()
    except (msgspec.MsgspecError, RecursionError):
        return Notes()


def add(cache: Any, name: str, version: object, signature: Signature) -> None:  # noqa: ANN401
    """Remember that a signature stored an entry; processes wait for each other."""
    if signature.name in read(cache, name, version).signatures:
        return
    with cache.transact():
        known = read(cache, name, version).signatures
        cache.set(key_of(name, version), _text(name, version, known, signature))


def _text(
    name: str, version: object, known: Mapping[str, tuple[str, ...]], signature: Signature
) -> str:
    signatures = {**known, signature.name: signature.lines[:_MOST_LINES]}
    kept = dict(list(signatures.items())[-_MOST:])
    return msgspec.json.encode(Notes(name, str(version), kept)).decode()
