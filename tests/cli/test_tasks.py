"""The list of tasks, what a class reaches, and a report of a part of the tree."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from support.projects import COUNT, FIT, STATS, Project

from sigclock.cli.commands import explain, tasks
from sigclock.cli.error_handler import guarded
from sigclock.cli.main import cli
from sigclock.errors import UsageError
from sigclock.project.projects import Overrides

if TYPE_CHECKING:
    from pathlib import Path

MORE = """\
import os
import vendor
from flytekit import task
from stats import Stats

@task(cache=True, cache_version=os.environ["V"])
def load(path: str) -> list[Stats]: ...

@task
def show(stats: Stats) -> None: ...

@vendor.step(cache=True)
def other() -> int: ...
"""
TABLE = """\
task           place           cache  version          output
fit.fit        fit.py:5        yes    1.0              stats.Stats
lib.more.load  lib/more.py:7   yes    os.environ['V']  list[stats.Stats]  computed
lib.more.show  lib/more.py:10  no                      nothing
?              lib/more.py:12  ?      ?                ?                  unrecognized-task
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.of(tmp_path / "project", {"stats.py": STATS, "fit.py": FIT, "lib/more.py": MORE})


def run(project: Project, *arguments: str, status: int = 0) -> str:
    done = CliRunner().invoke(cli, ["-C", str(project.path), *arguments], standalone_mode=False)
    assert done.exception is None, done.exception
    assert (done.return_value or 0) == status, done.output
    return done.output


def test_every_task_has_a_row(project: Project) -> None:
    assert run(project, "tasks") == TABLE


def test_a_path_narrows_it_and_the_rest_is_counted(project: Project) -> None:
    assert run(project, "tasks", "fit.py").splitlines()[1:] == [
        "fit.fit  fit.py:5  yes    1.0      stats.Stats",
        "3 tasks elsewhere",
    ]


def test_json_has_what_is_not_known_as_null(project: Project) -> None:
    rows = json.loads(run(project, "tasks", "--format", "json"))
    assert [(row["name"], row["cached"]) for row in rows] == [
        ("fit.fit", True),
        ("lib.more.load", True),
        ("lib.more.show", False),
        (None, None),
    ]


def test_the_findings_of_a_task_stand_in_its_row(project: Project) -> None:
    project.write("stats.py", STATS + COUNT)
    found = {row.name: row.findings for row in tasks.run(str(project.path), Overrides())}
    assert (found["fit.fit"], found["lib.more.load"]) == (
        ("stale-cache",),
        ("version-not-literal",),
    )


def test_a_class_is_explained_by_what_it_reaches(project: Project) -> None:
    assert explain.run(str(project.path), "Stats", Overrides()).splitlines() == [
        "dataclass stats.Stats  (stats.py:4)",
        "  mean: float  (stats.py:5)",
        "",
        "a change of its structure makes these versions due",
        "  fit.fit        fit.py:5       pinned '1.0', decorator at fit.py:4",
        "  lib.more.load  lib/more.py:7  computed \"os.environ['V']\"",
        "an input of lib.more.show",
    ]


def test_a_removed_task_is_explained_by_its_versions(project: Project) -> None:
    (project.path / "fit.py").unlink()
    project.update()
    told = explain.run(str(project.path), "fit", Overrides()).splitlines()
    assert (told[0], told[-1]) == ("fit.fit  (removed)", "`sigclock log fit.fit` shows its past")


def test_a_path_narrows_what_is_shown_and_not_the_status(project: Project) -> None:
    project.write("fit.py", FIT.replace("-> Stats", "-> int"))
    whole = run(project, "check", status=1)
    assert "fit.py:5:23: error[stale-cache] output o0 retyped: stats.Stats → int" in whole
    part = run(project, "check", str(project.path / "lib"), status=1)
    assert ("stale-cache" in part, "2 findings elsewhere, not shown" in part) == (False, True)


