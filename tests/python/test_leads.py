from __future__ import annotations

import ast

import pytest
from support.memory import InMemory

from sigclock.python.names.modules import Modules
from sigclock.python.names.names import Names
from sigclock.python.types.classes import EXTERNAL_NAMES
from sigclock.python.values.lookahead import Leads

HELPERS = """
import functools
import numpy as np
from flytekit import task
from flytekit import current_context as context

cached = functools.partial(task, cache=True)
renamed = cached
data = np.zeros(3)
table = {"maker": task}
rebound = task
rebound = print

def twice(value):
    return value

def wrapper(fn):
    made = task(cache=True)
    return made(fn)

def nested(fn):
    @task
    def inner(x: int) -> int: ...
    return inner

def plain(x):
    note = context()
    return x + 1

def one(n):
    return other(n - 1)

def other(n):
    return one(n - 1)

@task
def made(x: int) -> int: ...

class Base(task.Base): ...
class Mine(Base): ...
class Other: ...
mine = Mine()
"""
LEADING = (
    "cached(fn)",
    "renamed",
    "table['maker'](fn)",
    "wrapper(fn)",
    "nested(fn)",
    "twice(task)",
    "twice(task)(fn)",
    "Mine(1).task",
    "mine.task(fn)",
    "Other(task)",
    "[cached][0]",
    "task if 1 else 2",
    "made.override(cache_version='2')",
)
VAIN = (
    "data.sum()",
    "print(task)",
    "twice(1)",
    "made(1)",
    "plain(1)",
    "one(1)",
    "Other(1)",
    "rebound(fn)",
    "unknown.task(fn)",
    "context()",
    "'task'",
)


def lead(text: str) -> bool:
    modules = Modules(InMemory({"a.py": HELPERS}), EXTERNAL_NAMES)
    module = modules.module("a.py")
    assert module is not None
    names = Names(modules)
    leads = Leads(names, lambda dotted: dotted.startswith("flytekit.task"))
    return leads.lead(ast.parse(text, mode="eval").body, names.module_scope(module), None)


@pytest.mark.parametrize("text", LEADING)
def test_what_may_be_made_of_a_task_is_followed(text: str) -> None:
    assert lead(text)


@pytest.mark.parametrize("text", VAIN)
def test_what_cannot_be_is_not(text: str) -> None:
    assert not lead(text)
