"""A format is one file and one line, and nothing else knows of it."""

from __future__ import annotations

from pathlib import Path

from support.extending import extended, run, stale_project

from sigclock.reports import REPORTERS

FORMAT = '''\
"""As few words as there can be."""


def render(report, style, /):
    """One line."""
    return f"{len(report.findings)} of {report.summary.tasks}, {style.verbose}\\n"
'''


def words(text: str) -> str:
    return " ".join(text.split())


def test_a_format(tmp_path: Path) -> None:
    stale = stale_project(tmp_path / "project")
    line = '    "junit": _lazy("junit"),'
    table = (line, f'{line}\n    "mine": _lazy("mine"),')
    env = extended(tmp_path / "copy", "reports/mine.py", FORMAT, "reports/__init__.py", table)
    known = ", ".join(REPORTERS)
    options = words(run(stale.path, env, "check", "-h")[1])
    assert f"{known} or mine; may be repeated." in options
    advice = f"choose from {known}, mine\n"
    assert run(stale.path, env, "check", "--format", "xml")[2].endswith(advice)
    arguments = ("check", "-v", "--format", "mine:told.txt", "--format", "mine")
    assert run(stale.path, env, *arguments)[:2] == (1, "2 of 1, 1\n")
    assert stale.read("told.txt") == "2 of 1, 1\n"
