from __future__ import annotations

import pytest
from support.memory import InMemory

from sigclock.tasks.extract import Options, extract
from sigclock.verdict.call_graph import CallGraph

TASKS = """\
from flytekit import task, workflow, dynamic, map_task
@task(cache=True, cache_version="1")
def load() -> int: ...
@task(cache=True, cache_version="1")
def fit(x: int) -> int: ...
@task
def show(x: int) -> int: ...
@task
def other() -> int: ...
"""


def downstream(body: str, name: str = "m.load", **files: str) -> tuple[list[str], list[str]]:
    tree = InMemory({"m.py": TASKS + body, **{f"{stem}.py": text for stem, text in files.items()}})
    radius = CallGraph(tree, Options(), extract(tree)).radii([name])[name]
    return list(radius.tasks), list(radius.workflows)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("", ([], []), id="nothing calls it"),
        pytest.param("@workflow\ndef w():\n    load()\n", ([], ["m.w"]), id="a workflow runs it"),
        pytest.param(
            "@workflow\ndef w():\n    a = load()\n    show(x=fit(x=a))\n    other()\n",
            (["m.fit", "m.show"], ["m.w"]),
            id="values go on",
        ),
        pytest.param(
            "@workflow\ndef w():\n    load()\n    show(x=other())\n", ([], ["m.w"]), id="beside it"
        ),
        pytest.param(
            "@workflow\ndef inner() -> int:\n    return load()\n"
            "@workflow\ndef outer():\n    show(x=inner())\n",
            (["m.show"], ["m.inner", "m.outer"]),
            id="out of a workflow",
        ),
        pytest.param(
            "@workflow\ndef inner(x: int):\n    show(x=x)\n    other()\n"
            "@workflow\ndef outer():\n    inner(x=load())\n",
            (["m.show"], ["m.inner", "m.outer"]),
            id="into a workflow",
        ),
        pytest.param(
            "@workflow\ndef w():\n    map_task(fit)(x=[load()])\n",
            (["m.fit"], ["m.w"]),
            id="a map task",
        ),
        pytest.param(
            "@workflow\ndef w():\n    made = [load() for _ in range(3)]\n"
            "    for one in made:\n        show(x=one)\n",
            (["m.show"], ["m.w"]),
            id="through a loop",
        ),
        pytest.param(
            "@dynamic\ndef d() -> int:\n    return load()\n@workflow\ndef w():\n    show(x=d())\n",
            (["m.d", "m.show"], ["m.w"]),
            id="out of a dynamic task",
        ),
        pytest.param(
            '@dynamic(cache=True, cache_version="1")\ndef d() -> int:\n    return load()\n'
            "@workflow\ndef w():\n    show(x=d())\n",
            ([], []),
            id="a cached dynamic task is not run again",
        ),
        pytest.param(
            "@workflow\ndef w(x: int) -> int:\n    return w(x=load())\n",
            ([], ["m.w"]),
            id="a workflow that calls itself",
        ),
    ],
)
def test_what_recomputes(body: str, expected: tuple[list[str], list[str]]) -> None:
    assert downstream(body) == expected


INNER = """\
from flytekit import workflow
from m import load as get
@workflow
def w() -> int:
    return get()
"""
OUTER = """\
from flytekit import workflow
import inner, m
@workflow
def v():
    m.show(x=inner.w())
"""


def test_calls_are_followed_through_files() -> None:
    found = downstream("", inner=INNER, outer=OUTER)
    assert found == (["m.show"], ["inner.w", "outer.v"])
