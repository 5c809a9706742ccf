# ruff: noqa: E501 - a row is a line

from __future__ import annotations

import pytest
from support.memory import InMemory

from sigclock.interface.snapshot import Field
from sigclock.interface.types import Unresolved
from sigclock.tasks.extract import extract

FLYTEKIT = "import functools\nfrom flytekit import Cache, TaskMetadata, task\nfrom flytekit.extras.tasks.shell import ShellTask\n"
FLYTE = "import flyte\n"
TASK = "\n@task(cache=True, cache_version=V)\ndef t() -> int: ...\n"


def site(text: str, **others: str) -> tuple[str, str, str]:
    """Holder, literal and refusal of the task `t` of a module."""
    files = {"m.py": text} | {f"{name}.py": other for name, other in others.items()}
    sites = extract(InMemory(files)).sites
    found = next(one.version for name, one in sites.items() if name.endswith(("t", "sh")))
    return (found.holder, found.literal.decode(), found.refusal) if found else ("", "", "")


HOLDERS = {
    "decorator": FLYTEKIT + "@task(cache=True, cache_version='1')\ndef t() -> int: ...",
    "constant V": FLYTEKIT + "V = '1'" + TASK,
    "constant Versions.T": FLYTEKIT
    + "class Versions:\n    T = '1'\n@task(cache=True, cache_version=Versions.T)\ndef t() -> int: ...",
    "dict CFG": FLYTEKIT
    + "CFG = dict(cache=True, cache_version='1')\n@task(**CFG)\ndef t() -> int: ...",
    "partial cached": FLYTEKIT
    + "cached = functools.partial(task, cache=Cache('1'))\n@cached(retries=1)\ndef t() -> int: ...",
    "decorator deco": FLYTEKIT
    + "deco = task(cache=True, cache_version='1')\n@deco\ndef t() -> int: ...",
    "object CACHE": FLYTEKIT + "CACHE = Cache('1')\n@task(cache=CACHE)\ndef t() -> int: ...",
    "wrapper own": FLYTEKIT
    + "def own(fn):\n    return task(fn, cache=True, cache_version='1')\n@own\ndef t() -> int: ...",
    "environment env": FLYTE
    + "env = flyte.TaskEnvironment('e', cache=flyte.Cache('auto', '1'))\n@env.task\ndef t() -> int: ...",
}


@pytest.mark.parametrize("holder", HOLDERS)
def test_a_message_can_say_what_holds_the_version(holder: str) -> None:
    assert site(HOLDERS[holder]) == (holder, "'1'", "")


UNTOUCHED = {
    "it is written in several pieces": FLYTEKIT + "V = '1' '.0'" + TASK,
    "it is neither a string nor a number": FLYTEKIT + "V = True" + TASK,
    "__version__ is not only a cache version": FLYTEKIT
    + "__version__ = '1'\n@task(cache=True, cache_version=__version__)\ndef t() -> int: ...",
    "V is also read at m.py:7, not as a cache version": FLYTEKIT + "V = '1'" + TASK + "print(V)",
    "V is also read at m.py:8, not as a cache version": FLYTEKIT
    + "V = '1'"
    + TASK
    + "def show():\n    return V",
    'CFG["cache_version"] is also read at m.py:7, not as a cache version': FLYTEKIT
    + "CFG = dict(cache=True, cache_version='1')\n@task(**CFG)\ndef t() -> int: ...\nprint(CFG)",
    "CACHE is also read at m.py:7, not as a cache version": FLYTEKIT
    + "CACHE = Cache('1')\n@task(cache=CACHE)\ndef t() -> int: ...\nprint(CACHE.version)",
    "env is also read at m.py:5, not as a cache version": FLYTE
    + "env = flyte.TaskEnvironment('e', cache=flyte.Cache('auto', '1'))\n@env.task\ndef t() -> int: ...\nprint(env.cache)",
}


@pytest.mark.parametrize("refusal", UNTOUCHED)
def test_what_serves_something_else_is_not_touched(refusal: str) -> None:
    assert site(UNTOUCHED[refusal])[2] == refusal


FREE = {
    "a local name that shadows it": "V = '1'" + TASK + "def show(V):\n    return V",
    "the same name in another module": "V = '1'" + TASK,
    "an alias that is a version": "V = '1'\nW = V" + TASK.replace("=V", "=W"),
    "a second task": "V = '1'" + TASK + TASK.replace(" t(", " u("),
    "an override on a node": "V = '1'" + TASK + "x = t().with_overrides(cache_version=V)",
    "a task that is not cached": "V = '1'" + TASK + "@task(cache_version=V)\ndef u(): ...",
    "another entry": "CFG = {'v': '1', 'n': 2}"
    + TASK.replace("=V", "=CFG['v']")
    + "print(CFG['n'])",
}


@pytest.mark.parametrize("case", FREE)
def test_what_serves_cache_versions_only_may_be_edited(case: str) -> None:
    assert site(FLYTEKIT + FREE[case], other="V = 2\nprint(V)\n")[1:] == ("'1'", "")


def test_a_literal_in_a_class_based_task_is_its_own() -> None:
    text = (
        "t = ShellTask(name='sh', script='x', metadata=TaskMetadata(cache=True, cache_version='1'))"
    )
    assert site(FLYTEKIT + text) == ("decorator", "'1'", "")


def test_what_is_computed_has_no_site() -> None:
    assert site(FLYTEKIT + "V = f'{1}'" + TASK) == ("", "", "")


def test_a_constant_is_followed_under_its_other_names() -> None:
    text = "from flytekit import task\nfrom consts import OTHER as V" + TASK + "print(V)\n"
    refusal = "OTHER is also read at m.py:5, not as a cache version"
    assert site(text, consts="OTHER = '1'\n") == ("constant OTHER", "'1'", refusal)


ANNOTATED = """\
from functools import wraps
from flytekit import task
def inner(fn, returns=None):
    @wraps(fn)
    def wrapper(*args): return fn(*args)
    wrapper.__annotations__['return'] = returns
    return task(wrapper, cache=True, cache_version='1')
@inner
def f(): return 1
"""


def test_a_decorator_may_annotate_the_function_whose_task_it_makes() -> None:
    [task] = extract(InMemory({"m.py": ANNOTATED})).snapshot.tasks.values()
    assert task.outputs == (Field("o0", Unresolved("returns", "dynamic")),)
