"""Locks that nobody's sigclock wrote: refused with the place, or read; never another exception."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.projects import FIT, STATS, Project

from fuzz.targets import OTHER, of_lock
from sigclock.errors import LockError
from sigclock.lock.reader import loads
from sigclock.source import LOCK_NAME

DEEP, MANY = 100_000, 20_000


def changed(change: Callable[[Any], object]) -> bytes:
    document = json.loads(OTHER)
    change(document)
    return json.dumps(document).encode()


def typed(spelling: str) -> bytes:
    """A lock with a task that returns this."""
    return changed(lambda lock: lock["tasks"]["flow.fit"]["outputs"].update(o0=spelling))


REFUSED = {
    "nothing": b"",
    "nul": b"\0" * 1_000,
    "no UTF-8": OTHER.replace(b"flow", b"\xff"),
    "UTF-16": OTHER.decode().encode("utf-16"),
    "a BOM": b"\xef\xbb\xbf" + OTHER,
    "half of it": OTHER[: len(OTHER) // 2],
    "two of it": OTHER * 2,
    "lists in lists": b"[" * DEEP,
    "lists in lists, closed": b"[" * DEEP + b"]" * DEEP,
    "objects in objects": b'{"version":' * DEEP,
    "deep in a task": OTHER.replace(b'"flow.py"', b"[" * DEEP + b"]" * DEEP),
    "a huge version": OTHER.replace(b'"version": 2', b'"version": ' + b"9" * 10_000),
    "a huge revision": OTHER.replace(b'"revision": 2', b'"revision": 1e999'),
    "no number": OTHER.replace(b'"version": 2', b'"version": NaN'),
    "a negative version": OTHER.replace(b'"version": 2', b'"version": -1'),
    "a true version": OTHER.replace(b'"version": 2', b'"version": true'),
    "a key twice": OTHER.replace(b'"version": 2', b'"version": 2, "version": 2'),
    "a task twice": OTHER.replace(b'"flow.sum_up"', b'"flow.fit"'),
    "a list of tasks": changed(lambda lock: lock.update(tasks=[])),
    "a task that is null": changed(lambda lock: lock["tasks"].update({"flow.fit": None})),
    "an unknown kind": changed(lambda lock: lock["tasks"]["flow.fit"]["cache"].update(kind="\0")),
    "a type of brackets": typed("[" * DEEP),
    "a type of calls": typed("f" + "()" * DEEP),
    "a type that is code": typed("__import__('os').system('x')"),
    "a type with a surrogate": typed("a\ud800b c"),
    "a long number as a type": typed("Literal[" + "9" * 10_000 + "]"),
    "markers without an end": b"<<<<<<< a\n" + OTHER,
    "markers inside a line": OTHER.replace(b"tasks", b"<<<<<<< a"),
    "markers upside down": b">>>>>>> a\n=======\n<<<<<<< b\n" + OTHER,
    "markers in markers": b"<<<<<<< a\n<<<<<<< a\n=======\n=======\n>>>>>>> b\n>>>>>>> b\n",
}
READ = {
    "a type of many members": typed(" | ".join(f"Literal[{n}]" for n in range(400))),
    "a type of many arguments": typed(f"tuple[{', '.join(['int'] * MANY)}]"),
    "a long name": typed("a" * 1_000_000),
    "a quoted name": typed("'a b.c'"),
    "many tasks": changed(
        lambda lock: lock["tasks"].update(
            {f"t{number}": lock["tasks"]["flow.fit"] for number in range(MANY // 20)}
        )
    ),
    "many versions": changed(
        lambda lock: lock["tasks"]["flow.fit"].update(
            issued={str(number): ["a"] for number in range(MANY)}
        )
    ),
    "names of no module": changed(
        lambda lock: lock["tasks"].update({"\ud800\0\n\x1b[2J": lock["tasks"]["flow.fit"]})
    ),
    "an empty name": changed(lambda lock: lock["tasks"].update({"": lock["tasks"]["flow.fit"]})),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(name: str) -> None:
    of_lock(REFUSED[name])
    with pytest.raises(LockError):
        loads(REFUSED[name])


@pytest.mark.parametrize("name", READ)
def test_it_is_read(name: str) -> None:
    of_lock(READ[name])
    loads(READ[name])


def test_a_refused_lock_is_left_as_it_is(tmp_path: Path) -> None:
    project = Project.of(tmp_path / "project", {"stats.py": STATS, "fit.py": FIT})
    for data in list(REFUSED.values())[::6]:
        project.write(LOCK_NAME, data)
        with pytest.raises(LockError):
            project.update()
        assert (project.path / LOCK_NAME).read_bytes() == data
