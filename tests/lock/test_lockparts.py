"""A lock is changed in a few parts as if all of it were written anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sigclock.interface.snapshot import DISABLED, Definition, Sdk, Snapshot, Task
from sigclock.lock.lock import Account, Lock
from sigclock.lock.patch import StrangeLockError, patched
from sigclock.lock.reader import dumps
from sigclock.python.types.classes import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping


def task(path: str) -> Task:
    return Task(Sdk.FLYTEKIT, path, "f", DISABLED, (), (), "hash")


def lock(
    tasks: Mapping[str, str], removed: Mapping[str, str] = {}, classes: Mapping[str, str] = {}
) -> Lock:
    """Tasks by the path of each, tombstones by a version of each, classes by the kind of each."""
    return Lock(
        Snapshot(
            {name: task(path) for name, path in tasks.items()},
            {name: Definition(KINDS[kind]) for name, kind in classes.items()},
        ),
        {name: Account({version: frozenset({"hash"})}) for name, version in removed.items()},
    )


@pytest.mark.parametrize(
    ("whole", "part", "gone", "unused", "expected"),
    [
        pytest.param(
            lock({"a": "1", "b": "1", "c": "1"}, classes={"b": "enum"}),
            lock({"b": "2"}),
            [],
            [],
            lock({"a": "1", "b": "2", "c": "1"}, classes={"b": "enum"}),
            id="a task",
        ),
        pytest.param(
            lock({"a": "1"}, {"b": "1.0"}, {"b": "enum"}),
            lock({"b": "2"}),
            [],
            [],
            lock({"a": "1", "b": "2"}, {}, {"b": "enum"}),
            id="a task that was gone is there again",
        ),
        pytest.param(
            lock({"a": "1"}, {}, {"b": "enum"}),
            lock({}, {}, {"b": "class"}),
            [],
            [],
            lock({"a": "1"}, {}, {"b": "class"}),
            id="a class",
        ),
        pytest.param(
            lock({"a": "1", "b": "1"}),
            lock({}, {"b": "1.0"}),
            ["b"],
            [],
            lock({"a": "1"}, {"b": "1.0"}),
            id="a task is gone",
        ),
        pytest.param(
            lock({}, {}, {"a": "class", "b": "class"}),
            lock({}),
            [],
            ["a"],
            lock({}, {}, {"b": "class"}),
            id="a class that nothing reaches any more",
        ),
        pytest.param(
            lock({'a": {\n': "1", "a\\": "1"}),
            lock({'a": {\n': "2"}),
            [],
            [],
            lock({'a": {\n': "2", "a\\": "1"}),
            id="names like the text around them",
        ),
    ],
)
def test_parts_are_replaced(
    whole: Lock, part: Lock, gone: list[str], unused: list[str], expected: Lock
) -> None:
    assert patched(dumps(whole), dumps(part), gone, unused) == dumps(expected)


def test_other_text_is_refused() -> None:
    with pytest.raises(StrangeLockError):
        patched(b"{}", dumps(lock({"a": "1"})), [], [])
