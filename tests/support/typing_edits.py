"""Random edits of a small project with tasks, as somebody might type them."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

MODELS = """\
from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Stage(Enum):
    EARLY = "early"
    LATE = "late"


@dataclass
class Point:
    x: int
    y: float = 0.0


@dataclass
class Stats:
    mean: float
    points: list[Point] = field(default_factory=list)
    stage: Stage = Stage.EARLY
"""
VERSIONS = """\
SHARED = "2.0"
OTHER = "a"
LIMIT = 10
"""
TRAIN = """\
from flytekit import task

from pkg.models import Point, Stats
from pkg.versions import SHARED


@task(cache=True, cache_version="1.0")
def fit(rows: int) -> Stats:
    total = rows + 1
    return Stats(mean=float(total))


@task(cache=True, cache_version=SHARED)
def corner(rows: int) -> Point:
    return Point(rows)


@task(cache=True, cache_version=SHARED)
def corners(rows: int) -> list[Point]:
    return [Point(rows)]


@task(cache=True, cache_version="3")
def log(stats: Stats) -> None:  # sigclock: ignore[void-cached] it only prints
    print(stats)
"""
PREDICT = """\
from flytekit import task, workflow

from pkg.models import Stage, Stats
from pkg.train import fit


@task(cache=True, cache_version="0.1")
def stage_of(stats: Stats) -> Stage:
    return stats.stage


@task
def shown(stats: Stats) -> str:
    return str(stats)


@workflow
def run(rows: int) -> Stage:
    return stage_of(stats=fit(rows=rows))
"""
PLAIN = """\
import json

from pkg.models import Point


def area(point: Point) -> float:
    return point.x * point.y


NAMES = json.loads("[]")
"""
PROJECT = {
    "pkg/__init__.py": "",
    "pkg/models.py": MODELS,
    "pkg/versions.py": VERSIONS,
    "pkg/train.py": TRAIN,
    "pkg/predict.py": PREDICT,
    "pkg/plain.py": PLAIN,
}

_Edit = Callable[[random.Random, str], str]
_FIELD = re.compile(r"^    (\w+): (\w[\w\[\].]*)( = .*)?$", re.MULTILINE)
_TYPES = ("int", "float", "str", "list[int]", "Point", "Stage", "dict[str, Point]", "Missing")


def edited(chance: random.Random, text: str) -> str:
    """The text after one edit of some kind; it may be the same."""
    return chance.choice(_EDITS)(chance, text)


def _once(
    pattern: str, chance: random.Random, text: str, after: Callable[[re.Match[str]], str]
) -> str:
    found = list(re.finditer(pattern, text, re.MULTILINE))
    if not found:
        return text
    match = chance.choice(found)
    return text[: match.start()] + after(match) + text[match.end() :]


def _comment(chance: random.Random, text: str) -> str:
    return _once(r"^", chance, text, lambda _: f"# note {chance.randrange(100)}\n")


def _retyped(chance: random.Random, text: str) -> str:
    kind = chance.choice(_TYPES)
    return _once(_FIELD.pattern, chance, text, lambda m: f"    {m[1]}: {kind}{m[3] or ''}")


def _added(chance: random.Random, text: str) -> str:
    name = f"part{chance.randrange(6)}"
    kind = chance.choice(_TYPES[:5])
    return _once(_FIELD.pattern, chance, text, lambda m: f"{m[0]}\n    {name}: {kind} = None")


def _removed(chance: random.Random, text: str) -> str:
    return _once(_FIELD.pattern + r"\n", chance, text, lambda _: "")


def _bumped(chance: random.Random, text: str) -> str:
    version = f"{chance.randrange(3)}.{chance.randrange(3)}"
    return _once(
        r'(cache_version|SHARED|OTHER) ?= ?"[^"]*"', chance, text, lambda m: f'{m[1]}="{version}"'
    )


def _returned(chance: random.Random, text: str) -> str:
    kind = chance.choice(
        ("Stats", "Point", "Stage", "int", "list[Stats]", "None", "tuple[Point, int]")
    )
    return _once(r"-> [\w\[\], ]+:", chance, text, lambda _: f"-> {kind}:")


def _task(chance: random.Random, text: str) -> str:
    name = f"new{chance.randrange(4)}"
    version = chance.choice(('"1.0"', "SHARED", '"2"', "str(LIMIT)"))
    return (
        f"{text}\n\n@task(cache=True, cache_version={version})\ndef {name}(a: int) -> Stats: ...\n"
    )


def _renamed(chance: random.Random, text: str) -> str:
    old = chance.choice(("Point", "Stats", "fit", "corner", "SHARED", "Stage", "y", "mean"))
    new = chance.choice((f"{old}2", old, "Point"))
    return re.sub(rf"\b{old}\b", new, text)


def _dropped(chance: random.Random, text: str) -> str:
    """Without one of its blocks."""
    blocks = text.split("\n\n\n")
    if len(blocks) > 2:
        del blocks[chance.randrange(1, len(blocks))]
    return "\n\n\n".join(blocks)


def _imported(chance: random.Random, text: str) -> str:
    line = chance.choice(
        (
            "from pkg.models import *",
            "from pkg.versions import SHARED as AGAIN",
            "from pkg.train import task as again",
            "import pkg.versions",
            "from pkg.versions import SHARED, OTHER, LIMIT",
        )
    )
    return _once(r"^from pkg", chance, text, lambda m: f"{line}\n{m[0]}")


def _used(chance: random.Random, text: str) -> str:
    return text + chance.choice(
        ("\nprint(SHARED)\n", "\nteam = task(cache=True, cache_version='9')\n", "\nX = 1\n")
    )


def _waived(chance: random.Random, text: str) -> str:
    rule = chance.choice(("void-cached", "stale-cache", "nothing"))
    return _once(r":$", chance, text, lambda _: f":  # sigclock: ignore[{rule}] as told")


def _half(chance: random.Random, text: str) -> str:
    """Half of a line, which does not parse."""
    return text + chance.choice(("\ndef broken(\n", "\nx = [1,\n", "\n    y: \n"))


_EDITS: tuple[_Edit, ...] = (
    _comment,
    _retyped,
    _retyped,
    _added,
    _removed,
    _bumped,
    _returned,
    _task,
    _renamed,
    _dropped,
    _imported,
    _used,
    _waived,
    _half,
)
