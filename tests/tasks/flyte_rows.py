"""Every way to declare a task on Flyte 2: one module a row, or several files where it takes them."""

# ruff: noqa: E501 - a row is a line

from __future__ import annotations

import sys

from tasks import elsewhere, makers, projects

IMPORTS = """\
import functools, os, typing
import flyte
from flyte import Cache, TaskEnvironment
"""

POLICY = """
class Policy:
    def get_version(self, salt, params):
        return "p" + salt
"""
BODY = "\nasync def t(x: int) -> int: return x"


def _on_task(cache: str) -> str:
    return f"env = TaskEnvironment('e')\n@env.task(cache={cache}){BODY}"


def _on_environment(cache: str) -> str:
    return f"env = TaskEnvironment('e', cache={cache})\n@env.task{BODY}"


WORDS = (
    "auto",
    "override",
    "disable",
    "enable",
    "enabled",
    "on",
    "true",
    "yes",
    "off",
    "false",
    "no",
    "none",
    "ON",
    "always",
)

SINGLE = {
    "bare": "env = TaskEnvironment('e')\n@env.task" + BODY,
    "called": "env = TaskEnvironment(name='e')\n@env.task()" + BODY,
    "through the package": "env = flyte.TaskEnvironment(name='e', cache='auto')\n@env.task" + BODY,
    "sync": "env = TaskEnvironment('e')\n@env.task(cache='auto')\ndef t(x: int) -> int: return x",
    **{f"task cache {word!r}": _on_task(repr(word)) for word in WORDS},
    **{f"environment cache {word!r}": _on_environment(repr(word)) for word in WORDS},
    "cache is True": _on_task("True"),
    "cache is None": _on_task("None"),
    "cache is empty": _on_task("''"),
    "environment cache is None": _on_environment("None"),
    "task over environment": "env = TaskEnvironment('e', cache='auto')\n@env.task(cache='disable')" + BODY,
    "empty over environment": "env = TaskEnvironment('e', cache='auto')\n@env.task(cache='')" + BODY,
    "None over environment": "env = TaskEnvironment('e', cache='auto')\n@env.task(cache=None)" + BODY,
    "Cache auto": _on_task("Cache('auto')"),
    "Cache by keyword": _on_task("Cache(behavior='auto', salt='s')"),
    "Cache alias": _on_task("Cache('enable')"),
    "Cache disable": _on_task("Cache('disable', version_override='1')"),
    "Cache override with a version": _on_task("Cache('override', '2')"),
    "Cache override by keyword": _on_task("Cache(behavior='override', version_override='2')"),
    "Cache override without a version": _on_task("Cache('override')"),
    "Cache auto with a version": _on_task("Cache('auto', version_override='3')"),
    "Cache with everything": _on_task("Cache('auto', '3', True, ('x',), 's', None)"),
    "Cache through the package": _on_task("flyte.Cache('auto', version_override='3')"),
    "Cache with a policy": POLICY + _on_task("Cache('auto', policies=Policy())"),
    "Cache with policies and a version": POLICY + _on_task("Cache('auto', '4', policies=[Policy()])"),
    "Cache in a constant": "C = Cache('auto', version_override='3')\n" + _on_task("C"),
    "Cache on the environment": _on_environment("Cache('auto', version_override='3')"),
    "version in a constant": "V = '5'\n" + _on_environment("Cache('auto', version_override=V)"),
    "version in an f-string": "V = '5'\n" + _on_task("Cache('auto', version_override=f'{V}-x')"),
    "shared environment": _on_environment("Cache('auto', '3')") + "\n@env.task\ndef u() -> int: return 1",
    "clone": _on_environment("Cache('auto', '3')") + "\nclone = env.clone_with('c')\n@clone.task\ndef u() -> int: return 1",
    "clone with cache": _on_environment("'auto'") + "\nclone = env.clone_with(name='c', cache=Cache('auto', '4'))\n@clone.task\ndef u() -> int: return 1",
    "clone with None": _on_environment("'auto'") + "\nclone = env.clone_with('c', cache=None)\n@clone.task\ndef u() -> int: return 1",
    "override of a task": _on_task("Cache('auto', '3')") + "\nasync def use(x: int) -> int:\n    return await t.override(cache='disable')(x)",
    "override with a version": _on_task("Cache('auto', '3')") + "\nasync def use(x: int) -> int:\n    return await t.override(cache=Cache('auto', '7'))(x)",
    "short name": "env = TaskEnvironment('e')\n@env.task(short_name='other', cache='auto')" + BODY,
    "called with a function": "env = TaskEnvironment('e')\nasync def plain(x: int) -> int: return x\nx = env.task(plain, cache='auto')",
    "called twice": "env = TaskEnvironment('e')\nasync def plain(x: int) -> int: return x\nx = env.task(cache='auto')(plain)",
    "partial": "env = TaskEnvironment('e')\ncached = functools.partial(env.task, cache=Cache('auto', 'p'))\n@cached" + BODY,
    "called partial": "env = TaskEnvironment('e')\ncached = functools.partial(env.task, cache=Cache('auto', 'p'))\n@cached(retries=1)" + BODY,
    "decorator in a variable": "env = TaskEnvironment('e')\ndeco = env.task(cache=Cache('auto', 'p'))\n@deco" + BODY,
    "method in a variable": "env = TaskEnvironment('e', cache='auto')\ntask = env.task\n@task" + BODY,
    "wrapper": "env = TaskEnvironment('e')\ndef mytask(fn):\n    return env.task(fn, cache=Cache('auto', 'w'))\n@mytask" + BODY,
    "made by a function": "def make(name):\n    return TaskEnvironment(name, cache=Cache('auto', 'w'))\nenv = make('e')\n@env.task" + BODY,
    "subclass": "class Own(TaskEnvironment): ...\nenv = Own('e', cache='auto')\n@env.task" + BODY,
    "dict": "CFG = {'name': 'e', 'cache': 'auto'}\nenv = TaskEnvironment(**CFG)\n@env.task" + BODY,
    "in a dict": "envs = {'a': TaskEnvironment('e', cache='auto')}\n@envs['a'].task" + BODY,
    "in a class": "class Envs:\n    a = TaskEnvironment('e', cache='auto')\n@Envs.a.task" + BODY,
    "name in an f-string": "P = 'e'\nenv = TaskEnvironment(f'{P}-x', cache='auto')\n@env.task" + BODY,
    "static method": "env = TaskEnvironment('e', cache='auto')\nclass C:\n    @staticmethod\n    @env.task\n    async def t(x: int) -> int: return x\nheld = C.t",
    "a function of a library": "from click.termui import unstyle\nenv = TaskEnvironment('e', cache='auto')\nt = env.task(unstyle)",
    "decorator under task": "env = TaskEnvironment('e', cache='auto')\ndef deco(fn):\n    @functools.wraps(fn)\n    async def inner(*args, **kwargs):\n        return await fn(*args, **kwargs)\n    return inner\n@env.task\n@deco" + BODY,
    "redefinition": _on_task("Cache('auto', '1')") + "\n@env.task(cache=Cache('auto', '2'))\nasync def t() -> str: return ''",
    "in a try": "env = TaskEnvironment('e')\ntry:\n    @env.task(cache='auto')\n    async def t(x: int) -> int: return x\nexcept ImportError:\n    pass",
    "void": "env = TaskEnvironment('e', cache='auto')\n@env.task\nasync def t() -> None: ...",
    "no return annotation": "env = TaskEnvironment('e', cache='auto')\n@env.task\nasync def t(x): ...",
    "tuple": "env = TaskEnvironment('e', cache='auto')\n@env.task\nasync def t() -> tuple[int, str]: return 1, ''",
    "tuple of one": "env = TaskEnvironment('e', cache='auto')\n@env.task\nasync def t() -> tuple[int]: return (1,)",
    "endless tuple": "env = TaskEnvironment('e', cache='auto')\n@env.task\nasync def t() -> tuple[int, ...]: return (1,)",
    "empty tuple": "env = TaskEnvironment('e', cache='auto')\n@env.task\nasync def t() -> typing.Tuple[()]: ...",
    "NamedTuple": "class P(typing.NamedTuple):\n    a: int\n    b: str\nenv = TaskEnvironment('e', cache='auto')\n@env.task\nasync def t() -> P: return P(1, '')",
    "NamedTuple's subclass": "class P(typing.NamedTuple):\n    a: int\nclass Q(P): ...\nenv = TaskEnvironment('e', cache='auto')\n@env.task\nasync def t() -> Q: return Q(1)",
    "container task": "from flyte.extras import ContainerTask\nt = ContainerTask(name='c', image='i', command=['x'], inputs={'x': int}, outputs={'o': str}, cache=Cache('auto', '1'))\nenv = TaskEnvironment.from_task('e', t)",
    "container task by position": "from flyte.extras import ContainerTask\nt = ContainerTask('c', 'i', ['x'], {'x': int}, [], {'o': str}, cache='auto')",
    "shell task": "from flyte.extras import shell\nt = shell.create(name='s', image='i', inputs={'x': int}, outputs={'o': int, 'g': shell.Glob('*'), 'p': shell.Stdout()}, script='x')\nenv = TaskEnvironment.from_task('e', t.as_task())",
    "pinned shell task": "from flyte.extras import shell\nt = shell.create(name='s', image='i', outputs={'o': int}, script='x', cache=Cache('auto', '1'))\nenv = TaskEnvironment.from_task('e', t.as_task())",
    "uncached shell task": "from flyte.extras import shell\nt = shell.create(name='s', image='i', outputs={'o': int}, script='x', cache='disable')\nenv = TaskEnvironment.from_task('e', t.as_task())",
    "uncached container task": "from flyte.extras import ContainerTask\nt = ContainerTask('c', 'i', ['x'])",
    "frame in a format": "import flyte.io, pandas\nenv = TaskEnvironment('e')\n@env.task\nasync def t(x: typing.Annotated[pandas.DataFrame, 'csv']) -> typing.Annotated[flyte.io.DataFrame, 'csv']: return x",
    "frame with columns": "import flyte.io\nfrom collections import OrderedDict\nenv = TaskEnvironment('e')\n@env.task\nasync def t(x: flyte.io.DataFrame) -> typing.Annotated[flyte.io.DataFrame, OrderedDict(a=int, b={'c': str})]: return x",
    "postponed annotations": "env = TaskEnvironment('e', cache='auto')\n@env.task\nasync def t() -> 'tuple[int, int]': return 1, 1",
}  # fmt: skip

