from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from support.lock_strategies import LOCKS
from support.lock_text import TEXT

from sigclock.errors import LockError
from sigclock.lock.lock import Lock
from sigclock.lock.reader import dumps, loads


@settings(max_examples=50)
@given(LOCKS)
def test_what_is_written_is_read(lock: Lock) -> None:
    assert loads(dumps(lock)) == lock


@settings(max_examples=50)
@given(LOCKS)
def test_what_is_read_is_written(lock: Lock) -> None:
    assert dumps(loads(dumps(lock))) == dumps(lock)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["flyte", "int", "a["]),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(), parts, max_size=3),
)


def paths(value: object) -> list[list[str | int]]:
    entries = value.items() if isinstance(value, dict) else ()
    items = enumerate(value) if isinstance(value, list) else ()
    return [[], *([key, *rest] for key, part in [*entries, *items] for rest in paths(part))]


@given(st.data(), json_values)
def test_any_json_is_a_lock_or_an_error(data: st.DataObject, value: object) -> None:
    document = json.loads(TEXT)
    path = data.draw(st.sampled_from(paths(document)[1:]))
    owner = document
    for key in path[:-1]:
        owner = owner[key]
    owner[path[-1]] = value

    assert is_lock_or_error(json.dumps(document).encode())


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_are_a_lock_or_an_error(data: bytes) -> None:
    assert is_lock_or_error(data)


def is_lock_or_error(data: bytes) -> bool:
    try:
        return isinstance(loads(data), Lock)
    except LockError as error:
        return bool(error.advice and error.location)
