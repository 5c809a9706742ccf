"""What makes tasks and cannot be followed, and what only looks so: a row is a tree."""

# ruff: noqa: E501 - a row is a line

from __future__ import annotations

Tree = dict[str, str]

HEAD = "import os, functools, dataclasses\nimport flytekit\nfrom flytekit import task, dynamic, Cache, ContainerTask, TaskMetadata, PythonFunctionTask, map_task, workflow\n"
FLYTE = "import functools, dataclasses\nimport flyte\nfrom flyte import TaskEnvironment, Cache\nenv = TaskEnvironment('e', cache='auto')\n"
FG = "def f(x: int) -> int: return x\ndef g(x: int) -> int: return x\n"
F = "\ndef f(x: int) -> int: return x\n"
V = "cache=True, cache_version='1'"

#: Row → source, and the lines at which something is told.
SAID: dict[str, tuple[str, list[int]]] = {
    "an environment of another package": (
        FLYTE + "from company import envs\n@envs.gpu.task\ndef f(x: int) -> int: return x\n",
        [6],
    ),
    "a decorator of another package that is called task": (
        HEAD + "from company import task as job, task\n@task(retries=2)" + F,
        [5],
    ),
    "a task of a function that cannot be followed": (
        HEAD + f"from company import make\nT = task(make(), {V})\nU = task({V})(make())\n",
        [5, 6],
    ),
    "a partial of what cannot be followed": (
        HEAD + f"from company import make\ncached = functools.partial(make(), {V})\n",
        [5],
    ),
    "metadata in a constant": (
        HEAD + "import company\nM = TaskMetadata(cache=True, cache_version='1')\n"
        "T = company.make()(name='t', metadata=M)\n",
        [6],
    ),
    "cache arguments in a table": (
        HEAD
        + "import company\nC = {'cache': True, 'cache_version': '1'}\n@company.make()(**C)"
        + F,
        [6],
    ),
    "a loop over what is not in the source": (
        HEAD + FG + f"T = {{}}\nfor fn in load():\n    T[fn.__name__] = task(fn, {V})\n",
        [8],
    ),
    "a loop that may end early": (
        HEAD
        + FG
        + f"T = []\nfor fn in (f, g):\n    for one in (fn,):\n        T.append(task(one, {V}))\n",
        [9],
    ),
    "a comprehension over what is not in the source": (
        HEAD + f"T = [task(fn, {V}) for fn in load()]\n",
        [4],
    ),
    "a comprehension with a condition": (
        HEAD + FG + f"T = [task(fn, {V}) for fn in (f, g) if fn.__name__ != 'g']\n",
        [6],
    ),
    "a generator": (HEAD + f"T = dict((fn.__name__, task({V})(fn)) for fn in load())\n", [4]),
    "map over a partial": (
        HEAD + FG + f"T = list(map(functools.partial(task, {V}), (f, g)))\n",
        [6],
    ),
    "map over a decorator": (HEAD + FG + f"T = list(map(task({V}), [f, g]))\n", [6]),
    "map over the SDK's own": (HEAD + FG + "T = list(map(task, [f, g]))\n", [6]),
    "reduce": (HEAD + FG + f"t = functools.reduce(lambda fn, d: d(fn), [task({V})], f)\n", [6]),
    "while": (HEAD + FG + f"q = [f, g]\nwhile q:\n    task(q.pop(), {V})\n", [8]),
    "a loop over items": (
        HEAD + "for n, (fn, v) in load().items():\n    task(fn, cache=True, cache_version=v)\n",
        [5],
    ),
    "a loop in a function": (
        HEAD
        + FG
        + f"def build(all_of_them):\n    for fn in all_of_them:\n        register(task(fn, {V}))\n",
        [8],
    ),
    "a loop in a class body": (
        HEAD + f"class Pipeline:\n    for fn in load():\n        made = task(fn, {V})\n",
        [6],
    ),
    "registered in a dict": (
        HEAD
        + f"REG = {{}}\ndef cached(fn):\n    REG[fn.__name__] = task(fn, {V})\n    return fn\n@cached"
        + F,
        [6],
    ),
    "registered in a list": (
        HEAD
        + f"TS = []\ndef cached(fn):\n    TS.append(task(fn, {V}))\n    return fn\n@cached"
        + F,
        [6],
    ),
    "registered as an attribute": (
        HEAD + f"def cached(fn):\n    fn.task = task(fn, {V})\n    return fn\n@cached" + F,
        [5],
    ),
    "registered by an object": (
        HEAD
        + f"class Registry:\n    def add(self, fn):\n        self.tasks.append(task(fn, {V}))\n        return fn\nregistry = Registry()\n@registry.add"
        + F,
        [6],
    ),
    "an attribute of an object that is made up": (
        HEAD
        + "class Deco:\n    def __getattr__(self, n): return task(cache=True, cache_version=n)\nd = Deco()\n@d.v1"
        + F,
        [7],
    ),
    "a decorator of an unknown object": (
        HEAD + f"ctx = load()\nctx.deco = task({V})\n@ctx.deco" + F,
        [5],
    ),
    "a maker in text": (
        HEAD + "cached = eval(\"task(cache=True, cache_version='1')\")\n@cached" + F,
        [4],
    ),
    "a maker by an unknown name": (HEAD + f"@getattr(flytekit, os.environ['MAKER'])({V})" + F, [4]),
    "a decorator that an unknown function takes": (HEAD + f"@load(task({V}))" + F, [4]),
    "a decorator of another package": (
        "from vendor import step\n@step(cache=True, cache_version='1')" + F,
        [2],
    ),
    "a class of another package": (
        "from vendor import Job\njob = Job('job', cache=True, cache_version='1')\n",
        [2],
    ),
    "a partial of another package": (
        "import functools\nfrom vendor import step\ncached = functools.partial(step, cache=True, cache_version='1')\n@cached"
        + F,
        [3],
    ),
    "a switch of another package": (HEAD + "from vendor import step\n@step(cache=True)" + F, [5]),
    "arguments in a display": (
        "from vendor import step\n@step(**{'cache': True, 'cache_version': '1'})" + F,
        [2],
    ),
    "arguments in a dict call": (
        "from vendor import step\n@step(**dict(cache=True, cache_version='1'))" + F,
        [2],
    ),
    "metadata of another package": (
        "from flytekit import TaskMetadata\nfrom vendor import Job\nj = Job(name='j', metadata=TaskMetadata(cache=True, cache_version='1'))\n",
        [3],
    ),
    "a class of the tree above which is another package": (
        HEAD + f"from vendor import Job\nclass Mine(Job): ...\nj = Mine(name='j', {V})\n",
        [6],
    ),
    "a wrapper of another package": (
        HEAD
        + "import vendor\ndef own(**kw): return vendor.step(**kw)\n@own(cache=True, cache_version='1')"
        + F,
        [6],
    ),
    "Flyte 2 in a loop": (
        FLYTE + "for fn in load():\n    env.task(cache=Cache('auto', '1'))(fn)\n",
        [6],
    ),
    "Flyte 2 in a comprehension": (
        FLYTE + "T = [env.task(fn, cache='auto') for fn in load()]\n",
        [5],
    ),
    "Flyte 2 by map": (FLYTE + FG + "T = list(map(env.task, (f, g)))\n", [7]),
    "Flyte 2 of an unknown environment": (
        FLYTE + "other = load()\n@other.task(cache=Cache('auto', version_override='1'))" + F,
        [6],
    ),
    "Flyte 2 of an object that gets its environment later": (
        FLYTE + "class App: ...\nApp.env = env\n@App.env.task" + F,
        [7],
    ),
    "Flyte 2 of an environment in a starred assignment": (
        FLYTE + "own, *rest = *more(), env\n@own.task" + F,
        [6],
    ),
    "options of an object that change later": (
        HEAD
        + f"class Env:\n    def __init__(self, **o):\n        self.o = o\n    def task(self, fn):\n        return task(fn, **self.o)\nenv = Env({V})\nenv.o['cache_version'] = '2'\n@env.task"
        + F,
        [9, 11],
    ),
    "a setting that is given later": (
        HEAD + FG + "t = task(f)\nt.metadata.cache = True\nt.metadata.cache_version = '1'\n",
        [7, 8],
    ),
    "metadata that are given later": (
        HEAD + FG + f"t = task(f)\nt._metadata = TaskMetadata({V})\n",
        [7],
    ),
    "a maker by a method's name": (
        HEAD + f"import operator\n@operator.methodcaller('task', {V})(flytekit)" + F,
        [5],
    ),
    "a class whose calls its class makes": (
        HEAD
        + f"class Making(type):\n    def __call__(cls, fn): return task(fn, {V})\nclass cached(metaclass=Making): ...\n@cached"
        + F,
        [7],
    ),
    "a decorator that is a member": (
        HEAD
        + f"import enum\nclass On(enum.Enum):\n    A = functools.partial(task, {V})\n@On.A.value"
        + F,
        [7],
    ),
    "Flyte 2 of a given environment": (
        FLYTE + "def make(any_env):\n    any_env.task(cache='auto')(load())\n",
        [6],
    ),
    "what Flyte 2 makes in ways of its own": (
        FLYTE
        + "import flyte.sandbox\nbox = flyte.sandbox.create(name='b', code='x = 1', cache='auto')\n",
        [6],
    ),
    "a decorator of Flyte 2 that is not known": (
        FLYTE + "@flyte.later(cache=Cache('auto', '1'))" + F,
        [5],
    ),
    "a method of an object of Flyte 2": (
        FLYTE + "from flyteplugins.coder import Agent\nAgent('a').run(prompt='p', cache='auto')\n",
        [6],
    ),
    "a launch plan that is cached": (
        HEAD
        + f"lp = flytekit.LaunchPlan.get_or_create(load())\n@workflow\ndef w(x: int) -> int:\n    return lp(x=x).with_overrides({V})\n",
        [7],
    ),
    "a wrapper that another package decorates": (
        HEAD
        + f"import click\n@click.pass_obj\ndef cached(fn):\n    made = task(fn, {V})\n    return load()(made)\n@cached"
        + F,
        [7, 9],
    ),
}

