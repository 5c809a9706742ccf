"""`update --review` on a real terminal, and `update PATH`."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from support.projects import COUNT, FIT, STATS, TOTAL, Project

from sigclock.cli.main import cli
from sigclock.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

OTHER = STATS.replace("Stats", "Other")
LOAD = FIT.replace("stats import Stats", "other import Other").replace("Stats", "Other")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Two classes changed: each makes one task due."""
    files = {"stats.py": STATS, "fit.py": FIT, "other.py": OTHER, "lib/load.py": LOAD}
    project = Project.of(tmp_path / "project", files)
    project.write("stats.py", STATS + COUNT)
    project.write("other.py", OTHER + TOTAL)
    return project


def reviewed(project: Project, *typed: str) -> str:
    """What a terminal shows where these lines are typed."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "sigclock", "update", "--review"]
    with subprocess.Popen(
        command, cwd=project.path, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        os.write(ours, "".join(f"{line}\n" for line in typed).encode())
        shown = b""
        try:
            while part := os.read(ours, 4096):
                shown += part
        except OSError:
            pass  # Linux ends a terminal that nobody writes to so.
        process.wait()
    os.close(ours)
    return shown.decode().replace("\r\n", "\n")


def versions(project: Project) -> tuple[str, str]:
    texts = (project.read("fit.py"), project.read("lib/load.py"))
    first, second = (text.partition('cache_version="')[2].partition('"')[0] for text in texts)
    return first, second


def test_each_cause_is_asked_about(project: Project) -> None:
    shown = reviewed(project, "b", "l")
    assert versions(project) == ("1.1", "1.0")
    assert "field count: int added to stats.Stats" in shown
    # Colours reach the terminal as what they are.
    assert ("\x1b[1mstats.py:6:5\x1b[0m" in shown, "\\x1b" in shown) == (True, False)
    assert ("1 of 2\n" in shown, "2 of 2\n" in shown) == (True, True)
    assert project.found() == [("lock-outdated", None), ("stale-cache", "lib.load.fit")]


def test_a_change_is_accepted_with_a_reason(project: Project) -> None:
    shown = reviewed(project, "a", "it is always empty", "b")
    assert versions(project) == ("1.0", "1.1")
    assert "accepted for fit.fit: it is always empty" in shown
    assert project.found() == []


def test_what_is_left_at_the_end_stays(project: Project) -> None:
    reviewed(project, "q")
    assert versions(project) == ("1.0", "1.0")


def test_nobody_is_asked_without_a_terminal(project: Project) -> None:
    done = CliRunner().invoke(
        cli, ["-C", str(project.path), "update", "--review"], standalone_mode=False
    )
    assert isinstance(done.exception, UsageError)
    assert (done.exception.message, versions(project)) == (
        "a review needs a terminal to ask on",
        ("1.0", "1.0"),
    )


@pytest.mark.parametrize("option", ["--check", "--diff"])
def test_a_review_is_no_dry_run(project: Project, option: str) -> None:
    arguments = ["-C", str(project.path), "update", "--review", option]
    done = CliRunner().invoke(cli, arguments, standalone_mode=False)
    assert isinstance(done.exception, UsageError)
    assert done.exception.message.startswith("--review writes what is decided")


def test_a_path_narrows_what_is_bumped(project: Project) -> None:
    place = str(project.path / "lib")
    done = CliRunner().invoke(
        cli, ["-C", str(project.path), "update", place], standalone_mode=False
    )
    assert (done.exception, done.return_value) == (None, 1)
    assert versions(project) == ("1.0", "1.1")
    assert "1 finding elsewhere, not shown" in done.output
