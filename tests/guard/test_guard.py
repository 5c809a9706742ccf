"""The guard in processes with the real flytekit and its local cache."""

from __future__ import annotations

from functools import cache

import pytest
from oracles import guarded
from oracles.guarded import Outcome, Step
from support.amount import FULL

MEAN = """\
from dataclasses import dataclass

@dataclass
class Stats:
    mean: float
"""
COUNT = MEAN + "    count: int = 0\n"
DOC = MEAN.replace("class Stats:\n", 'class Stats:\n    """Of a table."""\n')
FLOW = """\
from typing import List
from flytekit import dynamic, eager, map_task, task, workflow
from stats import Stats

@task(cache=True, cache_version="1.0")
def fit(x: int) -> Stats:
    print("ran", x)
    return Stats(0.5)

@dynamic(cache=True, cache_version="1.0")
def every(x: int) -> Stats:
    print("unrolled")
    return fit(x=x)

@task(cache=True, cache_version="1.0")
async def later(x: int) -> Stats:
    print("ran later")
    return Stats(0.5)

@task(cache=True, cache_version="1.0")
def announce(x: int) -> None:
    print("announced")

@eager
async def eagerly(x: int) -> Stats:
    return fit(x=x)

@workflow
def mapped() -> List[Stats]:
    return map_task(fit)(x=[1, 2])
"""
FIT = "from flow import fit; fit(x=1)"
EVERY = "from flow import every; every(x=1)"
LATER = "from flow import later; import asyncio; asyncio.run(later(x=1))"
EAGER = "from flow import eagerly; import asyncio; asyncio.run(eagerly(x=1))"
MAPPED = "from flow import mapped; mapped()"
ANNOUNCE = "from flow import announce; announce(x=1)"
EDIT = f"open('stats.py', 'w').write({COUNT!r})"
NOTEBOOK = (
    MEAN + FLOW.partition("@dynamic")[0].replace("from stats import Stats", "") + "fit(x=1)\n"
)
SEVERAL = """
import os
from concurrent.futures import ThreadPoolExecutor
from flow import fit
children = []
for x in range(6):
    children.append(os.fork())
    if not children[-1]:
        fit(x=x)
        os._exit(0)
for child in children:
    os.waitpid(child, 0)
import contextlib, io
with ThreadPoolExecutor(8) as pool, contextlib.redirect_stdout(io.StringIO()):
    list(pool.map(lambda x: fit(x=x), range(6, 14)))
"""
MANY = tuple(f"ran {x}" for x in range(14))
A, B = {"stats.py": MEAN, "flow.py": FLOW}, {"stats.py": COUNT, "flow.py": FLOW}
RAN = ("ran 1",)
ADDED = "stats.Stats.count: int was added"
OLD = "its entry is from before the guard"
ALONE = "it returns nothing, and a cluster runs such a task each time"

