"""What makes tasks in unusual ways and is followed: a row is a tree."""

# ruff: noqa: E501 - a row is a line

from __future__ import annotations

from tasks.unrecognized import FG, FLYTE, HEAD, F, V

#: Row → source, and the cached tasks that are found though a condition decides of them.
FOLLOWED: dict[str, str] = {
    "a loop over functions": HEAD
    + FG
    + f"T = {{}}\nfor fn in (f, g):\n    T[fn.__name__] = task(fn, {V})\n",
    "a loop over a constant": HEAD + FG + f"ALL = [f, g]\nfor fn in ALL:\n    task(fn, {V})\n",
    "a loop over pairs": HEAD
    + FG
    + "for fn, v in ((f, '1'), (g, '2')):\n    task(fn, cache=True, cache_version=v)\n",
    "a loop over a dict": HEAD
    + FG
    + "ALL = {'1': f, '2': g}\nfor v, fn in ALL.items():\n    task(fn, cache=True, cache_version=v)\n",
    "a comprehension over functions": HEAD
    + FG
    + f"T = {{fn.__name__: task({V})(fn) for fn in (f, g)}}\n",
    "a loop that is called": HEAD
    + FG
    + f"def build():\n    out = {{}}\n    for fn in (f, g):\n        out[fn.__name__] = task(fn, {V})\n    return out\nT = build()\n",
    "a loop of decorators": HEAD
    + f"def compose(*ds):\n    def deco(fn):\n        for d in reversed(ds):\n            fn = d(fn)\n        return fn\n    return deco\n@compose(task({V}))"
    + F,
    "a wrapper that may leave it": HEAD
    + f"def cached(fn):\n    return fn if os.environ.get('NO_FLYTE') else task(fn, {V})\n@cached"
    + F,
    "a wrapper that leaves early": HEAD
    + f"def cached(fn):\n    if os.environ.get('NO_FLYTE'):\n        return fn\n    return task(fn, {V})\n@cached"
    + F,
    "a wrapper that may not cache": HEAD
    + f"def cached(fn):\n    if os.environ.get('NOCACHE'): return task(fn)\n    return task(fn, {V})\n@cached"
    + F,
    "a wrapper with two uses": HEAD
    + "def cached(arg=None):\n    if isinstance(arg, str): return task(cache=True, cache_version=arg)\n    return task(arg, cache=True, cache_version='1')\n@cached\ndef f(x: int) -> int: return x\n@cached('7')\ndef g(x: int) -> int: return x\n",
    "flytekit's own environment": HEAD
    + f"env = flytekit.Environment({V})\ngpu = env.extend(retries=2)\n@env\ndef a() -> int: return 1\n@env.task\ndef b() -> int: return 1\n@env.dynamic\ndef c() -> int: return 1\n@gpu\ndef d() -> int: return 1\n@gpu(cache_version='7')\ndef e() -> int: return 1\n",
    "an environment of one's own": HEAD
    + f"class Env:\n    def __init__(self, **options):\n        self.options = {{}}\n        for key, value in options.items():\n            self.options[key] = value\n    def __call__(self, fn=None, **more):\n        made = functools.partial(task, **{{**self.options, **more}})\n        return made if fn is None else made(fn)\n    def extend(self, **more):\n        return self.__class__(**{{**self.options, **more}})\nbase = Env({V})\ngpu = base.extend(retries=2)\n@base\ndef a() -> int: return 1\n@gpu\ndef b() -> int: return 1\n@gpu(cache=False)\ndef c() -> int: return 1\n",
    "a decorator that a loop applies": HEAD
    + FG
    + f"ALL = [task({V})]\nfor decorate in ALL: f = decorate(f)\n",
    "a loop over zipped": HEAD
    + FG
    + "for fn, v in zip((f, g), ('1', '2')):\n    task(fn, cache=True, cache_version=v)\n",
    "a loop over a sum": HEAD + FG + f"A = (f,)\nfor fn in A + (g,):\n    task(fn, {V})\n",
    "a decorator that is named where it is used": HEAD
    + f"@(cached := task({V}))"
    + F
    + "@cached\ndef g(x: int) -> int: return x\n",
    "a copy of flytekit's own environment": HEAD
    + f"import copy\nenv = copy.copy(flytekit.Environment({V}))\n@env"
    + F,
    "options of an object, copied and updated": HEAD
    + f"class Env:\n    def __init__(self, **o):\n        self.o = dict(o)\n    def task(self, fn=None, **m):\n        o = self.o.copy(); o.update(m)\n        if fn is None: return lambda f: task(f, **o)\n        return task(fn, **o)\nenv = Env({V})\n@env.task"
    + F
    + "@env.task(cache_version='2')\ndef g(x: int) -> int: return x\n",
    "attributes that a loop sets": HEAD
    + "class Env:\n    def __init__(self, **o):\n        for k, v in o.items():\n            setattr(self, k, v)\n    def task(self, fn):\n        return task(fn, cache=True, cache_version=self.version)\nenv = Env(version='1')\n@env.task"
    + F,
    "attributes from a dict": HEAD
    + "class Env:\n    def __init__(self, **o):\n        self.__dict__.update(o)\n    def task(self, fn):\n        return task(fn, cache=True, cache_version=self.version)\nenv = Env(version='1')\n@env.task"
    + F,
    "a changed copy of an object": HEAD
    + f"import copy\nclass Env:\n    def __init__(self, **o):\n        self.o = o\n    def task(self, fn):\n        return task(fn, **self.o)\n    def extend(self, **m):\n        new = copy.copy(self)\n        new.o = {{**self.o, **m}}\n        return new\n    def deep(self, **m):\n        new = copy.deepcopy(self)\n        new.o.update(m)\n        return new\nenv = Env({V}).extend(retries=1)\n@env.task"
    + F
    + "@env.deep(cache_version='3').task\ndef g(x: int) -> int: return x\n",
    "an object that replaces another": HEAD
    + "@dataclasses.dataclass(frozen=True)\nclass Env:\n    version: str = '1'\n    def task(self, fn):\n        return task(fn, cache=True, cache_version=self.version)\n@dataclasses.replace(Env(), version='5').task"
    + F,
    "options without what is None": HEAD
    + f"def clean(o): return {{k: v for k, v in o.items() if v is not None}}\nclass Env:\n    def __init__(self, cache=None, cache_version=None, retries=None):\n        self.o = clean(dict(cache=cache, cache_version=cache_version, retries=retries))\n    def task(self, fn):\n        return task(fn, **self.o)\nenv = Env({V})\n@env.task"
    + F,
    "a class of the tree that makes tasks of functions": HEAD
    + FG
    + f"class Own(PythonFunctionTask):\n    def __init__(self, fn):\n        super().__init__(task_config=None, task_function=fn, metadata=TaskMetadata({V}))\nt = Own(f)\n",
    "an environment class of one's own in a namespace": HEAD
    + f"import types\nclass Env:\n    def __init__(self, **o):\n        self.o = {{}}\n        for k, v in o.items():\n            self.o[k] = v\n    def __call__(self, fn=None, **m):\n        made = functools.partial(task, **{{**self.o, **m}})\n        return made if fn is None else made(fn)\n    def extend(self, **m):\n        return self.__class__(**{{**self.o, **m}})\nbase = Env({V})\non = types.SimpleNamespace(default=base, gpu=base.extend(retries=2))\n@on.default"
    + F
    + "@on.gpu\ndef g(x: int) -> int: return x\n@on.default(cache=False)\ndef h(x: int) -> int: return x\n",
    "the class of the decorator": HEAD
    + FG
    + f"t = PythonFunctionTask(task_config=None, task_function=f, metadata=TaskMetadata({V}))\n",
}

