"""Tasks made by what larger projects write: registries, holders, layers of wrappers, late imports."""

# ruff: noqa: E501 - a row is a line

from __future__ import annotations

T = "\ndef t(x: int) -> int: return x"
A = "\nasync def t(x: int) -> int: return x"
ENV = "env = TaskEnvironment('e', cache=Cache('auto', '1'))\n"

FLYTEKIT = {
    "class decorator under": "class log:\n    def __init__(self, fn):\n        functools.update_wrapper(self, fn)\n        self.fn = fn\n    def __call__(self, *a, **k): return self.fn(*a, **k)\n@task(cache=True, cache_version='1')\n@log" + T,
    "under with partial": "def deco(fn, level):\n    @functools.wraps(fn)\n    def inner(*a, **k): return fn(*a, **k)\n    return inner\n@task(cache=True, cache_version='1')\n@functools.partial(deco, level=2)" + T,
    "wrapper with inspect": "import inspect\ndef own(fn=None, **kw):\n    if fn is None: return functools.partial(own, **kw)\n    kw = {'cache': True, 'cache_version': '1', **kw}\n    return task(fn, **kw)\n@own\ndef t(x: int) -> int: return x\n@own(cache_version='5')\ndef u() -> int: return 1",
    "wrapper kw.get": "def own(**kw):\n    version = kw.pop('version', '1')\n    return task(cache=True, cache_version=version, **kw)\n@own(version='4')" + T,
    "wrapper kw or": "def own(version=None, **kw):\n    return task(cache=True, cache_version=version or '7', **kw)\n@own()" + T,
    "wrapper if version": "def own(version=None, **kw):\n    if version:\n        kw['cache'] = True\n        kw['cache_version'] = version\n    return task(**kw)\n@own('4')\ndef t(x: int) -> int: return x\n@own()\ndef u() -> int: return 1",
    "wrapper cache ternary": "def own(version=None, **kw):\n    return task(cache=Cache(version=version) if version else False, **kw)\n@own('4')\ndef t(x: int) -> int: return x\n@own()\ndef u() -> int: return 1",
    "wrapper **options if": "def own(fn, cached=True):\n    options = {'cache': True, 'cache_version': '1'} if cached else {}\n    return task(fn, **options)\n@own" + T,
    "typed overload wrapper": "@typing.overload\ndef own(fn: typing.Callable) -> typing.Callable: ...\n@typing.overload\ndef own(*, version: str) -> typing.Callable: ...\ndef own(fn=None, *, version='1'):\n    def deco(f): return task(f, cache=True, cache_version=version)\n    return deco(fn) if fn else deco\n@own\ndef t(x: int) -> int: return x\n@own(version='2')\ndef u() -> int: return 1",
    "paramspec wrapper": "P = typing.TypeVar('P')\ndef own(fn: typing.Callable[..., P]) -> typing.Any:\n    decorated = task(cache=True, cache_version='1')\n    return decorated(fn)\n@own" + T,
    "global registry class": "class Registry:\n    def __init__(self): self.tasks = {}\n    def register(self, version):\n        def deco(fn):\n            made = task(fn, cache=True, cache_version=version)\n            self.tasks[fn.__name__] = made\n            return made\n        return deco\nregistry = Registry()\n@registry.register('3')" + T,
    "property decorator": "class Own:\n    @property\n    def cached(self): return task(cache=True, cache_version='1')\nown = Own()\n@own.cached" + T,
    "instance from function": "class Own:\n    def __init__(self, v): self.v = v\n    def task(self, fn): return task(fn, cache=True, cache_version=self.v)\ndef get(): return Own('2')\nown = get()\n@own.task" + T,
    "dataclass method": "import dataclasses\n@dataclasses.dataclass\nclass Own:\n    v: str\n    def task(self, fn): return task(fn, cache=True, cache_version=self.v)\nown = Own(v='2')\n@own.task" + T,
    "task in class body": "class Pipeline:\n    @task(cache=True, cache_version='1')\n    def t(x: int) -> int: return x",
    "nested class": "class A:\n    class B:\n        @staticmethod\n        @task(cache=True, cache_version='1')\n        def t(x: int) -> int: return x",
    "async wrapper": "def own(fn):\n    @functools.wraps(fn)\n    async def inner(*a, **k): return fn(*a, **k)\n    return task(inner, cache=True, cache_version='1')\n@own" + T,
    "semicolons": "V='1'; C=True\n@task(cache=C, cache_version=V)" + T,
    "del after": "cached = task(cache=True, cache_version='1')\n@cached\ndef t(x: int) -> int: return x\ndel cached",
    "rebinding decorator": "cached = task(cache=True, cache_version='1')\n@cached\ndef t(x: int) -> int: return x\ncached = task(cache=True, cache_version='2')\n@cached\ndef u() -> int: return 1",
    "shadowing": "task_ = task\ndef task(fn): return task_(fn, cache=True, cache_version='1')\n@task" + T,
    "container factory class": "class Jobs:\n    def __init__(self, image): self.image = image\n    def make(self, name):\n        return ContainerTask(name=name, image=self.image, command=['x'], metadata=TaskMetadata(cache=True, cache_version='1'))\njobs = Jobs('i')\na = jobs.make('a')",
    "shell in dict": "TASKS = {'a': ShellTask(name='a', script='echo', metadata=TaskMetadata(cache=True, cache_version='1'))}",
    "shell subclass attr": "class Own(ShellTask):\n    VERSION = '2'\n    def __init__(self, name):\n        super().__init__(name=name, script='echo', metadata=TaskMetadata(cache=True, cache_version=self.VERSION))\na = Own('a')",
    "map_task of wrapped": "cached = functools.partial(task, cache=True, cache_version='1')\n@cached\ndef t(x: int) -> int: return x\nm = map_task(t, metadata=TaskMetadata(cache=True, cache_version='m'))",
    "eval order default": "def own(version=None):\n    version = version or '1'\n    return task(cache=True, cache_version=version)\n@own()" + T,
    "nonlocal counter": "N = 0\ndef own(fn):\n    global N\n    N += 1\n    return task(fn, cache=True, cache_version='1')\n@own" + T,
    "raise guard": "def own(fn, version='1'):\n    if not isinstance(version, str):\n        raise TypeError\n    return task(fn, cache=True, cache_version=version)\n@own" + T,
    "try in wrapper": "def own(fn):\n    try:\n        return task(fn, cache=True, cache_version='1')\n    except Exception:\n        raise\n@own" + T,
    "with in wrapper": "import contextlib\ndef own(fn):\n    with contextlib.nullcontext():\n        made = task(fn, cache=True, cache_version='1')\n    return made\n@own" + T,
    "result var": "def own(fn):\n    wrapped = fn\n    kwargs = {}\n    kwargs['cache'] = True\n    kwargs['cache_version'] = '1'\n    decorator = task(**kwargs)\n    result = decorator(wrapped)\n    return result\n@own" + T,
}  # fmt: skip

