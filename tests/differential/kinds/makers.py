"""Ways to make a cached task that returns a dataclass, which gains a field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from differential.kinds.row import Row, imports_for
from differential.kinds.table import table

if TYPE_CHECKING:
    from collections.abc import Iterator

_LIB = """import functools
from flytekit import task
VERSION = "1.0"
OPTS = {"cache": True, "cache_version": "1.0"}
part = functools.partial(task, cache=True, cache_version="1.0")
def cached(fn):
    return task(fn, cache=True, cache_version="1.0")
"""
_OLD = "@dataclass\nclass Out:\n    a: int\ndef make(x):\n    return Out(x)\n"
_NEW = "@dataclass\nclass Out:\n    a: int\n    b: int = 0\ndef make(x):\n    return Out(x, 2)\n"


def rows() -> Iterator[Row]:
    for name, parts in table("makers").items():
        before, after = (_tree(parts[""], declare) for declare in (_OLD, _NEW))
        yield Row(f"makers:{name}/field-added", before, after)


def _tree(text: str, declare: str) -> dict[str, str]:
    lib = "import lib\n" if "lib." in text else ""
    body = f"{lib}{imports_for(declare, text)}from flytekit import task\n{declare}{text}"
    return {"flow.py": body, **({"lib.py": _LIB} if lib else {})}
