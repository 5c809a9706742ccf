"""Small files that share names, classes and constants, to be put together at random."""

from __future__ import annotations

from sigclock.project.config import Config
from support.changing import CHOICES

CLASS = "from dataclasses import dataclass\n\n@dataclass\nclass {}:\n    a: int\n"


def task(imports: str, version: str, name: str, returns: str) -> str:
    decorator = f"@task(cache=True, cache_version={version})"
    return f"from flytekit import task\n{imports}\n\n{decorator}\ndef {name}() -> {returns}: ...\n"


COMMON = "from common import Common"
MADE = """\
import flyte
env2 = flyte.TaskEnvironment("e", cache=flyte.Cache("override", version_override="3"))
"""
ENV = "from env2 import env2\n"
#: What each file may hold; None is no file.
SHARING: dict[str, list[str | None]] = {
    **CHOICES,
    "common.py": [
        CLASS.format("Common"),
        CLASS.format("Common") + "    b: str\n",
        "# a comment\n" + CLASS.format("Common"),
        CLASS.format("Other"),
        None,
    ],
    "t1.py": [
        task(COMMON, '"1.0"', "t1", "Common"),
        task(COMMON, '"1.0"', "t1", "int"),
        task(COMMON, '"1.0"', "renamed", "Common"),
        None,
    ],
    "t2.py": [
        task(COMMON, '"1.0"', "t2", "list[Common]"),
        "\n" + task(COMMON, '"2"', "t2", "list[Common]"),
        task("from deep.mod import Deep", '"1.0"', "t2", "Deep"),
        task("from flyte import x", '"1.0"', "t2", "None"),
    ],
    "deep/mod.py": [
        CLASS.format("Deep") + "    c: 'Common'\n",
        f"{COMMON}\n{CLASS.format('Deep')}    c: Common\n",
        None,
    ],
    "deep/__init__.py": ["", None, None],
    "deep/src/common.py": [None, None, CLASS.format("Common")],
    "deep/t3.py": [
        None,
        task(COMMON, '"1.0"', "t3", "Common"),
        task("from .mod import Deep", '"1"', "t3", "Deep"),
    ],
    "env2.py": [
        None,
        MADE,
    ],
    "e1.py": [None, *(f"{ENV}@env2.task\ndef e1() -> {name}: ...\n" for name in ("int", "str"))],
    "e2.py": [None, f"{ENV}{COMMON}\n@env2.task\ndef e2() -> Common: ...\n"],
    "gone.py": [None, *(task("", '"5"', name, "int") for name in ("t1", "moved"))],
    "k.py": [None, "K = '1'\n", "K = '1'\nL = K\n", "K = 'a'"],
    "k1.py": [
        None,
        task("from k import K", "K", "k1", "int"),
        task("from k import K", "K", "k1", "str"),
        task("from k import L", "L", "k1", "str"),
    ],
    "k2.py": [
        None,
        task("import k", "k.K", "k2", "int"),
        "from k import K\nprint(K)\n",
        "import k\nx = k.L\n",
    ],
    "bare.py": [None, "@something(cache=True, cache_version='1')\ndef x(): ...\n", "class ("],
    "common_2.py": [
        None,
        CLASS.format("Common_2"),
        task("from common_2 import Common_2", '"1"', "c2", "int"),
    ],
}
CONFIGS = [
    Config(),
    Config(),
    Config(task_decorators=("vendor.step",)),
    Config(not_tasks=("vendor.step",)),
    Config(source_roots=("deep/src", ".")),
    Config(exclude=("deep/**",)),
    Config(ignore=("void-cached",)),
    Config(shared_versions="report"),
]
