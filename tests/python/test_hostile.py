"""Whatever stands in an annotation, a class or a decorator: the analysis does not raise."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.memory import InMemory
from support.unrecognized import raised

from sigclock.python.names.names import Names
from sigclock.tasks.extract import Options, extract
from sigclock.tasks.memory import Memory

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


def forking(levels: int, first: str = "from flytekit import task as v0", use: str = "") -> str:
    """Every name may be the one before it, or what a call of that gives."""
    forks = "".join(
        f"if x:\n    v{i} = v{i - 1}\nelse:\n    v{i} = v{i - 1}()\n" for i in range(1, levels)
    )
    return f"{first}\n{forks}@v{levels - 1}\ndef fit() -> int: ...\n{use}"


def given_up(files: dict[str, str], memory: Memory | None = None) -> list[str]:
    found = extract(InMemory(files), Options(), memory)
    return [file.location.path for file in found.unreadable]


def test_a_file_whose_names_fork_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sigclock.tasks.extract.EFFORT", 1_000)
    assert given_up({"hostile.py": forking(41), "plain.py": PLAIN}) == ["hostile.py"]


def test_an_enum_of_many_members_takes_linear_time() -> None:
    def taken(members: int) -> float:
        body = "".join(f"    M{number} = auto()\n" for number in range(members))
        enum = f"from enum import Enum, auto\nfrom flytekit import task\nclass E(Enum):\n{body}"
        tree = InMemory({"a.py": f"{enum}@task\ndef fit() -> E: ...\n"})
        began = time.process_time()
        assert len(extract(tree).snapshot.definitions["a.E"].members) == members
        return time.process_time() - began

    # Eight times as many: eight times as long, where the square would be sixty-four times.
    assert taken(8_000) < 24 * taken(1_000)


def test_members_that_are_shown_all_earlier_ones_are_counted() -> None:
    body = "".join(f"    M{number} = auto()\n" for number in range(10_000))
    maker = "    def _generate_next_value_(name, start, count, last): return name\n"
    enum = f"from enum import Enum, auto\nfrom flytekit import task\nclass E(Enum):\n{maker}{body}"
    assert given_up({"a.py": f"{enum}@task\ndef fit() -> E: ...\n"}) == ["a.py"]


def test_a_flag_of_more_than_sixty_members_is_read() -> None:
    body = "".join(f"    M{number} = auto()\n" for number in range(100))
    flag = f"from enum import Flag, auto\nfrom flytekit import task\nclass E(Flag):\n{body}"
    found = extract(InMemory({"a.py": f"{flag}@task\ndef fit() -> E: ...\n"}))
    assert found.snapshot.definitions["a.E"].members[-1].value == str(2**99)


def test_a_thousand_such_files_cost_little_more_than_a_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each that is given up leaves less for the next, and enough for a file that is well."""
    monkeypatch.setattr("sigclock.tasks.extract.EFFORT", 2_000)
    monkeypatch.setattr("sigclock.tasks.extract._LEAST_EFFORT", 20)
    spent = 0
    spend = Names.spend

    def counted(names: Names, steps: int = 1) -> None:
        nonlocal spent
        spent += steps
        spend(names, steps)

    monkeypatch.setattr(Names, "spend", counted)
    hostile = {f"hostile_{i:03}.py": forking(41) for i in range(300)}
    assert given_up({**hostile, "plain.py": PLAIN}) == sorted(hostile)
    # The sum of 2,000 / k for k up to 100, and 20 for each of the rest.
    assert 10_000 < spent < 20_000


def test_what_was_read_before_a_file_does_not_matter_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """One file is given up, or is not, whether or not another has paid for what both import."""
    shared = forking(9)
    first = "from flytekit import task\nfrom shared import v8\n@v8\ndef fit() -> int: ...\n"
    second = forking(9, "from flytekit import task\nfrom shared import v8 as v0")
    with_first = {"a.py": first, "b.py": second, "shared.py": shared}
    without = {"b.py": second, "shared.py": shared}
    monkeypatch.setattr("sigclock.tasks.extract._LEAST_EFFORT", 20)
    seen = set()
    for effort in range(250, 700, 15):
        monkeypatch.setattr("sigclock.tasks.extract.EFFORT", effort)
        remembered = Memory({path: path for path in with_first})
        alike = "b.py" in given_up(with_first, remembered)
        later = Memory({path: path for path in without}, remembered.learnt)
        if "a.py" not in given_up(with_first):
            assert ("b.py" in given_up(without)) == alike
            assert ("b.py" in given_up(without, later)) == alike
            seen.add(alike)
    assert seen == {True, False}


# -- what nothing else bounds, the stack does ------------------------------------------------------


def at_depth(frames: int, run: Callable[[], list[str]]) -> list[str]:
    """A call with so many frames left."""
    if frames > 0:
        return at_depth(frames - 1, run)
    return run()


