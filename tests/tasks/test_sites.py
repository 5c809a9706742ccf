# ruff: noqa: E501 - a row is a line

from __future__ import annotations

import pytest
from support.memory import InMemory

from sigclock.interface.snapshot import Field
from sigclock.interface.types import Unresolved
from sigclock.python.values.constant_uses import Published
from sigclock.source import Location
from sigclock.tasks.extract import Options, extract

FLYTEKIT = "import functools\nfrom flytekit import Cache, TaskMetadata, task\nfrom flytekit.extras.tasks.shell import ShellTask\n"
FLYTE = "import flyte\n"
TASK = "\n@task(cache=True, cache_version=V)\ndef t() -> int: ...\n"


def site(text: str, options: Options | None = None, **others: str) -> tuple[str, str, str]:
    """Holder, literal and refusal of the task `t` of a module."""
    files = {"m.py": text} | {f"{name}.py": other for name, other in others.items()}
    sites = extract(InMemory(files), options).sites
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

#: What else reads the constant `V` of `m.py`, in `m.py` or in `other.py`.
SECOND_NAMES = {
    "another name in its module": ("V = '1'\nW = V" + TASK + "print(W)", ""),
    "another name in another module": (
        "V = '1'" + TASK,
        "from m import V\nSCHEMA = V\ndef show(): return SCHEMA",
    ),
    "another name, imported on": (
        "V = '1'" + TASK,
        "from m import V as SCHEMA\ndef show(): return SCHEMA",
    ),
    "an attribute of a class": ("V = '1'\nclass Row:\n    version = V" + TASK, ""),
    "a name in one chain": ("V = W = '1'" + TASK + "print(W)", ""),
    "a name in one chain, read elsewhere": ("V = W = '1'" + TASK, "from m import W\nprint(W)"),
    "a walrus": ("@task(cache=True, cache_version=(V := '1'))\ndef t() -> int: ...\nprint(V)", ""),
    "a walrus, read elsewhere": (
        "@task(cache=True, cache_version=(V := '1'))\ndef t() -> int: ...",
        "from m import V\nprint(V)",
    ),
    "a dict in a dict": (
        "C = {'t': {'f': '1'}}" + TASK.replace("=V", "=C['t']['f']") + "D = C['t']",
        "",
    ),
    "a dict in a dict, by its entry": (
        "C = {'t': {'f': '1'}}" + TASK.replace("=V", "=C['t']['f']") + "print(C['t']['f'])",
        "",
    ),
    "by name": ("V = '1'" + TASK, "import m\nprint(getattr(m, 'V'))"),
    "in globals": ("V = '1'" + TASK + "print(globals()['V'])", ""),
    "in the module's dict": ("V = '1'" + TASK, "import m\nprint(m.__dict__.get('V'))"),
}


@pytest.mark.parametrize("case", SECOND_NAMES)
def test_a_second_name_serves_something_else(case: str) -> None:
    text, other = SECOND_NAMES[case]
    _, literal, refusal = site(FLYTEKIT + text, other=other)
    assert literal == "'1'"
    assert "is also read at" in refusal


PUBLISHED = {
    "the constant": (("pkg/m", "VERSION"), False),
    "another module": (("other", "V"), False),
    "the module and name": (("m", "V"), True),
    "any of the module": (("m", None), True),
}


@pytest.mark.parametrize("case", PUBLISHED)
def test_the_version_of_the_package_is_not_touched(case: str) -> None:
    (module, name), is_read = PUBLISHED[case]
    constant = Published(Location("pyproject.toml", 7), (module,), name)
    options = Options(published=(constant,))
    refusal = "V is also read at pyproject.toml:7, not as a cache version"
    assert site(FLYTEKIT + "V = '1'" + TASK, options)[2] == (refusal if is_read else "")


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
