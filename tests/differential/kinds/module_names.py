"""Ways by which a class comes from another module into that of its task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from differential.kinds.row import Row
from differential.kinds.table import table

if TYPE_CHECKING:
    from collections.abc import Iterator

_CLASS = "from dataclasses import dataclass\n@dataclass\nclass D:\n    a: int\n"
_OLD = f"{_CLASS}\ndef make(x):\n    return D(x)\n"
_NEW = f"{_CLASS}    b: int = 0\n\ndef make(x):\n    return D(x, 2)\n"
_TASK = """from flytekit import task
{head}
@task(cache=True, cache_version="1.0")
def produce(x: int) -> {type}:
    return {make}(x)
"""


def rows() -> Iterator[Row]:
    """The class gains a field; its module, type and maker are as each way says."""
    for name, parts in table("module_names").items():
        before, after = (_tree(parts, models) for models in (_OLD, _NEW))
        yield Row(f"modules:{name}/field-added", before, after)


def _tree(parts: dict[str, str], models: str) -> dict[str, str]:
    type_, make, path = parts["as"].strip().split("; ")
    files = {
        part.removeprefix("file "): text.lstrip("\n")
        for part, text in parts.items()
        if part.startswith("file ")
    }
    is_postponed = files.pop("__future__", None) is not None
    first = "from __future__ import annotations\n" if is_postponed else ""
    body = first + _TASK.format(head=parts[""].rstrip("\n"), type=type_, make=make)
    # Another version of the same module stays as it was.
    others = {name: _OLD if text == "OLD\n" else text for name, text in files.items()}
    return {"flow.py": body, path: models, **others}
