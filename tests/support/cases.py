"""Pairs of small projects and the whole report that `check` gives of the second.

`PYTHONPATH=tests python -m support.cases` writes what is expected anew; read the difference.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from sigclock.reports.json import render
from support.git import Repo
from support.projects import Project

#: A report as JSON has it.
Told = dict[str, Any]

CASES = Path(__file__).parent.parent / "cases"
#: What a case has been through before `current` lies in the work tree, as far as it is there.
PAST = ("earlier", "baseline")


def names() -> list[str]:
    """`rule/case`, sorted."""
    return sorted(path.parent.relative_to(CASES).as_posix() for path in CASES.glob("*/*/current"))


def report(case: str, place: Path) -> Told:
    """Lock and commit each earlier state, lay the current one in the work tree, and check it."""
    return _report(laid(case, place))


def laid(case: str, place: Path) -> Project:
    """A case in a repository: its earlier states committed, the current one in the work tree."""
    project = Project(Repo.init(place).path)
    for state in PAST:
        if (CASES / case / state).is_dir():
            _lay(project, CASES / case / state)
            project.update()
            project.commit(state)
    _lay(project, CASES / case / "current")
    return project


def standing(case: str, state: str, place: Path) -> Told:
    """One state of a case, locked, held against itself."""
    project = Project(Repo.init(place).path)
    _lay(project, CASES / case / state)
    project.update(bump=False)
    return _report(project)


def expected(case: str) -> Told:
    text = (CASES / case / "expected.json").read_text(encoding="utf-8")
    read: Told = json.loads(text)
    return read


def _report(project: Project) -> Told:
    """The JSON report, without the release that wrote it."""
    told: Told = json.loads(render(project.check()))
    return {key: part for key, part in told.items() if key != "tool"}


def _lay(project: Project, source: Path) -> None:
    """The files of a state, and no others but the lock's.

    `pyproject.toml.case` is its configuration: under its own name it would be one of this project.
    """
    for path in project.path.rglob("*.py"):
        path.unlink()
    # Git takes a file of the same size and the same old time for unchanged, so the times are new.
    shutil.copytree(source, project.path, dirs_exist_ok=True, copy_function=shutil.copyfile)
    for path in project.path.rglob("*.case"):
        path.replace(path.with_suffix(""))


def main() -> None:
    for case in names():
        with tempfile.TemporaryDirectory() as place:
            told = json.dumps(report(case, Path(place) / "case"), indent=2)
        (CASES / case / "expected.json").write_text(f"{told}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
