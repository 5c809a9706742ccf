"""Random locks, as strange as their format allows."""

from __future__ import annotations

from hypothesis import strategies as st

from sigclock.interface.snapshot import (
    CacheKind,
    CacheSetting,
    Definition,
    Field,
    Member,
    Sdk,
    Snapshot,
    Task,
)
from sigclock.interface.types import (
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
from sigclock.lock.lock import Acceptance, Account, Lock
from sigclock.python.types.classes import KINDS

KEYS = ["m.A", "train-model.B", "m.f.<locals>.C", "m.ﬁ"]
texts = st.text(st.characters(exclude_categories=["Cs"]))
#: A signature is never empty, and is left out where the rest implies it.
signatures = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
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
    st.sampled_from(list(KINDS.values())),
    fields,
    st.dictionaries(texts, texts).map(lambda parts: tuple(map(Member, parts, parts.values()))),
    parameters=st.sampled_from([(), ("T", "U")]),
    bases=st.lists(types, max_size=2).map(tuple),
    target=st.none() | types,
    import_name=st.none() | st.just("m.A"),
)
hashes = st.frozensets(signatures, max_size=2)
accounts = st.builds(
    Account,
    st.dictionaries(texts, hashes, min_size=1, max_size=3),
    st.frozensets(st.builds(Acceptance, signatures, signatures, texts), max_size=2),
)
tasks = st.builds(
    Task,
    st.sampled_from(Sdk),
    texts,
    texts,
    st.builds(CacheSetting, st.sampled_from(CacheKind), st.none() | texts),
    fields,
    fields,
    signatures,
    st.dictionaries(st.sampled_from(KEYS), definitions, max_size=1),
)
names = st.sampled_from(["m.f", "m.g", "", "a\nb"])
LOCKS = st.builds(
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
