"""Edits of the task itself that leave its return type alone, or take it away."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

START = """from flytekit import task


@task(cache=True, cache_version="1.0")
def produce(x: int) -> int:
    return x
"""
UNANNOTATED = START.replace(" -> int", "")
VOID = START.replace("-> int", "-> None").replace("return x", "return None")
HEAD = '@task(cache=True, cache_version="1.0")'
DOC = '    """Say more.\n\n    Returns:\n        a number\n    """\n    return x'


class TaskEdit(NamedTuple):
    """The module with the task, before and after."""

    id: str
    before: str
    after: str
    hazard: bool


def task_edits() -> Iterator[TaskEdit]:
    for id_, after in UNCHANGED.items():
        yield TaskEdit(f"task:{id_}", START, after, hazard=False)
    yield TaskEdit("task:unannotated->none", UNANNOTATED, VOID, hazard=False)
    yield TaskEdit("task:unannotated->int", UNANNOTATED, START, hazard=True)
    yield TaskEdit("task:int->unannotated", START, UNANNOTATED, hazard=True)


#: What is no change of what the task stores.
UNCHANGED = {
    "docstring": START.replace("    return x", DOC),
    "comment": START.replace("    return x", "    # as it came\n    return x"),
    "body": START.replace("return x", "same = x\n    return same"),
    "formatting": START.replace("(x: int)", "(\n    x: int,\n)"),
    "retries": START.replace('"1.0"', '"1.0", retries=3'),
    "cache-object": START.replace(HEAD, '@task(cache=Cache(version="1.0"))').replace(
        "import task", "import Cache, task"
    ),
    "import-renamed": START.replace("import task", "import task as job").replace("@task", "@job"),
    "import-module": START.replace("from flytekit import task", "import flytekit as fk").replace(
        "@task", "@fk.task"
    ),
    "partial": START.replace(HEAD, "@cached").replace(
        "import task\n",
        "import task\nfrom functools import partial\n\n"
        'cached = partial(task, cache=True, cache_version="1.0")\n',
    ),
    "constant": START.replace('"1.0")', "VERSION)").replace("\n\n\n", '\n\nVERSION = "1.0"\n\n', 1),
    "async": START.replace("def produce", "async def produce"),
    "quoted": START.replace("-> int", "-> 'int'"),
    "future": f"from __future__ import annotations\n{START}",
    "in-if": START.replace(HEAD, f"if True:\n    {HEAD}")
    .replace("\ndef", "\n    def")
    .replace("    return", "        return"),
    "input-added": START.replace("x: int", "x: int, y: int = 1"),
    "input-widened": START.replace("(x: int)", "(x: Optional[int])").replace(
        "from flytekit", "from typing import Optional\n\nfrom flytekit"
    ),
    "other-task": f"{START}\n\n@task\ndef other(x: int) -> str:\n    return 's'\n",
}
