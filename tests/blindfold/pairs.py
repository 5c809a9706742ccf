"""Pairs of trees to be blinded: the cases, pairs of programs, and each way to declare a task."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from differential import pairs as programs
from tasks import flyte_rows, flytekit_rows

from blindfold.blinding import Tree

CASES = Path(__file__).parent.parent / "cases"


class Pair(NamedTuple):
    """Two trees, which may be the same; if `only` is set, just this expression is blinded."""

    id: str
    before: Tree
    after: Tree
    only: str = ""


#: Where a reader once took unknown for none: a pair, and the expression that it could not follow.
FAILED = (
    ("pair StructuredDataset:column-retyped/direct", "kwtypes"),
    ("pair plain:int-to-any/direct", "extra"),
    ("tasks.flyte_rows a function of a library", "unstyle"),
    ("tasks.flyte_rows called partial", "env.task"),
    ("tasks.flyte_rows called with a function", "plain"),
    ("tasks.flyte_rows container task", "ContainerTask"),
    ("tasks.flyte_rows dict", "'cache'"),
    ("tasks.flyte_rows dict", "CFG"),
    ("tasks.flyte_rows in a class", "Envs.a"),
    ("tasks.flyte_rows method in a variable", "env.task"),
    ("tasks.flyte_rows subclass", "TaskEnvironment"),
    ("tasks.flyte_rows wrapper", "env.task"),
    ("tasks.flytekit_rows a function of a library in a wrapper", "unstyle"),
    ("tasks.flytekit_rows called twice", "plain"),
    ("tasks.flytekit_rows in a list", "plain"),
    ("tasks.flytekit_rows instance of a subclass", "kwargs"),
    ("tasks.flytekit_rows literal dict", "task"),
    ("tasks.flytekit_rows metadata in a constant", "ShellTask"),
    ("tasks.flytekit_rows partial", "task"),
    ("tasks.flytekit_rows wrapper with a local dict", "task"),
)


def failed() -> Iterator[Pair]:
    """Each pair that once failed, with the one expression."""
    by_id = {pair.id: pair for pair in pairs()}
    for id_, only in FAILED:
        yield by_id[id_]._replace(id=f"{id_}: {only}", only=only)


#: Pairs of a file that no other family has, as text that differs in one word.
OWN = {
    "two makers": (
        """\
import os
from flytekit import task
def mytask(fn):
    if os.environ.get("FAST"):
        return task(fn)
    return task(fn, cache=True, cache_version="1")
@mytask
def t() -> «»: ...
""",
        "int",
        "str",
    ),
}


def pairs() -> Iterator[Pair]:
    yield from _cases()
    for name, (text, *words) in OWN.items():
        before, after = ({"m.py": text.replace("«»", word)} for word in words)
        yield Pair(f"own {name}", before, after)
    for pair in programs.pairs():
        yield Pair(f"pair {pair.id}", pair.before, pair.after)
    for rows in (flytekit_rows, flyte_rows):
        for name, body in rows.SINGLE.items():
            tree = {"m.py": rows.IMPORTS + body + "\n"}
            yield Pair(f"{rows.__name__} {name}", tree, tree)


def _cases() -> Iterator[Pair]:
    for current in sorted(CASES.glob("*/*/current")):
        before = current.parent / "baseline"
        after = _files(current)
        name = current.parent.relative_to(CASES).as_posix()
        yield Pair(f"case {name}", _files(before) if before.is_dir() else after, after)


def _files(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*.py"))
    }