FLYTE = {
    "env registry": "class Envs:\n    def __init__(self, prefix): self.prefix = prefix\n    def make(self, name): return TaskEnvironment(f'{self.prefix}-{name}', cache=Cache('auto', '1'))\nenvs = Envs('p')\nenv = envs.make('a')\n@env.task" + A,
    "env property": "class App:\n    @property\n    def env(self): return TaskEnvironment('e', cache='auto')\n@App().env.task" + A,
    "env cached_property": "class App:\n    @functools.cached_property\n    def env(self): return TaskEnvironment('e', cache='auto')\napp = App()\n@app.env.task" + A,
    "env class attr subclass": "class Base:\n    env = TaskEnvironment('e', cache='auto')\nclass App(Base): ...\n@App.env.task" + A,
    "global env function": "def env():\n    return TaskEnvironment('e', cache='auto')\n@env().task" + A,
    "env with image": "image = flyte.Image.from_debian_base().with_pip_packages('x')\nenv = flyte.TaskEnvironment(name='e', image=image, resources=flyte.Resources(cpu=1), cache=flyte.Cache(behavior='override', version_override='v2', ignored_inputs=('x',)))\n@env.task(retries=2)" + A,
    "task in class": ENV + "class P:\n    @env.task\n    async def t(x: int) -> int: return x\nheld = P.t",
    "tuple return of makers": "def mk(): return TaskEnvironment('a', cache='auto'), TaskEnvironment('b')\na, b = mk()\n@a.task" + A,
    "star args": "ARGS = ('e',)\nenv = TaskEnvironment(*ARGS, cache='auto')\n@env.task" + A,
    "clone in loop dict": ENV + "gpu = {'small': env.clone_with('s'), 'big': env.clone_with('b', cache=Cache('auto', '5'))}\n@gpu['big'].task" + A,
    "functools.wraps own": "env = TaskEnvironment('e')\ndef cached(version):\n    def deco(fn):\n        @functools.wraps(fn)\n        async def inner(*a, **k): return await fn(*a, **k)\n        return env.task(cache=Cache('auto', version))(inner)\n    return deco\n@cached('3')" + A,
    "env subclass env method": "class Own(TaskEnvironment):\n    def heavy(self, **kw):\n        return self.task(cache=Cache('auto', '6'), **kw)\nenv = Own('e')\n@env.heavy()" + A,
    "lambda env": "mk = lambda n: TaskEnvironment(n, cache='auto')\nenv = mk('e')\n@env.task" + A,
    "dataclass holder": "import dataclasses\n@dataclasses.dataclass\nclass H:\n    env: TaskEnvironment = dataclasses.field(default_factory=lambda: TaskEnvironment('e', cache='auto'))\nh = H()\n@h.env.task" + A,
}  # fmt: skip

