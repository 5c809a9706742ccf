"""A lock as text: each lock has exactly one text, to be reviewed and merged line by line.

It is JSON in a fixed order: tasks, definitions and tombstones by name, versions by their numbers,
the newest first, parts of an interface or a class as declared. Each part has its own line, and so
has each issued version with its hashes: a changed field makes a hunk in `definitions`, and in each
task that reaches it the version's line and one more in the ledger. Empty parts of a task or a
definition are left out, except inputs and outputs, and so is a signature that the rest implies.

Forges merge this text. Tombstones are far from the tasks, so that a merge does not take the one for
the other; an empty section has two lines, so that what comes first into it changes none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from json.encoder import encode_basestring

from sigclock.lock.implied import Implied
from sigclock.lock.keys import ACCOUNT, DEFINITION, task_block, written
from sigclock.lock.lock import REQUIRES, REVISION, VERSION, Account, Lock
from sigclock.lock.text import rendered, visible


def lock_bytes(lock: Lock) -> bytes:
    """The text, encoded part by part; `LockError` for a name that JSON cannot hold."""
    return b"".join(visible(part).encode() for part in _parts(lock))


def _parts(lock: Lock) -> Iterator[str]:
    """Task by task and class by class, for rendering one takes ten times the memory of its text."""
    yield "{"
    for key, value in (("version", VERSION), ("revision", REVISION), ("requires", REQUIRES)):
        yield f'\n  "{key}": {json.dumps(value)},'
    tasks, ledger, definitions = lock.snapshot.tasks, lock.ledger, lock.snapshot.definitions
    implied = Implied(definitions)
    blocks = (
        (name, task_block(tasks[name], ledger.get(name, Account()), implied))
        for name in sorted(tasks)
    )
    yield from _section("tasks", blocks)
    yield ","
    yield from _section(
        "definitions", ((key, written(DEFINITION, definitions[key])) for key in sorted(definitions))
    )
    removed = ((name, written(ACCOUNT, ledger[name])) for name in sorted(ledger.keys() - tasks))
    yield ","
    yield from _section("removed", ((name, block) for name, block in removed if block))
    yield "\n}\n"


def _section(name: str, blocks: Iterable[tuple[str, Mapping[str, object]]]) -> Iterator[str]:
    yield f'\n  "{name}": {{'
    before = ""
    for key, block in blocks:
        indent = "\n    "
        yield f"{before}{indent}{encode_basestring(key)}: {rendered(block, indent)}"
        before = ","
    yield "\n  }"
