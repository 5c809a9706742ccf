"""Small files that depend on each other in every way, to be put together at random."""

from __future__ import annotations

STATS = "from dataclasses import dataclass\n@dataclass\nclass Stats:\n    a: int\n"
WRAP = """\
from functools import partial
from flytekit import task
cached = partial(task, cache=True, cache_version='1')
"""
FIT = """\
from flytekit import task
from {module} import Stats
@task(cache=True, cache_version='1')
def fit() -> Stats: ...
"""
AGAIN = """\
if True:
    @task
    def fit() -> int: ...
"""
USE = """\
from wrap import cached
from .models import Stats
@cached
def use() -> Stats: ...
"""
MINE = """\
from {module} import mine
@mine
def own() -> int: ...
"""
CONSTANT = """\
from flytekit import task
from constants import VERSION
@task(cache=True, cache_version=VERSION)
def const() -> None: ...
"""
ENV = """\
import flyte
env = flyte.TaskEnvironment("e", cache=flyte.Cache("override", version_override="1"))
@env.task
async def run(x: int) -> str: ...
"""
TWICE = """\
import sys
from dataclasses import dataclass
from flytekit import task
if sys.argv:
    @dataclass
    class Stats:
        a: int
else:
    @dataclass
    class Stats:
        b: int
@task(cache=True, cache_version="1")
def one() -> Stats: ...
"""
#: What each file may hold; None is no file.
CHOICES: dict[str, list[str | None]] = {
    "vendor_a.py": [
        "from vendor import step\n@step(cache=True, cache_version='1')\ndef a() -> int: ...\n",
        "from vendor import step\n@step(cache=True, cache_version='2')\ndef a() -> int: ...\n",
        "from vendor import step\n\n\n@step(cache=True)\ndef a() -> int: ...\n",
        None,
    ],
    "vendor_b.py": [
        None,
        "from vendor import step\n@step(cache=True, cache_version='1')\ndef b() -> int: ...\n",
        "from vendor import step\n@step(cache=True)\ndef b() -> int: ...\n",
    ],
    "stats.py": [STATS, STATS + "    b: str\n", "class (", None],
    "stats/__init__.py": [None, None, STATS + "    c: float\n"],
    "lib/__init__.py": ["", None, "from wrap import cached as mine\n"],
    "own.py": [MINE.format(module="lib"), MINE.format(module="other"), None],
    "other.py": ["import wrap\nmine = wrap.cached\n", "mine = print\n", None],
    "lib/models.py": [STATS, STATS.replace("a: int", "a: str"), None],
    "models.py": [None, STATS + "    d: int\n"],
    "wrap.py": [WRAP, WRAP.replace("'1'", "'2'"), "cached = None\n", None],
    "fit.py": [
        FIT.format(module="stats"),
        FIT.format(module="lib.models"),
        FIT.format(module="models") + AGAIN,
        None,
    ],
    "constants.py": [
        "VERSION = '1'\n",
        "VERSION = '2'\nOTHER = VERSION\n",
        "from stats import *\nVERSION = '1'\n",
        None,
    ],
    "constant.py": [
        CONSTANT,
        CONSTANT.replace("VERSION)", "VERSION)  # sigclock: ignore[void-cached] x"),
    ],
    "reads.py": [
        None,
        "import constants\nprint(constants.VERSION)\n",
        "VERSION = 1\nprint(VERSION)\n",
    ],
    "flow.py": [None, "env = 1\n", ENV, ENV.replace("env =", "other =").replace("env.", "other.")],
    "twice.py": [None, TWICE, TWICE.replace("b: int", "b: str")],
    "lib/use.py": [USE, USE.replace(".models", "models"), None],
}
