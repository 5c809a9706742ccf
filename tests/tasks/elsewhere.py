"""Tasks in files that name no SDK: what makes them comes from another file, however it is offered."""

# ruff: noqa: E501 - a row is a line

from __future__ import annotations

Tree = dict[str, str]

DECO = """\
import functools
from flytekit import task
cached = functools.partial(task, cache=True, cache_version='p')
def wrapper(fn):
    return task(fn, cache=True, cache_version='w')
again = functools.partial(wrapper)
"""
ENVS = """\
import functools
import flyte
env = flyte.TaskEnvironment('e', cache=flyte.Cache('auto', '1'))
job = env.task
envs = {'a': env}
class Envs:
    a = env
class Own(flyte.TaskEnvironment): ...
@functools.lru_cache
def make(name):
    return flyte.TaskEnvironment(name, cache='auto')
"""
JOB = """\
from flytekit import ContainerTask, TaskMetadata
class Job(ContainerTask):
    def __init__(self, name):
        super().__init__(name=name, image='i', command=['x'], metadata=TaskMetadata(cache=True, cache_version='1'))
"""


def use(brought: str, decorator: str = "my") -> str:
    return f"{brought}\n@{decorator}\ndef t() -> int: return 1\n"


def package(init: str, brought: str = "from pkg import my", decorator: str = "my") -> Tree:
    return {"pkg/__init__.py": init, "pkg/deco.py": DECO, "m.py": use(brought, decorator)}


FLYTEKIT = {
    "partial renamed by an import": package("from .deco import cached as my\n"),
    "wrapper renamed by an import": package("from .deco import wrapper as my\n"),
    "partial renamed by an assignment": package("from .deco import cached\nmy = cached\n"),
    "partial renamed through its module": package("import pkg.deco as d\nmy = d.cached\n"),
    "wrapper renamed through its module": package("from . import deco as d\nmy = d.wrapper\n"),
    "renamed after a star import": package("from .deco import *\nmy = cached\n"),
    "renamed before a star import": package("from .deco import cached as my\n", "from pkg import *"),
    "renamed in a try": package("try:\n    from .deco import cached as my\nexcept ImportError:\n    my = None\n"),
    "renamed and asked of the package": package("from .deco import cached as my\n", "import pkg", "pkg.my"),
    "renamed in a list over lines": package("from .deco import cached as my\n", "from pkg import (  # (first)\n    deco,\n    my,\n)"),
    "renamed and imported over lines": package("from .deco import cached as my\n", "from pkg import \\\n    my"),
    "renamed twice": package("from .deco import cached as one\n") | {"between.py": "from pkg import one as two\n", "m.py": use("from between import two as my")},
    "partial of a wrapper": package("", "from pkg.deco import again as my"),
    "the SDK's own decorator": {"compat.py": "from flytekit import task\n", "m.py": use("from compat import task", "task")},
    "the SDK's own decorator renamed": {"compat.py": "from flytekit import task as my\n", "m.py": use("from compat import my")},
    "the SDK's own decorator of a module": {"compat.py": "from flytekit import task\n", "m.py": use("import compat", "compat.task")},
    "the SDK's own decorator through a star": {"compat.py": "from flytekit import *\n", "m.py": use("from compat import task", "task")},
    "the SDK under another name": {"compat.py": "import flytekit as fl\n", "m.py": use("from compat import fl", "fl.task")},
    "a class of tasks": {"jobs.py": JOB, "m.py": "from jobs import Job\nt = Job('x')\n"},
    "a static method": {"own.py": DECO + "class Own:\n    @staticmethod\n    def my(fn): return task(fn, cache=True, cache_version='s')\n", "m.py": use("from own import Own", "Own.my")},
}  # fmt: skip

FLYTE = {
    "environment renamed by an import": {"envs.py": ENVS, "between.py": "from envs import env as one\n", "m.py": use("from between import one", "one.task")},
    "method of an environment": {"envs.py": ENVS, "m.py": use("from envs import job as my")},
    "dict of environments": {"envs.py": ENVS, "m.py": use("from envs import envs", "envs['a'].task")},
    "class of environments": {"envs.py": ENVS, "m.py": use("from envs import Envs", "Envs.a.task")},
    "class of one's own": {"envs.py": ENVS, "m.py": use("from envs import Own\nown = Own('o', cache='auto')", "own.task")},
    "remembered maker": {"envs.py": ENVS, "m.py": use("from envs import make\nown = make('o')", "own.task")},
    "the SDK's own class": {"compat.py": "from flyte import TaskEnvironment\n", "m.py": use("from compat import TaskEnvironment\nown = TaskEnvironment('o')", "own.task")},
}  # fmt: skip
