"""A cause is told once, however many tasks it reaches, and every command that is told runs."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from support.amount import sample
from support.cases import laid, names
from support.projects import Project

from sigclock.cli.main import cli
from sigclock.errors import UsageError
from sigclock.reports.paragraph import wrapped

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
    if done.exception is not None:
        raise done.exception
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


def texts(project: Project) -> dict[str, str]:
    """What each verb that prints text says here, by its command; a refusal says its sentence."""
    rows = json.loads(run(project, "tasks", "--format", "json")[1])
    verbs = ["check", "check -v", "update --check", "tasks", "diff HEAD", "audit --all", "rules"]
    verbs += ["hook status", "accept --list", "explain stale-cache"]
    tasks = [row["name"] for row in rows if row["name"]][:3]
    verbs += [f"{verb} {task}" for verb in ("explain", "log") for task in tasks]
    return {verb: _text(project, verb) for verb in verbs}


def _text(project: Project, command: str) -> str:
    try:
        return run(project, *shlex.split(command))[1]
    except UsageError as error:
        return f"{error.message}\n{error.advice}"


@pytest.mark.parametrize("case", sample(names(), str, 12))
def test_no_line_is_long(case: str, tmp_path: Path) -> None:
    told = texts(laid(case, tmp_path / "project"))
    assert [(verb, line) for verb, text in told.items() for line in long_lines(text)] == []


def test_no_line_is_long_where_names_are(tmp_path: Path) -> None:
    told = texts(of(tmp_path / "project", 4, 11))
    # A row of a table is one line, for programs.
    del told["tasks"]
    assert [(verb, line) for verb, text in told.items() for line in long_lines(text)] == []


def test_a_long_name_behind_a_long_place_begins_a_line() -> None:
    place = "a/rather/long/place/of/a/task.py:73:1: "
    told = place + wrapped("a.rather.long.name.of.a.task: is found", 60, len(place))
    assert told.splitlines() == [place, "    a.rather.long.name.of.a.task: is found"]


def long_lines(text: str) -> list[str]:
    """But for a place at the end, which is as long as folders here are."""
    lines = [re.sub(r" \(/\S+\)$", "", line) for line in text.splitlines()]
    return [line for line in lines if len(line) > 120]


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
