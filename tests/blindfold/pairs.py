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
    """Two trees, which may be the same."""

    id: str
    before: Tree
    after: Tree


def pairs() -> Iterator[Pair]:
    yield from _cases()
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
