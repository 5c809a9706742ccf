"""A copy of the package with one file more and one line of a table changed."""

from __future__ import annotations

import os
import shutil
from filecmp import dircmp
from typing import TYPE_CHECKING

from readme import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGE = ROOT / "sigclock"


def extended(
    place: Path, new_file: str, text: str, table: str, line: tuple[str, str]
) -> dict[str, str]:
    """The environment in which a fresh process runs the copy in `place`.

    `new_file` and `table` are paths within the package. The one line of the table that holds the
    first half of `line` gets the second in its place, which may be that line and the next.
    """
    copy = place / "sigclock"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    assert not (copy / new_file).exists()
    (copy / new_file).write_text(text, encoding="utf-8")
    before = (copy / table).read_text(encoding="utf-8")
    old, new = line
    assert before.count(old) == 1
    assert "\n" not in old
    assert new.count("\n") <= 1
    (copy / table).write_text(before.replace(old, new), encoding="utf-8")
    assert sorted(_differing(dircmp(PACKAGE, copy, ignore=["__pycache__"]))) == sorted(
        [new_file, table]
    )
    return {**os.environ, "PYTHONPATH": str(place)}


def _differing(compared: dircmp[str], folder: str = "") -> Iterator[str]:
    for name in (*compared.left_only, *compared.right_only, *compared.diff_files):
        yield f"{folder}{name}"
    for name, inner in compared.subdirs.items():
        yield from _differing(inner, f"{folder}{name}/")
