"""Histories for every gate: those that end in a stale cache, and those that make nothing worse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.gates import History
from support.hooked import MODELS

if TYPE_CHECKING:
    from collections.abc import Mapping

GROWN = f"{MODELS}    count: int = 0\n"
AGAIN = f"{GROWN}    total: int = 0\n"
#: What stands around a task whose version is written in the decorator's braces.
TASK = """\
import os
from flytekit import Cache, task
from models import Stats
from versions import Mine, env
{above}
@task({cache})
def fit(path: str) -> Stats:
    return Stats(0.0)
"""
VERSIONS = """\
import os

def env() -> str:
    return os.environ["RELEASE"]

class Mine:
    def get_version(self, salt: str, params: object) -> str:
        return os.environ["RELEASE"]
"""


def declared(cache: str, above: str = "") -> dict[str, str]:
    """A task that returns a class of `models.py`, cached as it is written."""
    fit = TASK.format(cache=cache, above=above)
    return {"models.py": MODELS, "versions.py": VERSIONS, "fit.py": fit}


FLYTE2 = """\
from dataclasses import dataclass
import flyte
from pydantic import BaseModel

env = flyte.TaskEnvironment(name="e", cache="auto")

class Model(BaseModel):
    mean: float

@dataclass
class Stats:
    mean: float

class Plain:
    def __init__(self) -> None:
        self.mean = 0.0

@env.task
async def model(path: str) -> Model: ...

@env.task
async def stats(path: str) -> Stats: ...

@env.task
async def plain(path: str) -> Plain: ...
"""
STEP = """

@vendor.step(cache=True, cache_version="1")
def step(path: str) -> Stats: ...
"""
LITERAL = declared('cache=True, cache_version="1.0"')
VENDOR = {**LITERAL, "fit.py": f"import vendor\n{LITERAL['fit.py']}"}

#: The rule that stops a change, and the history that ends in it.
BLOCKED: Mapping[str, tuple[str, History]] = {
    **{
        name: ("version-not-literal", History(files, {"models.py": GROWN}))
        for name, files in {
            "f-string": declared("cache=True, cache_version=f\"r{os.environ.get('R')}\""),
            "environment": declared('cache=True, cache_version=os.environ["X"]'),
            "policy": declared("cache=Cache(policies=[Mine()])"),
            "constant read elsewhere": declared(
                "cache=True, cache_version=V", above='V = "1.0"\nprint(V)\n'
            ),
            "call": declared("cache=True, cache_version=env()"),
        }.items()
    },
    "stale already": (
        "stale-cache",
        History(LITERAL, {"models.py": AGAIN}, unhooked={"models.py": GROWN}),
    ),
    "computed, and due already": (
        "version-not-literal",
        History(
            declared("cache=True, cache_version=env()"),
            {"models.py": AGAIN},
            unhooked={"models.py": GROWN},
        ),
    ),
    "unrecognized": (
        "unrecognized-task",
        History(VENDOR, {"fit.py": VENDOR["fit.py"] + STEP}),
    ),
    "pickled by Flyte 2": (
        "version-not-literal",
        History(
            {"flow.py": FLYTE2},
            {"flow.py": FLYTE2.replace("self.mean = 0.0", "self.mean = self.count = 0.0")},
        ),
    ),
}
#: Where a gate may write, it bumps these: the native hook in the commit itself.
MENDED = {"stale already"}

LEGACY = """\
import vendor
from flytekit import task
from made import make
from models import Stats
from versions import env

Made = make("Made")

@task(cache=True, cache_version="1.0")
def publish(path: str) -> None:
    print(path)

@task(cache=True, cache_version="1.0")
def guess(path: str) -> Made: ...

@task(cache=True, cache_version=env())
def computed(path: str) -> float: ...

@task(cache=True, cache_version=env())
def overdue(path: str) -> Stats: ...

@vendor.step(cache=True, cache_version="1")
def step(path: str) -> Stats:
    return Stats(0.0)
"""
#: What is found in it, as soon as `models.py` has grown.
STOOD = {
    "void-cached",
    "unresolved-type",
    "unrecognized-task",
    "stale-cache",
    "version-not-literal",
}
MAKE = "def make(name): return type(name, (), {})\n"
WRITTEN = '@vendor.step(cache=True, cache_version="1")'
REFORMATTED = "@vendor.step(\n    cache_version='1',  # as ever\n    cache=True,\n)"
ABOVE, STEPS = LEGACY.partition(WRITTEN)[0], "".join(LEGACY.partition(WRITTEN)[1:])
MOVED = LEGACY.replace(f"\n{STEPS}", "").replace("Made =", f"{STEPS}\nMade =")


def legacy(flow: str) -> History:
    """A change of the adopted file alone; two tasks in the tree were stale before it."""
    locked = {**LITERAL, "made.py": MAKE, "flow.py": LEGACY}
    return History(locked, {"flow.py": flow}, unhooked={"models.py": GROWN})


PASSED: Mapping[str, History] = {
    "a line above": legacy(f"# a comment\n{LEGACY}"),
    "a body": legacy(LEGACY.replace("print(path)", "print(path, path)")),
    "unrecognized, moved": legacy(MOVED),
    "unrecognized, reformatted": legacy(LEGACY.replace(WRITTEN, REFORMATTED)),
    **{
        f"Flyte 2, {name}": History({"flow.py": FLYTE2}, {"flow.py": FLYTE2.replace(head, grown)})
        for name, head, grown in (
            ("model", "Model):\n", "Model):\n    count: int = 0\n"),
            ("dataclass", "Stats:\n", "Stats:\n    count: int\n"),
        )
    },
}
