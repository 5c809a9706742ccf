"""A new rule is one file in `verdict/rules/` and one line of its table, as CONTRIBUTING says."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from support.extending import differing, extended
from support.projects import FIT, STATS, Project

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RULE = '''\
"""A version that says nothing."""

from sigclock.verdict.case import Case, Fact
from sigclock.verdict.finding import Level, Rule

RULE = Rule(
    id="first-version",
    level=Level.ERROR,
    summary="A cached task never left its first version.",
    help="Somebody may have forgotten it. Look at its history.",
    before='VERSION = "1.0"\\n',
    after='VERSION = "1.1"\\n',
)
READS = frozenset({Fact.CACHED, Fact.TASK, Fact.SITE})


def find(case):
    for task in case.cached:
        if task.task.cache.version == "1.0":
            yield RULE.finding(task.site.location, f"{task.name} is at 1.0", task=task.name)
'''
FILE, TABLE = "verdict/rules/first_version.py", "verdict/rules/__init__.py"
LINE = ('    "verify_mismatch",', '    "verify_mismatch",\n    "first_version",')
WAIVED = 'cache_version="1.0")  # sigclock: ignore[first-version] it is new'


def sigclock(
    *arguments: str, cwd: Path, status: int = 0, env: Mapping[str, str] | None = None
) -> str:
    command = [sys.executable, "-m", "sigclock", *arguments]
    done = subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def test_a_file_and_a_line_make_a_rule(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    env = extended(copy, FILE, RULE, TABLE, LINE)
    assert differing(copy) == {FILE, TABLE}
    project = Project.of(tmp_path / "project", {"stats.py": STATS, "fit.py": FIT})
    place = project.path

    known = sigclock("rules", cwd=place)
    assert "first-version" not in known
    new = "first-version        error    A cached task never left its first version.\n"
    assert sigclock("rules", cwd=place, env=env) == known + new
    assert "Look at its history." in sigclock("explain", "first-version", cwd=place, env=env)

    check = ("check", "--select", "first-version")
    found = sigclock(*check, cwd=place, env=env, status=1)
    assert "error[first-version] fit.fit is at 1.0" in found
    sarif = json.loads(sigclock(*check, "--format", "sarif", cwd=place, env=env, status=1))
    (run,) = sarif["runs"]
    (result,) = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "first-version"
    assert result["message"]["text"] == "fit.fit is at 1.0"

    project.edit("fit.py", 'cache_version="1.0")', WAIVED)
    assert "first-version" not in sigclock("check", cwd=place, env=env)
    assert "not a rule" in sigclock("check", "-q", cwd=place)
    assert differing(copy) == {FILE, TABLE}