def test_a_path_that_is_not_there_is_refused(project: Project) -> None:
    done = CliRunner().invoke(
        cli, ["-C", str(project.path), "check", "../elsewhere"], standalone_mode=False
    )
    assert isinstance(done.exception, UsageError)
    assert "is not a file or folder of this repository" in done.exception.message


def test_the_folder_may_stand_behind_the_verb(project: Project) -> None:
    done = CliRunner().invoke(cli, ["tasks", "-C", str(project.path)], standalone_mode=False)
    assert done.output == TABLE


def test_two_revisions_may_be_named_as_a_range(project: Project) -> None:
    project.write("stats.py", STATS + COUNT)
    project.commit("more")
    told = run(project, "diff", "HEAD~1..HEAD")
    assert told == run(project, "diff", "HEAD~1", "HEAD")
    assert "field count: int added to stats.Stats" in told


def test_concise_is_a_line_a_finding(project: Project) -> None:
    project.write("stats.py", STATS + COUNT)
    lines = run(project, "check", "--format", "concise", status=1).splitlines()
    assert [line.partition(" ")[0] for line in lines] == [
        ".sigclock.lock:1:1:",
        "fit.py:4:33:",
        "lib/more.py:7:1:",
        "lib/more.py:12:2:",
    ]


@pytest.mark.parametrize("name", ["FORCE_COLOR", "CLICOLOR_FORCE"])
def test_variables_force_colours_and_links(
    project: Project, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "1")
    plain = run(project, "check")
    monkeypatch.setenv("FORCE_HYPERLINK", "1")
    linked = run(project, "check")
    assert "\x1b[1;33mwarning\x1b[0m" in plain
    assert ("\x1b]8;;" in plain, "\x1b]8;;https://" in linked) == (False, True)


def test_a_waiver_without_a_rule_is_an_error_that_shows_its_form(project: Project) -> None:
    project.edit("fit.py", "def fit", "# sigclock: ignore\ndef fit")
    found = [item for item in project.check().findings if item.rule == "unused-waiver"]
    assert [(item.level.value, item.line, item.message) for item in found] == [
        ("error", 5, "the waiver names no rule: write `# sigclock: ignore[RULE] reason`")
    ]


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("fi", ["fit.fit"]),
        ("lo", ["lib.more.load", "lock-outdated", "lock-shrunk"]),
        ("Sta", ["stats.Stats"]),
        ("sta", ["stats.Stats", "stale-cache"]),
    ],
)
def test_a_shell_completes_tasks_classes_and_rules(
    project: Project, typed: str, completed: list[str]
) -> None:
    variables = {
        "_SIGCLOCK_COMPLETE": "bash_complete",
        "COMP_WORDS": f"sigclock -C {project.path} explain {typed}",
        "COMP_CWORD": "4",
    }
    done = CliRunner().invoke(
        cli, [], prog_name="sigclock", complete_var="_SIGCLOCK_COMPLETE", env=variables
    )
    assert [line.partition(",")[2] for line in done.output.splitlines()] == completed


def test_the_files_and_settings_of_a_run_can_be_looked_at(project: Project) -> None:
    project.write("pyproject.toml", '[tool.sigclock]\nexclude = ["lib"]\n')
    assert run(project, "check", "--show-files") == "fit.py\nstats.py\n"
    shown = run(project, "check", "--show-settings").splitlines()
    assert shown[0] == "# pyproject.toml, lock .sigclock.lock"
    assert 'exclude = ["lib"]' in shown
    assert "# void is not set" in shown


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (["chekc"], "there is no command 'chekc'. Did you mean 'check'?"),
        (["check", "--formt"], "no such option '--formt'. Did you mean '--format'?"),
    ],
)
def test_what_is_mistyped_is_refused_in_the_form_of_all_errors(
    typed: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = guarded(lambda: cli.main(typed, prog_name="sigclock", standalone_mode=False))
    said = capsys.readouterr().err
    assert (status, said.partition("\n")[0]) == (2, f"sigclock: error: {told}")
