"""Every way to declare a task on Flyte 1: one module a row, or several files where it takes them."""

# ruff: noqa: E501 - a row is a line

from __future__ import annotations

import sys

from tasks import elsewhere, makers, projects

IMPORTS = """\
import asyncio, datetime, functools, os, typing
import flytekit
import flytekit as fl
from flytekit import Cache, ContainerTask, Resources, TaskMetadata, dynamic, eager, kwtypes, map_task
from flytekit import reference_task, task, workflow
from flytekit.extras.sqlite3.task import SQLite3Config, SQLite3Task
from flytekit.extras.tasks.shell import OutputLocation, ShellTask
from flytekit.types.file import FlyteFile
"""

POLICY = """
class Policy:
    def get_version(self, salt, params):
        return "p" + salt
"""

SINGLE = {
    "bare decorator": "@task\ndef t(x: int) -> int: return x",
    "called decorator": "@task()\ndef t(x: int) -> int: return x",
    "renamed import": "from flytekit import task as tk\n@tk\ndef t() -> int: return 1",
    "through the package": "@flytekit.task\ndef t() -> int: return 1",
    "through a renamed package": "@fl.task\ndef t() -> int: return 1",
    "from its own module": "from flytekit.core.task import task as own\n@own\ndef t() -> int: return 1",
    "a function of a library": "from click.termui import unstyle\nt = task(cache=True, cache_version='1')(unstyle)",
    "a function of a library, wrapped": "import click.termui\n@task(cache=True, cache_version='1')\n@functools.wraps(click.termui.unstyle)\ndef t(text: int) -> int: return 1",
    "a function of a library in a wrapper": "from click.termui import unstyle\ndef cached(fn):\n    @task(cache=True, cache_version='1')\n    @functools.wraps(fn)\n    def inner(*args, **kwargs): return fn(*args, **kwargs)\n    return inner\nt = cached(unstyle)",
    "alias by assignment": "job = flytekit.task\n@job(cache=True, cache_version='1')\ndef t() -> int: return 1",
    "cached": "@task(cache=True, cache_version='1.0')\ndef t(x: int) -> int: return x",
    "cached with everything": "@task(cache=True, cache_version='1.0', cache_serialize=True, cache_ignore_input_vars=('x',))\ndef t(x: int) -> int: return x",
    "cached by position": "@task(None, None, True, cache_version='p')\ndef t() -> int: return 1",
    "Cache by keyword": "@task(cache=Cache(version='2', serialize=True, ignored_inputs='x', salt='s'))\ndef t(x: int) -> int: return x",
    "Cache by position": "@task(cache=Cache('3'))\ndef t() -> int: return 1",
    "Cache with a tuple": "@task(cache=Cache(version='2', ignored_inputs=('x',)))\ndef t(x: int) -> int: return x",
    "Cache from its own module": "from flytekit.core.cache import Cache as C\n@task(cache=C(version='2'))\ndef t() -> int: return 1",
    "Cache with version and policies": POLICY + "@task(cache=Cache(version='2', policies=Policy()))\ndef t() -> int: return 1",
    "Cache in a constant": "C = Cache(version='2')\n@task(cache=C)\ndef t() -> int: return 1\n@task(cache=C)\ndef u() -> int: return 1",
    "one policy": POLICY + "@task(cache=Cache(policies=Policy()))\ndef t() -> int: return 1",
    "several policies": POLICY + "@task(cache=Cache(policies=[Policy(), Policy()]))\ndef t() -> int: return 1",
    "cache without a version": "@task(cache=True)\ndef t() -> int: return 1",
    "Cache without a version": "@task(cache=Cache())\ndef t() -> int: return 1",
    "Cache and cache_version": "@task(cache=Cache('1'), cache_version='2')\ndef t() -> int: return 1",
    "empty version": "@task(cache=True, cache_version='')\ndef t() -> int: return 1",
    "empty version in Cache": "@task(cache=Cache(version=''))\ndef t() -> int: return 1",
    "blank version": "@task(cache=True, cache_version=' ')\ndef t() -> int: return 1",
    "version with spaces": "@task(cache=True, cache_version=' 1 ')\ndef t() -> int: return 1",
    "cache off with a version": "@task(cache=False, cache_version='1')\ndef t() -> int: return 1",
    "only a version": "@task(cache_version='1')\ndef t() -> int: return 1",
    "cache is the number one": "@task(cache=1, cache_version='1')\ndef t() -> int: return 1",
    "cache is a string": "@task(cache='1.0', cache_version='1')\ndef t() -> int: return 1",
    "cache is the number zero": "@task(cache=0, cache_version='1')\ndef t() -> int: return 1",
    "cache is None": "@task(cache=None, cache_version='1')\ndef t() -> int: return 1",
    "version is an integer": "@task(cache=True, cache_version=1)\ndef t() -> int: return 1",
    "version is a float": "@task(cache=True, cache_version=1.0)\ndef t() -> int: return 1",
    "version is None": "@task(cache=True, cache_version=None)\ndef t() -> int: return 1",
    "serialize without cache": "@task(cache_serialize=True)\ndef t() -> int: return 1",
    "ignored inputs without cache": "@task(cache_ignore_input_vars=('x',))\ndef t(x: int) -> int: return x",
    "unknown input ignored": "@task(cache=True, cache_version='1', cache_ignore_input_vars=('nope',))\ndef t(x: int) -> int: return x",
    "unknown keyword": "@task(cache=True, cache_version='1', caching=1)\ndef t() -> int: return 1",
    "version in a constant": "V = '4'\n@task(cache=True, cache_version=V)\ndef t() -> int: return 1",
    "version in an annotated constant": "V: typing.Final = '4'\n@task(cache=True, cache_version=V)\ndef t() -> int: return 1",
    "version in a class": "class Versions:\n    T = '4'\n@task(cache=True, cache_version=Versions.T)\ndef t() -> int: return 1",
    "version in an f-string": "V = '4'\n@task(cache=True, cache_version=f'{V}-x')\ndef t() -> int: return 1",
    "version is a sum": "V = '4'\n@task(cache=True, cache_version=V + '.1')\ndef t() -> int: return 1",
    "version in several pieces": "@task(cache=True, cache_version='1' '.0')\ndef t() -> int: return 1",
    "literal dict": "CFG = {'cache': True, 'cache_version': '5'}\n@task(**CFG)\ndef t() -> int: return 1",
    "dict call": "CFG = dict(cache=True, cache_version='5')\n@task(**CFG)\ndef t() -> int: return 1",
    "merged dicts": "A = {'cache': True}\nCFG = {**A, 'cache_version': '5'}\n@task(**CFG)\ndef t() -> int: return 1",
    "merged dicts with a bar": "A = {'cache': True}\n@task(**(A | {'cache_version': '5'}))\ndef t() -> int: return 1",
    "dict entry": "CFG = {'v': '5'}\n@task(cache=True, cache_version=CFG['v'])\ndef t() -> int: return 1",
    "partial": "cached = functools.partial(task, cache=True, cache_version='p')\n@cached\ndef t() -> int: return 1",
    "called partial": "cached = functools.partial(task, cache=True, cache_version='p')\n@cached(retries=2)\ndef t() -> int: return 1",
    "overridden partial": "cached = functools.partial(task, cache=True, cache_version='p')\n@cached(cache_version='q')\ndef t() -> int: return 1",
    "partial of a partial": "a = functools.partial(task, cache=True)\nb = functools.partial(a, cache_version='p')\n@b\ndef t() -> int: return 1",
    "wrapper": "def mytask(fn=None, **kw):\n    return task(fn, cache=True, cache_version='w', **kw)\n@mytask\ndef t() -> int: return 1\n@mytask(retries=1)\ndef u() -> int: return 1",
    "wrapper that returns itself": "def mytask(fn=None, **kw):\n    if fn is None:\n        return functools.partial(mytask, **kw)\n    kw.setdefault('cache_version', 'w')\n    return task(fn, cache=True, **kw)\n@mytask\ndef t() -> int: return 1\n@mytask(cache_version='z')\ndef u() -> int: return 1",
    "wrapper with a default": "def mytask(version='1'):\n    return task(cache=True, cache_version=version)\n@mytask()\ndef t() -> int: return 1\n@mytask('2')\ndef u() -> int: return 1",
    "decorator factory": "def mytask(version):\n    def decorate(fn):\n        return task(fn, cache=True, cache_version=version)\n    return decorate\n@mytask('f')\ndef t() -> int: return 1",
    "decorator factory with a wrapped function": "def mytask(version):\n    def decorate(fn):\n        @task(cache=True, cache_version=version)\n        @functools.wraps(fn)\n        def inner(*args, **kwargs):\n            return fn(*args, **kwargs)\n        return inner\n    return decorate\n@mytask('f')\ndef t(x: int) -> int: return x",
    "wrapper with a local dict": "def mytask(fn, **kw):\n    options = {'cache': True, 'cache_version': 'w'}\n    options.update(kw)\n    return task(fn, **options)\n@mytask\ndef t() -> int: return 1",
    "decorator in a variable": "deco = task(cache=True, cache_version='1')\n@deco\ndef t() -> int: return 1\n@deco\ndef u() -> int: return 1",
    "called with a function": "def plain() -> int: return 1\nx = task(plain, cache=True, cache_version='1')",
    "called with what it rebinds": "def t() -> int: return 1\nt = task(t, cache=True, cache_version='1')",
    "named like its decorator": "@dynamic(cache=True, cache_version='1')\ndef dynamic() -> int: return 1",
    "called twice": "def plain() -> int: return 1\nx = task(cache=True, cache_version='1')(plain)",
    "in a list": "def plain() -> int: return 1\nall_of_them = [task(plain, cache=True, cache_version='1')]",
    "decorator under task": "def deco(fn):\n    @functools.wraps(fn)\n    def inner(*args, **kwargs):\n        return fn(*args, **kwargs)\n    return inner\n@task(cache=True, cache_version='1')\n@deco\ndef t(x: int) -> int: return x",
    "redefinition": "@task(cache=True, cache_version='1')\ndef t() -> int: return 1\n@task(cache=True, cache_version='2')\ndef t() -> str: return ''",
    "in an if": "if True:\n    @task(cache=True, cache_version='1')\n    def t() -> int: return 1",
    "in a try": "try:\n    @task(cache=True, cache_version='1')\n    def t() -> int: return 1\nexcept ImportError:\n    pass",
    "static method": "class C:\n    @staticmethod\n    @task(cache=True, cache_version='1')\n    def t() -> int: return 1",
    "method with self": "class C:\n    @task(cache=True, cache_version='1')\n    def t(self) -> int: return 1",
    "nested and called": "def make():\n    @task(cache=True, cache_version='1')\n    def t() -> int: return 1\n    return t\nx = make()",
    "async": "@task(cache=True, cache_version='1')\nasync def t() -> int: return 1",
    "dynamic": "@dynamic(cache=True, cache_version='1')\ndef t() -> int: return 1",
    "eager": "@eager(cache=True, cache_version='1')\nasync def t() -> int: return 1",
    "workflow": "@workflow(cache=True)\ndef w() -> None: ...",
    "reference task": "@reference_task(project='p', domain='d', name='other.t', version='v')\ndef t(x: int) -> int: ...",
    "container task": "t = ContainerTask(name='c', image='i', command=['x'], inputs=kwtypes(x=int), outputs=kwtypes(o=str), metadata=TaskMetadata(cache=True, cache_version='1'))",
    "container task without outputs": "t = ContainerTask(name='c', image='i', command=['x'], metadata=TaskMetadata(cache=True, cache_version='1'))",
    "container task with cache": "t = ContainerTask(name='c', image='i', command=['x'], outputs={'o': int}, cache=True, cache_version='1')",
    "container task by position": "t = ContainerTask('c', 'i', ['x'], kwtypes(x=int), TaskMetadata(cache=True, cache_version='1'), [], kwtypes(o=str))",
    "shell task": "t = ShellTask(name='s', script='echo', inputs=kwtypes(x=int), output_locs=[OutputLocation(var='o', var_type=FlyteFile, location='f')], metadata=TaskMetadata(cache=True, cache_version='1'))",
    "shell task without outputs": "t = ShellTask(name='s', script='echo', metadata=TaskMetadata(cache=True, cache_version='1'))",
    "sqlite task": "t = SQLite3Task(name='q', query_template='select 1', task_config=SQLite3Config(uri='x'), inputs=kwtypes(x=int), metadata=TaskMetadata(cache=True, cache_version='1'))",
    "sql task": "from flytekit.core.base_sql_task import SQLTask\nt = SQLTask('q', 'select 1', inputs=kwtypes(x=int), outputs=kwtypes(results=FlyteFile), metadata=TaskMetadata(cache=True, cache_version='1'))",
    "instance of a subclass": "from flytekit.core.interface import Interface\nfrom flytekit.core.python_function_task import PythonInstanceTask\nclass Mine(PythonInstanceTask):\n    def __init__(self, name, **kwargs):\n        super().__init__(name=name, task_config=None, interface=Interface(inputs=kwtypes(x=int), outputs={'o': int}), **kwargs)\nt = Mine(name='i', metadata=TaskMetadata(cache=True, cache_version='1'))",
    "instance of a subclass with a named output": "from flytekit.core.interface import Interface\nfrom flytekit.core.python_function_task import PythonInstanceTask\nclass Mine(PythonInstanceTask):\n    _VAR = 'p'\n    def __init__(self, name, **kwargs):\n        super(Mine, self).__init__(name=name, task_config=None, interface=Interface(inputs={self._VAR: int}, outputs={self._VAR: int}), **kwargs)\nt = Mine(name='i', metadata=TaskMetadata(cache=True, cache_version='1'))",
    "instance of a bare subclass": "from flytekit.core.interface import Interface\nfrom flytekit.core.python_function_task import PythonInstanceTask\nclass Mine(PythonInstanceTask):\n    ...\nt = Mine('i', None, interface=Interface({}, {'o': int}), metadata=TaskMetadata(cache=True, cache_version='1'))",
    "metadata without a version": "t = ShellTask(name='s', script='echo', metadata=TaskMetadata(cache=True))",
    "metadata in a constant": "M = TaskMetadata(cache=True, cache_version='1')\nt = ShellTask(name='s', script='echo', metadata=M)",
    "metadata by position": "t = ShellTask(name='s', script='echo', metadata=TaskMetadata(True, False, '1'))",
    "map task": "@task(cache=True, cache_version='1')\ndef t(x: int) -> int: return x\nm = map_task(t)",
    "map task with its own metadata": "@task\ndef t(x: int) -> int: return x\nm = map_task(t, metadata=TaskMetadata(cache=True, cache_version='m'))",
    "map task of a partial": "@task\ndef t(x: int, y: int) -> int: return x\nm = map_task(functools.partial(t, y=1), concurrency=3, metadata=TaskMetadata(cache=True, cache_version='m'))",
    "map task of a nested partial": "@task\ndef t(x: int, y: int, z: str) -> int: return x\np = functools.partial(t, y=1)\nm = map_task(functools.partial(p, z='z'), metadata=TaskMetadata(cache=True, cache_version='m'))",
    "map task that may fail in part": "@task\ndef t(x: int) -> int: return x\nm = map_task(t, min_success_ratio=0.5, metadata=TaskMetadata(cache=True, cache_version='m'))",
    "map task that needs all": "@task\ndef t(x: int) -> int: return x\nm = map_task(t, min_success_ratio=1, min_successes=2, metadata=TaskMetadata(cache=True, cache_version='m'))",
    "map task of a void task": "@task\ndef t(x: int): ...\nm = map_task(t, min_success_ratio=0.5, metadata=TaskMetadata(cache=True, cache_version='m'))",
    "map task of an optional": "@task\ndef t(x: int) -> typing.Optional[str]: return None\nm = map_task(t, 3, None, 0.5, metadata=TaskMetadata(cache=True, cache_version='m'))",
    "array node map task": "from flytekit.core.array_node_map_task import ArrayNodeMapTask\n@task(cache=True, cache_version='1')\ndef t(x: int) -> int: return x\nm = ArrayNodeMapTask(t)",
    "array node map task with its own metadata": "from flytekit.core.array_node_map_task import ArrayNodeMapTask\n@task\ndef t(x: int, y: int, z: str) -> int: return x\nm = ArrayNodeMapTask(functools.partial(t, z='z'), bound_inputs_values={'y': 1}, metadata=TaskMetadata(cache=True, cache_version='m'))",
    "array node map task with bound inputs": "from flytekit.core.array_node_map_task import ArrayNodeMapTask\n@task\ndef t(x: int, y: int, z: str) -> int: return x\nm = ArrayNodeMapTask(python_function_task=t, min_success_ratio=0.9, bound_inputs={'y', 'z'}, metadata=TaskMetadata(cache=True, cache_version='m'))",
    "array node map function": "from flytekit.core.array_node_map_task import array_node_map_task\n@task\ndef t(x: int) -> int: return x\nm = array_node_map_task(t, 2, 0.5, metadata=TaskMetadata(cache=True, cache_version='m'))",
    "legacy map task": "from flytekit.core.legacy_map_task import MapPythonTask\n@task\ndef t(x: int, y: int) -> int: return x\nm = MapPythonTask(functools.partial(t, y=1), 3, 0.5, metadata=TaskMetadata(cache=True, cache_version='m'))",
    "legacy map function": "from flytekit.core.legacy_map_task import map_task as legacy\n@task\ndef t(x: int) -> int: return x\nm = legacy(t, concurrency=3, metadata=TaskMetadata(cache=True, cache_version='m'))",
    "eager failure handler": "from flytekit.core.python_function_task import EagerFailureHandlerTask\nt = EagerFailureHandlerTask(name='f', inputs=kwtypes(x=int))",
    "workflow with metadata": "from flytekit.core.workflow import PythonFunctionWorkflow, WorkflowMetadata, WorkflowMetadataDefaults, WorkflowFailurePolicy\ndef f() -> None: ...\nw = PythonFunctionWorkflow(f, metadata=WorkflowMetadata(on_failure=WorkflowFailurePolicy.FAIL_IMMEDIATELY), default_metadata=WorkflowMetadataDefaults(False))",
    "columns within columns": "import pandas\nfrom flytekit.types.structured import StructuredDataset\nINNER = {'e': float}\n@task\ndef t(x: typing.Annotated[pandas.DataFrame, kwtypes(a=int, b=kwtypes(c=str, d=INNER))]) -> typing.Annotated[StructuredDataset, kwtypes(a=int, b={'c': str, 'd': {'e': float}}), 'csv']: return x",
    "columns of a schema": "from flytekit.types.schema import FlyteSchema\n@task\ndef t(x: FlyteSchema) -> FlyteSchema[kwtypes(a=int, b=str, c=datetime.datetime)]: return x",
    "plugin by task_config": "from flytekit.core.python_function_task import PythonFunctionTask\nfrom flytekit.extend import TaskPlugins\nclass Config: ...\nclass PluginTask(PythonFunctionTask): ...\nTaskPlugins.register_pythontask_plugin(Config, PluginTask)\n@task(task_config=Config(), cache=True, cache_version='1')\ndef t() -> int: return 1",
    "overrides on a node": "@task(cache=True, cache_version='1')\ndef t(x: int) -> int: return x\n@workflow\ndef w() -> int:\n    return t(x=1).with_overrides(cache=True, cache_version='ov')",
    "pickle untyped": "@task(cache=True, cache_version='1', pickle_untyped=True)\ndef t(x):\n    return x",
    "pickle untyped without a return": "@task(pickle_untyped=True)\ndef t(x): ...",
    "pickle untyped and void": "@task(cache=True, cache_version='1', pickle_untyped=True)\ndef t(x) -> None: ...",
    "no return annotation": "@task(cache=True, cache_version='1')\ndef t(): ...",
    "returns None": "@task(cache=True, cache_version='1')\ndef t() -> None: ...",
    "returns an empty tuple": "@task(cache=True, cache_version='1')\ndef t() -> typing.Tuple[()]: return ()",
    "version from the environment": "@task(cache=True, cache_version=os.environ.get('V', 'e'))\ndef t() -> int: return 1",
    "postponed annotations": "@task(cache=True, cache_version='1')\ndef t() -> 'int': return 1",
}  # fmt: skip

