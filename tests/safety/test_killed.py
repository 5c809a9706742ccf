"""Killed at any write: every file is wholly as before or as after, and the next run ends alike."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.hooked import ROOT
from support.projects import COUNT, FIT, STATS, Project

KILLER = Path(__file__).with_name("killer.py")
SHARED = """\
from flytekit import task
from stats import Stats
from versions import VERSION

@task(cache=True, cache_version=VERSION)
def load(path: str) -> Stats: ...
"""
FILES = {"stats.py": STATS, "a/fit.py": FIT, "load.py": SHARED, "versions.py": 'VERSION = "7"\n'}
MINE = {"a/.sigclock-mine.tmp": "mine"}

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def due(path: Path) -> Project:
    """Two due literals in two folders, one of them imported; a file of the user's like a draft."""
    project = Project.of(path, FILES)
    project.write_all(MINE)
    project.write("stats.py", STATS + COUNT)
    return project


def killed(program: Path, tmp_path: Path, *arguments: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [
            sys.executable,
            str(program),
            str(tmp_path / "pristine"),
            str(tmp_path / "runs"),
            *arguments,
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        check=True,
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def undisturbed(project: Project, path: Path) -> dict[str, str]:
    shutil.copytree(project.path, path)
    whole = Project(path)
    whole.update()
    return text(whole)


def text(project: Project) -> dict[str, str]:
    return {path: data.decode() for path, data in project.state().items()} | MINE


def test_update_killed_at_any_write(tmp_path: Path) -> None:
    project = due(tmp_path / "pristine")
    before, after = text(project), undisturbed(project, tmp_path / "whole")
    runs = killed(KILLER, tmp_path, "update", "--quiet")
    assert [run for run in runs if not_whole(run["left"], before, after)] == []
    assert [run for run in runs if (run["repaired"], run["after"]) != (0, after)] == []
    assert [run for run in runs if run["after_notes"]] == []
    stopped = [run["kind"] for run in runs if run["status"]]
    assert stopped.count("SIGKILL") >= 12
    assert {*stopped} == {"SIGKILL", "SIGTERM", "SIGINT", "SIGXFSZ"}


def not_whole(left: dict[str, str], before: dict[str, str], after: dict[str, str]) -> bool:
    """Whether a file is neither as before nor as after; drafts are nobody's file."""
    files = {path: data for path, data in left.items() if path in MINE or not path.endswith(".tmp")}
    return files.keys() != before.keys() or any(
        data not in (before[path], after[path]) for path, data in files.items()
    )
