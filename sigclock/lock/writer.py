"""A lock as text: each lock has exactly one text, to be reviewed and merged line by line.

It is JSON in a fixed order: tasks and definitions by name, versions by their numbers, the newest
first, parts of an interface or a class as declared. Each part has its own line, and so
has each issued version with its hashes: a changed field makes a hunk in `definitions`, and in each
task that reaches it the version's line and one more in the ledger. Empty parts of a task or a
definition are left out, except inputs and outputs, and so is a signature that the rest implies.

Forges merge this text. A task that was removed keeps its place, with its ledger alone: so its block
only loses lines, and no other block is near the place where another branch removes a task. An empty
section has two lines, so that what comes first into it changes none.
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
        (
            name,
            task_block(tasks[name], ledger.get(name, Account()), implied)
            if name in tasks
            else written(ACCOUNT, ledger[name]),
        )
        for name in sorted(tasks.keys() | ledger.keys())
    )
    yield from _section("tasks", ((name, block) for name, block in blocks if block))
    yield ","
    yield from _section(
        "definitions", ((key, written(DEFINITION, definitions[key])) for key in sorted(definitions))
    )
    yield "\n}\n"


def _section(name: str, blocks: Iterable[tuple[str, Mapping[str, object]]]) -> Iterator[str]:
    yield f'\n  "{name}": {{'
    before = ""
    for key, block in blocks:
        indent = "\n    "
        yield f"{before}{indent}{encode_basestring(key)}: {rendered(block, indent)}"
        before = ","
    yield "\n  }"
