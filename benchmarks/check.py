"""Cold `sigclock check` beside reading and parsing the same files, and beside griffe.

    python benchmarks/check.py [PATH] [--runs N]

PATH is a package or a project; without it, the installed flytekit. It is copied into a Git
repository of its own and locked there. Every figure is a whole new process, in processor time,
which other work on the machine disturbs least; each run measures all of them in turn, and ratios
are taken within a run. The table has the medians.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from sigclock.extract import Options, markers

ROOT = Path(__file__).parent.parent
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


class Spent(NamedTuple):
    """Processor seconds and the peak of memory in MB of one process."""

    seconds: float
    memory: float


class Row(NamedTuple):
    """One line of the table: what was measured, over all runs."""

    name: str
    runs: list[Spent]

    def told(self, floor: Row) -> str:
        seconds = statistics.median(run.seconds for run in self.runs)
        pairs = zip(self.runs, floor.runs, strict=True)
        ratio = statistics.median(mine.seconds / base.seconds for mine, base in pairs)
        memory = statistics.median(run.memory for run in self.runs)
        return f"{self.name:<44} {seconds:>7.2f} s {ratio:>6.1f}x {memory:>6.0f} MB"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure a cold check.")
    parser.add_argument("path", nargs="?", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        work = _repository(arguments.path or _installed("flytekit"), Path(place) / "work")
        _run([sys.executable, "-m", "sigclock", "update", "-q"], work)
        _git(work, "add", "--all")
        _git(work, "commit", "-q", "--allow-empty", "--message", "lock")
        rows = _measure(_commands(), work, arguments.runs)
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


def _measure(commands: dict[str, list[str]], work: Path, runs: int) -> list[Row]:
    rows = [Row(name, []) for name in commands]
    for _ in range(runs):
        for row, command in zip(rows, commands.values(), strict=True):
            row.runs.append(_run(command, work))
    return rows


def _run(command: list[str], work: Path) -> Spent:
    """Statuses are not looked at: a check that finds something has worked as long."""
    quiet = subprocess.DEVNULL
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    process = subprocess.Popen(command, cwd=work, env=environment, stdout=quiet, stderr=quiet)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Spent(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def _installed(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        sys.exit(f"{package} is not installed; name a path")
    return Path(spec.origin).parent


def _repository(source: Path, work: Path) -> Path:
    """A package keeps its directory, so that it is imported under its own name."""
    target = work / source.name if (source / "__init__.py").exists() else work
    shutil.copytree(source, target, ignore=_IGNORED)
    _git(work, "init", "-q")
    _git(work, "add", "--all")
    _git(work, "commit", "-q", "--message", "sources")
    return work


def _git(work: Path, *arguments: str) -> None:
    names = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "core.autocrlf=false")
    subprocess.run(["git", *names, *arguments], cwd=work, check=True)


def _size(work: Path) -> str:
    files = list(work.rglob("*.py"))
    lines = sum(path.read_bytes().count(b"\n") for path in files)
    version = ".".join(map(str, sys.version_info[:2]))
    return f"{len(files)} Python files, {lines} lines, Python {version}"


if __name__ == "__main__":
    main()