#: Each process with what its tasks print, and what the guard says of the last entry it refuses.
CASES: dict[str, list[tuple[Step, tuple[str, ...], str]]] = {
    "without the guard": [(Step(FIT, A, "off"), RAN, ""), (Step(FIT, B, "off"), (), "")],
    "plain": [
        (Step(FIT, A), RAN, ""),
        (Step(FIT), (), ""),
        (Step(FIT, B), RAN, ADDED),
        (Step(FIT), (), ""),
        (Step(FIT, {"stats.py": DOC}), (), ""),
    ],
    "dynamic": [
        (Step(EVERY, A), ("unrolled", *RAN), ""),
        (Step(EVERY), (), ""),
        (Step(EVERY, B), ("unrolled", *RAN), ADDED),
    ],
    "async": [
        (Step(LATER, A), ("ran later",), ""),
        (Step(LATER), (), ""),
        (Step(LATER, B), ("ran later",), ADDED),
    ],
    "mapped": [
        (Step(MAPPED, A), (*RAN, "ran 2"), ""),
        (Step(MAPPED), (), ""),
        (Step(MAPPED, B), (*RAN, "ran 2"), ADDED),
    ],
    "void": [
        (Step(ANNOUNCE, A, "off"), ("announced",), ""),
        (Step(ANNOUNCE), ("announced",), ALONE),
    ],
    "before the guard": [
        (Step(FIT, A, "off"), RAN, ""),
        (Step(FIT), RAN, OLD),
        (Step(FIT), (), ""),
    ],
    "before the guard, trusted": [
        (Step(FIT, A, "off"), RAN, ""),
        (Step(FIT, guard="trust"), (), ""),
        (Step(FIT), (), ""),
        (Step(FIT, B, "trust"), RAN, ADDED),
    ],
    "trusted by one signature alone": [
        (Step("from flow import fit; fit(x=2)", A, "off"), ("ran 2",), ""),
        (Step(FIT, guard="trust"), RAN, ""),
        (Step("from flow import fit; fit(x=2)", B, "trust"), ("ran 2",), OLD),
    ],
    "switched off for a run": [
        (Step(FIT, A), RAN, ""),
        (Step(FIT, B, "off"), RAN, ""),
        (Step(FIT, B), RAN, ADDED),
        (Step(FIT, A), (), ""),
    ],
    "edited after the import": [
        (Step(f"import flow; {EDIT}; flow.fit(x=1)", A), RAN, ""),
        (Step(FIT), RAN, "the one that stored its entry did not import what its sources say now"),
        (Step(FIT, A), RAN, ADDED.replace("added", "removed")),
    ],
    "where the start is not known": [
        (Step(FIT, A, begun=False), RAN, ""),
        (Step(FIT, {"stats.py": DOC}, begun=False), (), ""),
        (Step(FIT, B, begun=False), RAN, "o0.count: int was added"),
    ],
    "without a source file": [
        (Step(NOTEBOOK), RAN, ""),
        (Step(NOTEBOOK), (), ""),
        (
            Step(NOTEBOOK.replace("    mean: float\n", "    mean: float\n    count: int = 0\n")),
            RAN,
            "o0.count: int was added",
        ),
    ],
    "several processes and threads": [
        (Step(SEVERAL, A), (), ""),
        (Step("from flow import fit\nfor x in range(14): fit(x=x)"), (), ""),
        (Step("from flow import fit\nfor x in range(14): fit(x=x)", B), MANY, ADDED),
    ],
}
#: With `@eager`, flytekit lists the installed packages in each run, which takes seconds.
SLOW: dict[str, list[tuple[Step, tuple[str, ...], str]]] = {
    "overwritten": [
        (Step(FIT, A), RAN, ""),
        (Step(FIT, environment={"FLYTE_LOCAL_CACHE_OVERWRITE": "true"}), RAN, ""),
        (Step(FIT), (), ""),
    ],
    "without the local cache": [
        (Step(FIT, A, environment={"FLYTE_LOCAL_CACHE_ENABLED": "false"}), RAN, ""),
        (Step(FIT), RAN, ""),
    ],
    "edited after the first call": [
        (Step(f"import flow; flow.fit(x=1); {EDIT}; flow.fit(x=1)", A), RAN, ""),
        (Step(FIT), RAN, ADDED),
        (Step(FIT, A), (), ""),
    ],
    "eager": [
        (Step(EAGER, A), RAN, ""),
        (Step(EAGER), (), ""),
        (Step(EAGER, B), RAN, ADDED),
    ],
}
if FULL:
    CASES |= SLOW


@cache
def outcomes() -> dict[str, list[Outcome]]:
    sessions = [[step for step, _, _ in case] for case in CASES.values()]
    return dict(zip(CASES, guarded.run(sessions), strict=True))


@pytest.mark.parametrize("case", CASES)
def test_an_entry_is_served_only_to_the_signature_that_stored_it(case: str) -> None:
    seen = [(outcome.printed, last(outcome)) for outcome in outcomes()[case]]
    assert seen == [(printed, said) for _, printed, said in CASES[case]]


def last(outcome: Outcome) -> str:
    """Why the last task of the run ran again, as far as the guard said so."""
    lines = [line.partition(" runs again: ")[2] for line in outcome.said]
    assert all(lines), outcome.said
    return lines[-1] if lines else ""
