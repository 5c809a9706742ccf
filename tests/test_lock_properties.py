from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from support.lock_text import TEXT

from sigclock.errors import LockError
from sigclock.lockfile import dumps, loads
from sigclock.model.ledger import Acceptance, Account
from sigclock.model.lock import Lock
from sigclock.model.snapshot import (
    CacheKind,
    CacheSetting,
    ClassKind,
    Definition,
    Field,
    Member,
    Sdk,
    Snapshot,
    Task,
)
from sigclock.model.types import (
    ELLIPSIS,
    NONE,
    Annotated,
    Apply,
    Column,
    Literal,
    Name,
    Ref,
    Type,
    Union,
    Unresolved,
)

KEYS = ["m.A", "train-model.B", "m.f.<locals>.C", "m.ﬁ"]
texts = st.text(st.characters(exclude_categories=["Cs"]))
words = st.sampled_from(["a", "b.c", "pandas.DataFrame", "class", "ab-c.D", "é"])
leaves = st.one_of(
    words.map(Name),
    st.sampled_from(KEYS).map(Ref),
    st.just(NONE),
    st.lists(st.one_of(st.integers(), st.text()).map(repr), min_size=1).map(
        lambda values: Literal(tuple(values))
    ),
    st.builds(Unresolved, texts, texts),
)


def branches(parts: st.SearchStrategy[Type]) -> st.SearchStrategy[Type]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    flat = several.filter(lambda types: not any(isinstance(type_, Union) for type_ in types))
    return st.one_of(
        st.builds(Apply, words, st.one_of(several, parts.map(lambda type_: (type_, ELLIPSIS)))),
        st.builds(Ref, st.sampled_from(KEYS), several),
        flat.map(Union),
        st.builds(
            Annotated, parts, st.builds(Column, texts, parts).map(lambda it: (it,)), several_texts
        ),
    )


several_texts = st.lists(texts).map(tuple)
types = st.recursive(leaves, branches, max_leaves=4)
fields = st.dictionaries(texts, types, max_size=3).map(
    lambda parts: tuple(Field(name, type_) for name, type_ in parts.items())
)
definitions = st.builds(
    Definition,
    st.sampled_from(ClassKind),
    fields,
    st.dictionaries(texts, texts).map(lambda parts: tuple(map(Member, parts, parts.values()))),
    parameters=st.sampled_from([(), ("T", "U")]),
    bases=st.lists(types, max_size=2).map(tuple),
    target=st.none() | types,
    import_name=st.none() | st.just("m.A"),
)
hashes = st.frozensets(texts, max_size=2)
accounts = st.builds(
    Account,
    st.dictionaries(texts, hashes, min_size=1, max_size=3),
    st.frozensets(st.builds(Acceptance, texts, texts, texts), max_size=2),
)
tasks = st.builds(
    Task,
    st.sampled_from(Sdk),
    texts,
    texts,
    st.builds(CacheSetting, st.sampled_from(CacheKind), st.none() | texts),
    fields,
    fields,
    texts,
    st.dictionaries(st.sampled_from(KEYS), definitions, max_size=1),
)
names = st.sampled_from(["m.f", "m.g", "", "a\nb"])
locks = st.builds(
    Lock,
    st.builds(
        Snapshot,
        st.dictionaries(names, tasks, max_size=2),
        st.lists(definitions, min_size=len(KEYS), max_size=len(KEYS)).map(
            lambda entries: dict(zip(KEYS, entries, strict=True))
        ),
    ),
    st.dictionaries(names, accounts, max_size=2),
)


@settings(max_examples=50)
@given(locks)
def test_what_is_written_is_read(lock: Lock) -> None:
    assert loads(dumps(lock)) == lock


@settings(max_examples=50)
@given(locks)
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
