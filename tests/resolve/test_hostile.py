"""Whatever stands in an annotation, a class or a decorator: the analysis does not raise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.memory import InMemory

from sigclock import reader
from sigclock.extract import extract

if TYPE_CHECKING:
    import pytest

HEAD = """\
import collections, dataclasses, enum, pathlib, typing
from dataclasses import dataclass, make_dataclass
from enum import Enum
from typing import *
import flytekit, pandas, pydantic
from flytekit import FlyteFile, StructuredDataset, kwtypes, task
T = TypeVar("T")
class Box(Generic[T]): ...
"""
NAMES = """\
int None ... () [] {} T Box Stats Gone Enum NamedTuple TypedDict NewType Optional Union Literal
Annotated ClassVar Callable FlyteFile StructuredDataset kwtypes typing pandas.DataFrame
typing.Gone Stats.Inner Stats.Gone Stats.Stats 'Stats' 'int' '' '(' 1 -1 1.5 b'x' f'{x}' True
lambda:0 pydantic.BaseModel dataclass collections.namedtuple make_dataclass
"""
EXPRESSIONS = st.recursive(
    st.sampled_from(NAMES.split()),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"{two[0]}[{two[1]}]"),
        st.tuples(inner, inner, inner).map(lambda three: f"{three[0]}[{three[1]}, {three[2]}]"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]} | {two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"{two[0]}({two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"{two[0]}({two[1]!r}, [({two[1]!r}, {two[0]})])"),
        st.tuples(inner, inner).map(lambda two: f"{two[0]}({two[1]}, x={two[0]})"),
        st.tuples(inner, inner, inner).map(
            lambda three: f"({three[0]} if {three[1]} else {three[2]})"
        ),
        inner.map(lambda one: f"[{one}, *{one}]"),
        inner.map(lambda one: f"{{{one}: {one}}}"),
        inner.map(lambda one: f"{one}.Inner"),
    ),
    max_leaves=6,
)
BODY = """\
@{decorator}
class Stats({base}):
    field: {field}
    other: {field} = {value}
    Stats = {value}
    def __init__(self, x: {field} = {value}):
        self.x: {field} = {value}
        self.y, self.z = {value}, x
    class Inner({value}): ...
Alias = {value}
type_ = Stats = Stats

@task(cache=True, cache_version="1.0")
def produce(x: {field}) -> {returned}: ...

@task(cache={value}, cache_version={field})
def other(*args: {field}, **kwargs: Alias) -> Stats: ...
"""


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(*[EXPRESSIONS] * 5)
def test_nothing_that_parses_makes_the_analysis_raise(
    decorator: str, base: str, field: str, value: str, returned: str
) -> None:
    parts = {"decorator": decorator, "base": base, "field": field}
    text = HEAD + BODY.format(**parts, value=value, returned=returned)
    extract(InMemory({"flow.py": text}))


PLAIN = "from flytekit import task\n@task\ndef plain() -> int: ...\n"


def test_a_file_whose_names_fork_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name may be the one before it, or what a call of that gives."""
    forks = "".join(
        f"if x:\n    v{i} = v{i - 1}\nelse:\n    v{i} = v{i - 1}()\n" for i in range(1, 41)
    )
    hostile = f"from flytekit import task\nv0 = task\n{forks}@v40\ndef fit() -> int: ...\n"
    monkeypatch.setattr(reader, "_EFFORT", 5_000)
    found = extract(InMemory({"hostile.py": hostile, "plain.py": PLAIN}))
    assert [(one.rule, one.location.path) for one in found.problems] == [
        ("unreadable-source", "hostile.py")
    ]
    assert list(found.snapshot.tasks) == ["plain.plain"]
    assert found.unparsed == {"hostile.py"}
