"""Cold `sigclock check` beside reading and parsing the same files, and beside griffe.

    python benchmarks/check.py [PATH] [--runs N]

PATH is a package or a project; without it, the installed flytekit. It is copied into a Git
repository of its own and locked there. Every figure is a whole new process, in processor time,
which other work on the machine disturbs least; each run measures all of them in turn, and ratios
are taken within a run. The table has the medians.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from timing import Command, Spent, forget, git, memory, paired, ratio, seconds, spent

from sigclock.tasks.extract import Options, markers

_IGNORED = shutil.ignore_patterns("__pycache__", ".git", "*.so", "*.pyc")

#: The floor: every file read, those with a word of an SDK in it parsed, nothing kept.
FLOOR = """\
import ast, pathlib, sys, warnings
warnings.simplefilter("ignore")
words = [word.encode() for word in sys.argv[1:]]
for path in pathlib.Path().rglob("*.py"):
    data = path.read_bytes()
    if any(word in data for word in words):
        try:
            ast.parse(data)
        except (SyntaxError, ValueError):
            pass
"""
GRIFFE = """\
import logging, pathlib, griffe
logging.disable()
here = pathlib.Path()
for package in sorted(path.parent for path in here.glob("*/__init__.py")):
    griffe.GriffeLoader(search_paths=[here]).load(package.name, try_relative_path=False)
"""


class Row(NamedTuple):
    """One line of the table: what was measured, over all runs."""

    name: str
    runs: list[Spent]

    def told(self, floor: Row) -> str:
        times = f"{seconds(self.runs):>7.2f} s {ratio(self.runs, floor.runs):>6.1f}x"
        return f"{self.name:<44} {times} {memory(self.runs):>6.0f} MB"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure a cold check.")
    parser.add_argument("path", nargs="?", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        work = _repository(arguments.path or _installed("flytekit"), Path(place) / "work")
        spent(Command([sys.executable, "-m", "sigclock", "update", "-q"], work))
        git(work, "add", "--all")
        git(work, "commit", "-q", "--allow-empty", "--message", "lock")
        found = paired(
            {name: Command(one, work, partial(forget, work)) for name, one in _commands().items()},
            arguments.runs,
        )
        rows = [Row(name, runs) for name, runs in found.items()]
        print(_size(work))
        for row in rows:
            print(row.told(rows[0]))


def _commands() -> dict[str, list[str]]:
    words = sorted(word.decode() for word in markers(Options()))
    return {
        "read all, ast.parse those that can hold tasks": [sys.executable, "-c", FLOOR, *words],
        "sigclock check, cold": [sys.executable, "-m", "sigclock", "check", "-q"],
        "griffe loads the same packages": [sys.executable, "-c", GRIFFE],
    }


def _installed(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        sys.exit(f"{package} is not installed; name a path")
    return Path(spec.origin).parent


def _repository(source: Path, work: Path) -> Path:
    """A package keeps its directory, so that it is imported under its own name."""
    target = work / source.name if (source / "__init__.py").exists() else work
    shutil.copytree(source, target, ignore=_IGNORED)
    git(work, "init", "-q")
    git(work, "add", "--all")
    git(work, "commit", "-q", "--message", "sources")
    return work


def _size(work: Path) -> str:
    files = list(work.rglob("*.py"))
    lines = sum(path.read_bytes().count(b"\n") for path in files)
    version = ".".join(map(str, sys.version_info[:2]))
    return f"{len(files)} Python files, {lines} lines, Python {version}"


if __name__ == "__main__":
    main()