FLYTEKIT_TREES = {
    "module getattr lazy": {
        "pkg/__init__.py": "def __getattr__(name):\n    if name == 'cached':\n        from pkg.deco import cached\n        return cached\n    raise AttributeError(name)\n",
        "pkg/deco.py": "from flytekit import task, Cache\nimport functools\ncached = functools.partial(task, cache=True, cache_version='1')\n",
        "m.py": "from pkg import cached\n@cached\ndef t(x: int) -> int: return x\n",
    },
    "module getattr import_module": {
        "pkg/__init__.py": "import importlib\n_LAZY = {'cached': 'pkg.deco'}\ndef __getattr__(name):\n    if name in _LAZY:\n        return getattr(importlib.import_module(_LAZY[name]), name)\n    raise AttributeError(name)\n",
        "pkg/deco.py": "from flytekit import task, Cache\nimport functools\ncached = functools.partial(task, cache=True, cache_version='1')\n",
        "m.py": "from pkg import cached\n@cached\ndef t(x: int) -> int: return x\n",
    },
    "lazy with TYPE_CHECKING": {
        "pkg/__init__.py": "import importlib, typing\nif typing.TYPE_CHECKING:\n    from pkg.deco import cached as cached\ndef __getattr__(name):\n    return getattr(importlib.import_module('pkg.deco'), name)\n",
        "pkg/deco.py": "from flytekit import task, Cache\nimport functools\ncached = functools.partial(task, cache=True, cache_version='1')\n",
        "m.py": "from pkg import cached\n@cached\ndef t(x: int) -> int: return x\n",
    },
    "settings module versions": {
        "settings.py": "class Versions:\n    FIT = '3'\n",
        "m.py": "from flytekit import task\nimport settings\n@task(cache=True, cache_version=settings.Versions.FIT)\ndef t(x: int) -> int: return x\n",
    },
    "settings dict": {
        "settings.py": "CACHE = {'fit': {'cache': True, 'cache_version': '3'}}\n",
        "m.py": "from flytekit import task\nfrom settings import CACHE\n@task(**CACHE['fit'])\ndef t(x: int) -> int: return x\n",
    },
    "default args object": {
        "own.py": "from flytekit import task, Cache\nimport functools\nDEFAULTS = dict(cache=True, cache_version='1', retries=1)\ndef own_task(**kw):\n    return task(**{**DEFAULTS, **kw})\n",
        "m.py": "from own import own_task\n@own_task(cache_version='2')\ndef t(x: int) -> int: return x\n@own_task()\ndef u() -> int: return 1\n",
    },
    "timed decorator under": {
        "lib.py": "import functools, time\ndef timed(fn):\n    @functools.wraps(fn)\n    def wrapper(*args, **kwargs):\n        start = time.time()\n        try:\n            return fn(*args, **kwargs)\n        finally:\n            print(time.time() - start)\n    return wrapper\ndef retry(n=3):\n    def deco(fn):\n        @functools.wraps(fn)\n        def wrapper(*args, **kwargs):\n            return fn(*args, **kwargs)\n        return wrapper\n    return deco\n",
        "m.py": "from flytekit import task\nfrom lib import timed, retry\n@task(cache=True, cache_version='1')\n@timed\n@retry(n=2)\ndef t(x: int) -> int: return x\n",
    },
}  # fmt: skip

FLYTE_TREES = {
    "env module function": {
        "lib/__init__.py": "",
        "lib/envs.py": "import flyte\n_BASE = flyte.TaskEnvironment('base', cache=flyte.Cache('auto', '2'))\ndef env_for(team):\n    return _BASE.clone_with(f'{team}-env')\n",
        "m.py": "from lib.envs import env_for\nenv = env_for('ml')\n@env.task\nasync def t(x: int) -> int: return x\n",
    },
    "relative imports": {
        "p/__init__.py": "from .envs import env\n",
        "p/envs.py": "import flyte\nenv = flyte.TaskEnvironment('e', cache=flyte.Cache('auto', '2'))\n",
        "p/m.py": "from . import env\n@env.task\nasync def t(x: int) -> int: return x\n",
    },
    "wildcard": {
        "envs.py": "import flyte\n__all__ = ['env']\nenv = flyte.TaskEnvironment('e', cache='auto')\n",
        "m.py": "from envs import *\n@env.task\nasync def t(x: int) -> int: return x\n",
    },
}  # fmt: skip