TREES = {
    "imported environment": {
        "envs.py": "import flyte\nenv = flyte.TaskEnvironment('shared', cache=flyte.Cache('auto', '1'))\n",
        "m.py": "from envs import env\n@env.task\nasync def t() -> int: return 1\n",
    },
    "imported module of environments": {
        "pkg/__init__.py": "",
        "pkg/envs.py": "import flyte\nenv = flyte.TaskEnvironment('shared', cache=flyte.Cache('auto', '1'))\n",
        "pkg/m.py": "from . import envs\n@envs.env.task\nasync def t() -> int: return 1\n",
    },
    "clone of an imported environment": {
        "envs.py": "import flyte\nbase = flyte.TaskEnvironment('base', cache=flyte.Cache('auto', '1'))\n",
        "m.py": "import envs\nenv = envs.base.clone_with('mine')\n@env.task\nasync def t() -> int: return 1\n",
    },
}  # fmt: skip

ROWS = (
    {
        name: {"m.py": f"{IMPORTS}{text}\n"}
        for name, text in (SINGLE | makers.FLYTE | projects.FLYTE).items()
    }
    | TREES
    | elsewhere.FLYTE
    | projects.FLYTE_TREES
)

#: The rows that the SDK refuses at import; there, only that sigclock survives them is asked.
REFUSED = {
    "cache is True",
    "endless tuple",
    "environment cache 'always'",
    "environment cache is None",
    "task cache 'always'",
    "tuple of one",
}
if sys.version_info < (3, 11):
    # There, the arguments of `Tuple[()]` are one empty tuple, and the SDK takes it for a type.
    REFUSED.add("empty tuple")
