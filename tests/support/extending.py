"""A copy of the package to which a plural's next member was added: one new file, one more line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from support.paths import ROOT
from support.projects import COUNT, FIT, STATS, Project

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PACKAGE = ROOT / "sigclock"


def extended(
    place: Path, new_file: str, text: str, table: str, line: tuple[str, str]
) -> dict[str, str]:
    """Copy the package to `place/sigclock`, write `new_file`, and change one line of `table`.

    Both paths are relative to the package. `line` is the text to change, which stands in the table
    exactly once and in one line, and what stands there instead, which may add one line. What comes
    back is the environment in which Python, `-m sigclock` for one, imports the copy.
    """
    copy = place / PACKAGE.name
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    assert not (copy / new_file).exists(), f"{new_file} is there already"
    (copy / new_file).write_text(text, encoding="utf-8")
    before, after = line
    known = (copy / table).read_text(encoding="utf-8")
    assert known.count(before) == 1, f"{before!r} stands {known.count(before)} times in {table}"
    assert "\n" not in before
    assert after.count("\n") <= 1
    (copy / table).write_text(known.replace(before, after), encoding="utf-8")
    # A `sigclock` that an installation found before would be another one; so would its bytecode.
    return {**os.environ, "PYTHONPATH": str(place), "PYTHONDONTWRITEBYTECODE": "1"}


def differing(place: Path) -> set[str]:
    """The files of the copy and of the package that are not the same in both, relative to them."""
    here, there = _files(PACKAGE), _files(place / PACKAGE.name)
    return {path for path in here.keys() | there.keys() if here.get(path) != there.get(path)}


def _files(package: Path) -> dict[str, bytes]:
    paths = (path for path in package.rglob("*") if path.is_file())
    return {
        path.relative_to(package).as_posix(): path.read_bytes()
        for path in paths
        if "__pycache__" not in path.parts
    }


def run(place: Path, environment: Mapping[str, str], *arguments: str) -> tuple[int, str, str]:
    """Status, output and errors of the copy's command line."""
    done = subprocess.run(
        [sys.executable, "-m", "sigclock", *arguments],
        cwd=place,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def stale_project(place: Path) -> Project:
    """A commit with a lock, and one after it that makes a bump due."""
    project = Project.of(place, {"stats.py": STATS, "fit.py": FIT})
    project.write("stats.py", STATS + COUNT)
    project.commit("one field more")
    return project