#: The same of Flyte 2.
FOLLOWED_BY_FLYTE: dict[str, str] = {
    "a loop over functions": FLYTE
    + FG
    + "for fn in (f, g):\n    env.task(cache=Cache('auto', '1'))(fn)\n",
    "a comprehension over functions": FLYTE
    + FG
    + "T = [env.task(fn, cache=Cache('auto', '1')) for fn in (f, g)]\n",
    "a copy of an environment": FLYTE + "import copy\nother = copy.copy(env)\n@other.task" + F,
    "an environment's attribute by name": FLYTE + "@getattr(env, 'task')" + F,
    "environments that a comprehension makes": FLYTE
    + "a, b = [TaskEnvironment(n, cache='auto') for n in ('a', 'b')]\n@b.task"
    + F,
    "an environment in the place of another": FLYTE
    + "other = dataclasses.replace(env, name='o')\n@other.task"
    + F,
}

#: Row → source, and the setting of `f`, whose cache only a run can tell.
UNKNOWN: dict[str, str] = {
    "options of another package": HEAD + "from vendor import OPTIONS\n@task(**OPTIONS)" + F,
    "a decorator that another package may hide": HEAD
    + f"try:\n    from vendor import cached\nexcept ImportError:\n    cached = task({V})\n@cached"
    + F,
    "a decorator that a function of another package may hide": HEAD
    + f"try:\n    from vendor import cached\nexcept ImportError:\n    def cached(fn): return task(fn, {V})\n@cached"
    + F,
    "a switch of another package": HEAD + "from vendor import CACHE\n@task(cache=CACHE)" + F,
    "a switch and unknown options": HEAD
    + "from vendor import OPTIONS\n@task(cache=True, **OPTIONS)"
    + F,
    "a branch that cannot be told": HEAD
    + f"def cached(fn):\n    if os.environ.get('X'): return load()[0]\n    return task(fn, {V})\n@cached"
    + F,
    "options that a loop makes": HEAD
    + "def cached(fn, **kw):\n    options = {}\n    for key in load():\n        options[key] = kw\n    return task(fn, **options)\n@cached"
    + F,
    "Flyte 2, of another package": FLYTE + "from vendor import CACHE\n@env.task(cache=CACHE)" + F,
    "Flyte 2, unknown options": "import flyte\nfrom vendor import OPTIONS\nenv = flyte.TaskEnvironment('e')\n@env.task(**OPTIONS)"
    + F,
}
