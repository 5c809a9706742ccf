"""Where new users were stopped: statements that were not true, and verdicts on nothing."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from support.projects import COUNT, FIT, STATS, Project

from sigclock.cli.commands import explain
from sigclock.cli.error_handler import guarded
from sigclock.cli.main import cli
from sigclock.errors import SigclockError
from sigclock.project.projects import Overrides

if TYPE_CHECKING:
    from pathlib import Path

CANNOT_RUN = 2
#: What a person has to fill in.
OPEN = re.compile(r"[A-Z]{4,}|…|\.\.\.")
MODELS = """\
from dataclasses import dataclass

@dataclass
class Stats:
    mean: float

@dataclass
class Score:
    value: float
"""
SHARED = """\
from flytekit import task
from models import Score, Stats
VERSION = "1.2.3"

@task(cache=True, cache_version=VERSION)
def fit(path: str) -> Stats: ...

@task(cache=True, cache_version=VERSION)
def score(path: str) -> Score: ...
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.of(tmp_path / "project", {"fit.py": FIT, "stats.py": STATS})


@pytest.fixture
def shared(tmp_path: Path) -> Project:
    """Two tasks with one version, of which both outputs changed, each by a class of its own."""
    files = {"flow.py": SHARED, "models.py": MODELS, "lib/other.py": "x = 1\n"}
    project = Project.of(tmp_path / "project", files)
    project.edit("models.py", "    mean: float\n", "    mean: float\n    count: int = 0\n")
    project.edit("models.py", "    value: float\n", "    value: float\n    rank: int = 0\n")
    return project


def run(project: Project, *arguments: str) -> str:
    done = CliRunner().invoke(cli, ["-C", str(project.path), *arguments], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.output


# -- what is said is true ----------------------------------------------------------------------


def test_what_a_run_bumped_is_not_told_as_due(shared: Project) -> None:
    told = run(shared, "update")
    assert "  flow.score  flow.py:3  1.2.3 → 1.2.4  " in told
    assert ("due 1.2.4" in told, "until the version moves" in told) == (False, False)


def test_outputs_and_inputs_are_counted_apart(tmp_path: Path) -> None:
    user = '@task(cache=True, cache_version="1.0")\ndef use(stats: Stats) -> int: ...\n'
    project = Project.of(tmp_path / "project", {"fit.py": FIT + user, "stats.py": STATS})
    project.write("stats.py", STATS + COUNT)
    assert "\n1 of 2 cached tasks changed outputs, 1 only inputs. Found" in run(project, "check")


def test_an_output_that_changed_with_an_input_is_a_stale_cache(tmp_path: Path) -> None:
    both = FIT.replace("path: str", "stats: Stats")
    project = Project.of(tmp_path / "project", {"fit.py": both, "stats.py": STATS})
    project.write("stats.py", STATS + COUNT)
    assert ("stale-cache", "fit.fit") in project.found()


def test_a_burnt_version_is_no_hit(project: Project) -> None:
    project.git("checkout", "-qb", "other")
    project.write("stats.py", STATS + COUNT)
    project.update()
    project.commit("count")
    project.git("checkout", "-q", "main")
    project.write("stats.py", STATS + "    total: float\n")
    with project.without("other"):
        project.update()
        project.commit("total")
    project.git("merge", "-q", "-s", "ours", "other")
    found = json.loads(run(project, "explain", "fit", "--format", "json"))
    assert found["prediction"]["local"] == "unknown"


@pytest.mark.parametrize("where", ["lib", "models.py"])
def test_a_part_of_the_tasks_is_not_told_as_all(shared: Project, where: str) -> None:
    told = run(shared, "check", str(shared.path / where))
    assert "keep their signatures" not in told
    # What is found of a task that is shown is shown, though its version stands elsewhere.
    assert ("error[stale-cache]" in told) == (where == "models.py")


def test_what_verify_could_not_compare_keeps_nothing(project: Project) -> None:
    project.write("fit.py", f"1 / 0\n{FIT}")
    told = run(project, "verify")
    assert ("ZeroDivisionError" in told, "keeps its signature" in told) == (True, False)


# -- nothing is green by looking at nothing ----------------------------------------------------


def test_an_audit_without_a_task_says_so(tmp_path: Path) -> None:
    project = Project(Project.init(tmp_path / "project").path)
    project.write("a.py", "x = 1\n")
    project.commit("first")
    assert run(project, "audit").startswith("No cached task over 1 commit")


def test_init_doubts_a_folder_without_a_task(tmp_path: Path) -> None:
    project = Project(Project.init(tmp_path / "project").path)
    assert "warning: there is no task in this repository" in run(project, "init")


# -- advice that helps -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("bump = 3", "bump takes increment, signature"),
        ('include = "a"', "`sigclock schema configuration` shows what each key takes"),
    ],
)
def test_a_wrong_value_is_answered_with_what_its_key_takes(
    project: Project, line: str, advice: str
) -> None:
    project.write("pyproject.toml", f"[tool.sigclock]\n{line}\n")
    with pytest.raises(SigclockError) as caught:
        run(project, "check")
    assert caught.value.advice == advice


def test_a_patch_has_the_colours_of_git(project: Project) -> None:
    project.write("stats.py", STATS + COUNT)
    assert "\x1b[32m+@task" in run(project, "update", "--diff", "--color", "always")


def test_code_to_copy_is_code(tmp_path: Path) -> None:
    inputs = ", ".join(f"a_rather_long_name_{number}: int" for number in range(6))
    void = f'@task(cache=True, cache_version="1.0")\ndef publish({inputs}) -> None: ...\n'
    source = f"from flytekit import task\n{void}"
    project = Project.of(tmp_path / "project", {"flow.py": source})
    told = explain.run(str(project.path), "publish", Overrides())
    block = told.partition("it runs every time")[2].partition(":\n")[2].partition("  or both")[0]
    compile("".join(line[6:] for line in block.splitlines(keepends=True)), "flow.py", "exec")


#: What is refused, in which state of the project: before the first commit, or with this file more.
REFUSED = [
    ("unborn", "diff HEAD"),
    ("unborn", "check --against HEAD~1"),
    ("", "accept --reason x nope"),
    ("", "accept --undo"),
    ("", "explain nope"),
    ("", "update --review"),
    ("", "check --no-such-option"),
    ("pyproject.toml", "check"),
]


@pytest.mark.parametrize(("state", "command"), REFUSED)
def test_a_command_that_an_error_tells_runs_there(
    state: str, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = Project(Project.init(tmp_path / "project").path)
    project.write_all({"fit.py": FIT, "stats.py": STATS})
    if state != "unborn":
        project.update()
        project.commit()
    if state.endswith(".toml"):
        project.write(state, "[tool.sigclock]\nguard = 3\n")
    assert main_status(project, command) == CANNOT_RUN
    told = re.findall(r"`sigclock ([^`]*)`", capsys.readouterr().err)
    statuses = {text: main_status(project, text) for text in told if not OPEN.search(text)}
    assert [text for text, status in statuses.items() if status not in {0, 1}] == []
    assert statuses or command == "explain nope"


def main_status(project: Project, command: str) -> int:
    return guarded(
        lambda: cli.main(
            ["-C", str(project.path), *shlex.split(command)],
            prog_name="sigclock",
            standalone_mode=False,
        )
    )
