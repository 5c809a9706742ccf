"""A cause is told once, however many tasks it reaches, and every command that is told runs."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from support.amount import sample
from support.cases import laid, names
from support.projects import Project

from sigclock.cli.main import cli

if TYPE_CHECKING:
    from pathlib import Path

CLASS = """\
@dataclass
class C{0}:
    a: int
"""
TASK = """\
@task(cache=True, cache_version="1.0")
def a_task_with_a_rather_long_name_{0}(x: int) -> C{1}: ...
"""
HEAD = "from dataclasses import dataclass\nfrom flytekit import task\n"


def of(path: Path, classes: int, tasks: int) -> Project:
    """Some classes, each returned by some of the tasks; then each class gains a field."""
    models = HEAD + "".join(CLASS.format(number) for number in range(classes))
    flow = HEAD + "from models import *\n"
    flow += "".join(TASK.format(number, number % classes) for number in range(tasks))
    project = Project.of(path, {"models.py": models, "pipelines/training/flow.py": flow})
    project.write("models.py", models.replace("    a: int\n", "    a: int\n    b: int = 0\n"))
    return project


def run(project: Project, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["-C", str(project.path), *arguments], standalone_mode=False)
    assert done.exception is None, done.exception
    return int(done.return_value or 0), done.output


@pytest.mark.parametrize("verb", ["check", "update"])
@pytest.mark.parametrize(("classes", "tasks"), [(4, 11), (1, 200)])
def test_many_tasks_are_told_in_few_lines(
    tmp_path: Path, verb: str, classes: int, tasks: int
) -> None:
    project = of(tmp_path / "project", classes, tasks)
    lines = run(project, verb)[1].splitlines()
    assert (len(lines) <= 24, max(map(len, lines)) <= 120) == (True, True)
    causes = [line for line in lines if "added to models.C" in line]
    assert len(causes) == len(set(causes)) == classes


#: What a person has to fill in.
OPEN = re.compile(r"[A-Z]{4,}|…|\.\.\.")


@pytest.mark.parametrize("case", sample(names(), str, 3))
def test_every_command_that_is_told_runs_where_it_is_told(case: str, tmp_path: Path) -> None:
    project = laid(case, tmp_path / "project")
    told = run(project, "check")[1] + run(project, "update", "--diff")[1]
    commands = {text for text in re.findall(r"`sigclock ([^`]*)`", told) if not OPEN.search(text)}
    for command in sorted(commands, key=lambda text: (text.startswith("update"), text)):
        status, _ = run(project, *shlex.split(command))
        assert status in {0, 1}, command
