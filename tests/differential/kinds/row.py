"""A pair of programs, to be judged by an SDK and by sigclock."""

from __future__ import annotations

import re
from typing import NamedTuple

from differential.flyte_pairs import CACHED, ENVIRONMENT
from differential.sources import IMPORTS, Tree

#: More words that ask for an import, beside those of all pairs.
_MORE = {
    "Path": "from pathlib import Path",
    "SimpleNamespace": "from types import SimpleNamespace",
    "StrEnum": "from enum import StrEnum",
    "auto": "from enum import auto",
    "copy": "import copy",
    "create_model": "from pydantic import create_model",
    "enum": "import enum",
    "field_options": "from mashumaro import field_options",
    "functools": "import functools",
    "itertools": "import itertools",
    "operator": "import operator",
    "os": "import os",
    "sys": "import sys",
}
_HEAD = "from flytekit import task\n"
_CACHED = '@task(cache=True, cache_version="1.0")'
TASK = """
@task(cache=True, cache_version="1.0")
def produce(x: int) -> {type}:
    return {value}
"""


class Row(NamedTuple):
    """Two trees, with the task whose outputs change between them or are only respelled."""

    id: str
    before: Tree
    after: Tree
    task: str = "flow.produce"


def on_flyte(row: Row) -> Row | None:
    """The same task in an environment of Flyte 2; None for what only flytekit has."""
    before, after = (_on_flyte(side) for side in (row.before, row.after))
    if "flytekit" in f"{before}{after}" or "env.produce" in f"{before}{after}":
        return None
    return Row(f"flyte:{row.id}", before, after, "env.produce")


def _on_flyte(tree: Tree) -> Tree:
    return {
        path: text.replace(_HEAD, ENVIRONMENT).replace(_CACHED, CACHED)
        for path, text in tree.items()
    }


def imports_for(*texts: str) -> str:
    """The imports that the words of source text ask for."""
    words = set(re.findall(r"(?<![.\w])[A-Za-z_]\w*", "\n".join(texts)))
    known = {**IMPORTS, **_MORE}
    return "".join(f"{known[word]}\n" for word in sorted(words & known.keys()))


def flow(declare: str, type_: str, value: str, *, head: str = "", task: str = TASK) -> str:
    """A module with a task that returns a value of a type."""
    body = task.format(type=type_, value=value)
    imports = imports_for(declare, body)
    return f"{head}{imports}{_HEAD}\n{declare}\n{body}"