TREES = {
    "constant of another module": {
        "consts.py": "VERSION = '6'\n",
        "m.py": "from flytekit import task\nfrom consts import VERSION\n@task(cache=True, cache_version=VERSION)\ndef t() -> int: return 1\n",
    },
    "constant through a module": {
        "pkg/__init__.py": "",
        "pkg/consts.py": "VERSION = '6'\n",
        "pkg/m.py": "import flytekit\nfrom . import consts\n@flytekit.task(cache=True, cache_version=consts.VERSION)\ndef t() -> int: return 1\n",
    },
    "wrapper of another module": {
        "own/__init__.py": "from own.tasks import mytask\n",
        "own/tasks.py": "import functools\nfrom flytekit import task\n\ndef mytask(fn=None, /, **kw):\n    if fn is None:\n        return functools.partial(mytask, **kw)\n    return task(fn, cache=True, **{'cache_version': 'w', **kw})\n",
        "m.py": "from own import mytask\n@mytask\ndef t() -> int: return 1\n@mytask(cache_version='z')\ndef u() -> int: return 1\n",
    },
    "partial of another module": {
        "own.py": "from functools import partial\nimport flytekit\ncached = partial(flytekit.task, cache=True, cache_version='p')\n",
        "m.py": "import own\n@own.cached\ndef t() -> int: return 1\n",
    },
    "function of another module": {
        "lib.py": "def f() -> int: return 1\n",
        "m.py": "import lib\nfrom flytekit import task\nt = task(lib.f, cache=True, cache_version='1')\n",
    },
    "module in a package": {
        "a/__init__.py": "",
        "a/b/__init__.py": "",
        "a/b/c.py": "from flytekit import task\n@task\ndef t() -> int: return 1\n",
    },
    "task in a package's own file": {
        "a/__init__.py": "from flytekit import task\n@task(cache=True, cache_version='1')\ndef t() -> int: return 1\n",
    },
}  # fmt: skip

ROWS = (
    {
        name: {"m.py": f"{IMPORTS}{text}\n"}
        for name, text in (SINGLE | makers.FLYTEKIT | projects.FLYTEKIT).items()
    }
    | TREES
    | elsewhere.FLYTEKIT
    | projects.FLYTEKIT_TREES
)

#: The rows that the SDK refuses at import; there, only that sigclock survives them is asked.
REFUSED = {
    "Cache and cache_version",
    "Cache without a version",
    "cache without a version",
    "empty version",
    "empty version in Cache",
    "ignored inputs without cache",
    "metadata without a version",
    "method with self",
    "nested and called",
    "pickle untyped without a return",
    "serialize without cache",
    "unknown keyword",
    "version is None",
    "workflow",
}
if sys.version_info < (3, 11):
    # There, the arguments of `Tuple[()]` are one empty tuple, and the SDK takes it for a type.
    REFUSED.add("returns an empty tuple")