#: Row → source of which nothing is told.
SILENT: dict[str, str] = {
    "an explicit off switch": HEAD + "for fn in load():\n    task(fn, cache=False)\n",
    "an off switch in a constant": HEAD
    + "CACHE = False\nfor fn in load():\n    task(fn, cache=CACHE)\n",
    "an off switch of Flyte 2": FLYTE + "for fn in load():\n    env.task(fn, cache='disable')\n",
    "a wrapper that is used elsewhere": HEAD
    + f"def cached(fn=None, **kw):\n    if fn is None: return functools.partial(cached, **kw)\n    if kw.get('big'): return dynamic(fn, {V})\n    return task(fn, {V})\n",
    "a class of wrappers": HEAD
    + f"class Own:\n    def small(self, fn): return task(fn, {V})\n    def large(self, fn): return task(fn, requests=2, {V})\n",
    "wrappers in a dict": HEAD + f"DECOS = {{'a': task({V}), 'b': functools.partial(task, {V})}}\n",
    "metadata in a constant": HEAD + "M = TaskMetadata(cache=True, cache_version='1')\n",
    "tasks of celery": HEAD
    + "import celery\nfrom celery import Celery\napp = Celery('a')\n@app.task\ndef f(): ...\n@celery.task(retries=1)\ndef g(): ...\n",
    "an environment of another package, without Flyte": "from company import env\n@env.task" + F,
    "a map task": HEAD
    + "@task\ndef f(x: int) -> int: return x\n@workflow\ndef w(xs: list[int]) -> list[int]: return map_task(f)(x=xs)\n",
    "an environment that is deployed": FLYTE
    + "def main():\n    flyte.deploy(TaskEnvironment('a'))\n",
    "numba": "from numba import njit\nimport numba\n@njit(cache=True)\ndef f(x): return x\n@numba.jit(nopython=True, cache=True)\ndef g(x): return x\n",
    "cachetools": "from cachetools import cached, LRUCache\n@cached(cache=LRUCache(maxsize=3))" + F,
    "functools": "import functools\n@functools.lru_cache(maxsize=None)" + F,
    "requests-cache and others": "import requests_cache, jinja2, datasets, torch\ns = requests_cache.CachedSession('x', cache=True)\ne = jinja2.Environment(cache_size=1)\nd = datasets.load_dataset('x', cache_dir='y')\nm = torch.load('x', cache=True)\n",
    "an own decorator": "class Disk: ...\ndef memo(cache):\n    def deco(fn): return fn\n    return deco\n@memo(cache=Disk())"
    + F,
    "an own function": "def load(path, cache_version=1): return path\nload('x', cache_version=2)\n",
    "a method": "class Store:\n    def get(self, key, cache=None): return key\ndef run(store):\n    return store.get('x', cache=True)\n",
    "a switch of another package, without Flyte": "from vendor import step\n@step(cache=True)" + F,
    "fields of a dataclass": HEAD
    + "@dataclasses.dataclass\nclass D:\n    a: int = dataclasses.field(metadata={'cache': True})\n",
    "names in a comprehension": HEAD
    + "def run(tasks): return [print(task) for task in tasks]\nshow = [task for task in range(3)]\n",
    "an own decorator of workflows": HEAD
    + "small = functools.partial(task, cache=False)\ndef flow(about):\n    if isinstance(about, type): return workflow(about)\n    def deco(fn):\n        shown = small\n        return workflow(fn, docs=about)\n    return deco\n@flow(load())\ndef w(x: int) -> int: return x\n",
    "commands that know of tasks": HEAD
    + "import click\nsmall = functools.partial(task, cache=False)\n@click.group()\ndef cli(): shown = small\n@cli.command('run')\ndef run(): ...\n@cli.group()\ndef image(): ...\n@image.command('up')\ndef up(): ...\n",
    "an attribute that is called task, without Flyte": "class Context: ...\nctx = Context()\nmade = ctx.task\ndef task(fn):\n    held = made\n    return load()(held, fn)\n@task\ndef f(x: int) -> int: return x\ndef run(cache_version=1): ...\n",
    "a helper that runs tasks": HEAD
    + f"@task({V})\ndef f(x: int) -> int: return x\ndef helper(fn):\n    @functools.wraps(fn)\n    def inner(*a, **k): return f(x=1)\n    return inner\n@helper\ndef main(): ...\n",
}
