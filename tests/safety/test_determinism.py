"""One tree has one lock, to the byte: whoever runs sigclock, where, and under which Python.

`SIGCLOCK_WIDE=80` tries that many mixtures of surroundings and Pythons (`SIGCLOCK_PYTHONS` names
more), instead of a few that have each of them once.
"""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import product
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest
from python.signatures import trees
from support.git import ENVIRONMENT, Repo
from support.hooked import ROOT

from sigclock.source import LOCK_NAME

PYTHONS = [path for path in os.environ.get("SIGCLOCK_PYTHONS", "").split(os.pathsep) if path]
WIDE = int(os.environ.get("SIGCLOCK_WIDE") or 0)
#: How many trees of those that are for every Python, each a project of its own.
PROJECTS = 6


class Around(NamedTuple):
    """Everything that must not matter."""

    python: str = sys.executable
    seed: str = "0"
    locale: str = "C.UTF-8"
    zone: str = "UTC"
    umask: int = 0o022
    folder: str = "project"
    order: int = 1
    newline: str = "\n"
    flags: tuple[str, ...] = ()


ELSEWHERE = "Ünï $x/`a b`/" + "deep/" * 12 + "project"
FEW = [
    Around(seed="1", locale="C", zone="Asia/Kathmandu", umask=0o077, order=-1),
    Around(seed="random", locale="tr_TR.ISO8859-9", folder=ELSEWHERE),
    Around(newline="\r\n", flags=("-OO",), zone="America/St_Johns", umask=0),
    *(Around(python, str(number)) for number, python in enumerate(PYTHONS, 2)),
]
EVERY = [
    Around(*parts)
    for parts in product(
        [sys.executable, *PYTHONS], ("0", "7"), ("C", "C.UTF-8"), ("UTC", "Asia/Kathmandu"),
        (0o022, 0o077), ("project", ELSEWHERE), (1, -1), ("\n", "\r\n"), ((), ("-OO",)),
    )
]  # fmt: skip


def chosen() -> list[Around]:
    return Random(WIDE).sample(EVERY, WIDE) if WIDE else FEW  # noqa: S311 - to repeat it


def files() -> dict[str, str]:
    """Some trees of every kind, the example, and a file with all that depends on a locale."""
    found = trees()
    some = [found[name] for name in sorted(found)[:: max(1, len(found) // PROJECTS)]]
    kept = {
        "pyproject.toml": '[tool.sigclock]\ntrack = ["outputs", "inputs"]\n',
        "\u0130I.py": LOCALES,
    }
    for number, tree in enumerate(some):
        kept[f"p{number}/pyproject.toml"] = "[tool.sigclock]\n"
        kept.update({f"p{number}/{path}": text for path, text in tree.items()})
    for path in sorted((ROOT / "examples/churn").glob("*.py")):
        kept[f"churn/{path.name}"] = path.read_text(encoding="utf-8")
    return kept


LOCALES = """\
from dataclasses import dataclass
from enum import Enum
from typing import Literal
from flytekit import task

class Farbe(Enum):
    ROT = "\u0131"
    BLAU = "\u0130\u0301"

@dataclass
class Größe:
    höhe: float
    \u0131i: set[Literal["ß", "i", "I", 1, True]]
    farbe: Farbe | None

@task(cache=True, cache_version="\u0661.0")
def fit(a: int, b: "Größe | int | None" = None) -> dict[str, Größe]: ...

@task(cache=True, cache_version=f"{1.10}-{0x10}-\u0131")
def computed(a: int) -> tuple[Größe, Farbe]: ...
"""


def locks(place: Path, around: Around) -> dict[str, bytes]:
    """Write the tree, in an order and with line ends, and lock it in these surroundings."""
    repo = Repo.init(place / around.folder)
    repo.git("config", "core.autocrlf", "true" if around.newline == "\r\n" else "false")
    for path, text in sorted(files().items())[:: around.order]:
        repo.write(path, text.replace("\n", around.newline))
    subprocess.run(
        [around.python, *around.flags, "-m", "sigclock", "-C", str(repo.path), "update", "-q"],
        env={
            "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": around.seed,
            "LC_ALL": around.locale, "PYTHONUTF8": "0", "TZ": around.zone, "HOME": str(place),
            **ENVIRONMENT,
        },
        umask=around.umask,
        capture_output=True,
        check=False,
    )  # fmt: skip
    return {
        path.parent.relative_to(repo.path).as_posix(): path.read_bytes()
        for path in sorted(repo.path.rglob(LOCK_NAME))
    }


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    found = locks(tmp_path_factory.mktemp("usual"), Around())
    assert len(found) > PROJECTS
    return found


@pytest.mark.parametrize("around", chosen(), ids=str)
def test_the_lock_has_the_same_bytes(
    around: Around, usual: dict[str, bytes], tmp_path: Path
) -> None:
    found = locks(tmp_path, around)
    assert [
        name for name in usual.keys() | found.keys() if usual.get(name) != found.get(name)
    ] == []