def test_a_file_for_which_the_stack_is_too_short_is_a_finding() -> None:
    deep = "from flytekit import task\n@task\ndef fit() -> " + "list[" * 40 + "int" + "]" * 40
    used, frame = 0, sys._getframe()  # noqa: SLF001 - how deep this test itself stands
    while frame.f_back is not None:
        used, frame = used + 1, frame.f_back
    files = {"deep.py": f"{deep}: ...\n", "plain.py": PLAIN}
    ends = [
        at_depth(sys.getrecursionlimit() - used - left, lambda: given_up(files))
        for left in (100, 600)
    ]
    assert ends == [["deep.py"], []]


def test_whether_a_file_parses_does_not_depend_on_who_asks() -> None:
    """As far as this Python parses so much: `nots` stand in each other."""
    files = {f"{depth}.py": f"x = {'not ' * depth}1\n{PLAIN}" for depth in range(200, 4_000, 200)}
    assert at_depth(500, lambda: given_up(files)) == given_up(files)


def test_a_bug_is_not_taken_for_a_file_that_is_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Names, "spend", lambda _names, _steps=1: int("x"))
    with pytest.raises(ValueError, match="invalid literal"):
        given_up({"plain.py": PLAIN})


@pytest.mark.parametrize(
    "read",
    ["1 if x else " * 900 + "V", "V" + ".x" * 900, "V" + "[0]" * 900, "not " * 900 + "V"],
    ids=["choices", "attributes", "subscripts", "nots"],
)
def test_a_constant_that_is_read_deep_inside_an_expression(read: str) -> None:
    text = f"V = '1'\ny = {read}\n{HEAD}@task(cache=True, cache_version=V)\ndef g() -> int: ...\n"
    sites = extract(InMemory({"flow.py": text})).sites.values()
    assert [one.version.refusal for one in sites if one.version] in (
        [],
        ["V is also read at flow.py:2, not as a cache version"],
    )


def told(source: str) -> list[tuple[str, int]]:
    """The makers that are not recognized in a module, each with how many places it has."""
    found = extract(InMemory({"m.py": source}))
    return [(one.path, len(one.places)) for one in raised(found)]


VENDOR = "from vendor import step\n"
CACHED = "cache=True, cache_version='1'"


def test_ten_thousand_calls_with_cache_arguments_are_told_once() -> None:
    calls = "".join(f"t{n} = step('{n}', {CACHED})\n" for n in range(10_000))
    assert told(VENDOR + calls) == [("m.py", 10_000)]


def test_a_loop_over_a_thousand_names_is_told_once() -> None:
    functions = "".join(f"def f{n}(x: int) -> int: return x\n" for n in range(1_000))
    names = ", ".join(f"f{n}" for n in range(1_000))
    loop = f"for fn in ({names}):\n    task(fn, {CACHED})\n"
    assert told(f"from flytekit import task\n{functions}{loop}") == [("m.py", 1)]


def test_wrappers_of_wrappers_end() -> None:
    wrappers = "".join(f"def w{n}(fn): return w{n - 1}(fn)\n" for n in range(1, 50))
    source = f"from flytekit import task\ndef w0(fn): return task(fn, {CACHED})\n{wrappers}"
    use = "@w49\ndef f(x: int) -> int: return x\n"
    found = extract(InMemory({"m.py": source + use}))
    assert found.snapshot.tasks or raised(found)


def test_wrappers_that_choose_end() -> None:
    wrappers = "".join(
        f"def w{n}(fn):\n    if x: return w{n - 1}(fn)\n    return w{n - 1}(w{n - 1}(fn))\n"
        for n in range(1, 20)
    )
    source = f"from flytekit import task\ndef w0(fn): return task(fn, {CACHED})\n{wrappers}"
    use = "@w19\ndef f(x: int) -> int: return x\n"
    found = extract(InMemory({"m.py": source + use}))
    assert found.snapshot.tasks or found.unrecognized or found.unparsed


def test_an_environment_that_makes_itself_ends() -> None:
    source = f"""\
import functools
from flytekit import task
class Env:
    def __init__(self, **options):
        self.again = self.__class__(**options)
        self.options = {{**options, **self.again.options}}
    def __call__(self, fn): return self.extend()(fn)
    def extend(self, **more): return self.__class__(**self.options, **more).extend(**more)
env = Env({CACHED})
@env
def f(x: int) -> int: return x
@env.extend(retries=1)
def g(x: int) -> int: return x
"""
    extract(InMemory({"m.py": source}))


def test_loops_in_loops_in_a_wrapper_end() -> None:
    depth = 12
    loops = "".join(
        f"{'    ' * (n + 1)}for v{n} in range(9), {list(range(16))}:\n" for n in range(depth)
    )
    inside = f"{'    ' * (depth + 1)}fn = other(fn)\n    return task(fn, {CACHED})\n"
    body = f"def own(fn):\n{loops}{inside}"
    use = "@own\ndef f(x: int) -> int: return x\n"
    extract(InMemory({"m.py": f"from flytekit import task\n{body}{use}"}))
