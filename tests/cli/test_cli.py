from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import jsonschema
import pytest
from support.git import Repo
from support.projects import COUNT, FIT, STATS, Project

from sigclock.cli.error_handler import guarded
from sigclock.reports import REPORTERS
from sigclock.source import LOCK_NAME
from sigclock.verdict.rules import RULES

if TYPE_CHECKING:
    from pathlib import Path


class Done(NamedTuple):
    """How a process ended, and what it said."""

    status: int
    out: str
    err: str


def run(place: Path, *arguments: str, **environment: str) -> Done:
    done = subprocess.run(
        [sys.executable, "-m", "sigclock", *arguments],
        cwd=place,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def refused(message: str, advice: str) -> Done:
    return Done(2, "", f"sigclock: error: {message}\n  {advice}\n")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.of(tmp_path / "project", {"stats.py": STATS, "fit.py": FIT})


@pytest.fixture
def stale(project: Project) -> Project:
    """A project with a bump due."""
    project.write("stats.py", STATS + COUNT)
    return project


# -- exit status -------------------------------------------------------------------------------


def test_a_clean_project_ends_with_0(project: Project) -> None:
    assert run(project.path, "check", "-q") == Done(0, "", "")


def test_a_finding_ends_with_1(stale: Project) -> None:
    assert run(stale.path, "check", "-q").status == 1


def test_what_update_fixed_ends_with_0(stale: Project) -> None:
    assert run(stale.path, "update").status == 0


@pytest.mark.parametrize(("arguments", "status"), [(["--check"], 1), (["--diff"], 0)])
def test_a_dry_update_writes_nothing(stale: Project, arguments: list[str], status: int) -> None:
    before = stale.state()
    assert run(stale.path, "update", *arguments).status == status
    assert stale.state() == before


def test_a_patch_is_all_that_is_printed_and_git_applies_it(stale: Project) -> None:
    done = run(stale.path, "update", "--diff")
    (stale.path.parent / "patch").write_text(done.out, encoding="utf-8")
    stale.git("apply", "../patch")
    assert (done.err, run(stale.path, "check", "-q")) == ("", Done(0, "", ""))


def test_a_check_of_nothing_to_do_ends_with_0(project: Project) -> None:
    assert run(project.path, "update", "--check").status == 0


@pytest.mark.parametrize(
    ("arguments", "status"),
    [([], 0), (["--fail-on", "warning"], 1), (["--select", "stale-cache"], 0)],
)
def test_a_warning_fails_when_asked_to(project: Project, arguments: list[str], status: int) -> None:
    project.edit("fit.py", "-> Stats", "-> set")
    project.update()
    assert run(project.path, "check", *arguments).status == status


def test_a_bug_ends_with_3_and_says_where_to_report_it() -> None:
    broken = (
        "import sigclock.cli.commands.rules as r\n"
        "def run(form): raise RuntimeError('oh')\n"
        "r.run = run\n"
    )
    code = f"{broken}from sigclock.cli import main\nmain(['rules'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, text=True)
    assert (done.returncode, done.stdout) == (3, "")
    assert "RuntimeError: oh" in done.stderr
    assert "this is a bug in sigclock, please report it at https://" in done.stderr


def test_an_interrupt_ends_with_130() -> None:
    broken = (
        "import sigclock.cli.commands.rules as r\n"
        "def run(form): raise KeyboardInterrupt\n"
        "r.run = run\n"
    )
    code = f"{broken}from sigclock.cli import main\nmain(['rules'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, text=True)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.strip() == "interrupted; nothing is half written, run the command again"


# -- refusals ----------------------------------------------------------------------------------


def test_no_repository(tmp_path: Path) -> None:
    assert run(tmp_path, "check") == refused(
        "this is not a Git repository",
        "run sigclock inside a repository (or with -C DIR), or make one with: git init",
    )


def test_no_such_directory(tmp_path: Path) -> None:
    assert run(tmp_path, "-C", "gone", "check") == refused(
        "'gone' is not a directory", "give the -C option a directory that exists"
    )


def test_a_repository_without_a_commit_is_updated_and_checked(empty_repo: Repo) -> None:
    empty_repo.write("stats.py", STATS)
    empty_repo.write("fit.py", FIT)
    assert run(empty_repo.path, "update").status == 0
    assert run(empty_repo.path, "check", "-q") == Done(0, "", "")


@pytest.mark.parametrize("arguments", [["diff"], ["diff", "HEAD~1"], ["check", "--against", "@"]])
def test_nothing_to_compare_with_before_the_first_commit(
    empty_repo: Repo, arguments: list[str]
) -> None:
    assert run(empty_repo.path, *arguments) == refused(
        "there is no commit yet, so HEAD names none",
        "commit first; `sigclock update` and `sigclock check` need no commit",
    )


@pytest.mark.parametrize(
    "arguments", [["diff", "gone"], ["diff", "HEAD", "gone"], ["check", "--against", "gone"]]
)
def test_an_unknown_revision(project: Project, arguments: list[str]) -> None:
    assert run(project.path, *arguments) == refused(
        "unknown revision 'gone'",
        "check its spelling (git branch -a, git tag)",
    )


@pytest.mark.parametrize("verb", ["update", "check", "init"])
def test_a_damaged_lock_is_never_overwritten(project: Project, verb: str) -> None:
    project.write(LOCK_NAME, '{"version": 1,\n')
    assert run(project.path, verb) == refused(
        f"{LOCK_NAME}:2: not JSON: Expecting property name enclosed in double quotes (column 1)",
        f"restore it (git checkout -- {LOCK_NAME}), or remove it and run `sigclock update`",
    )
    assert project.read(LOCK_NAME) == '{"version": 1,\n'


def test_a_lock_with_a_wrong_part_names_it(project: Project) -> None:
    project.edit(LOCK_NAME, '"mean": "float"', '"mean": 1')
    assert run(project.path, "check") == refused(
        f"{LOCK_NAME}: $.definitions.'stats.Stats'.fields.mean: expected a string, found a number",
        f"restore it (git checkout -- {LOCK_NAME}), or remove it and run `sigclock update`",
    )


def test_a_newer_lock_names_the_release_that_reads_it(project: Project) -> None:
    project.write(LOCK_NAME, '{"version": 3, "requires": "sigclock >= 9"}\n')
    assert run(project.path, "update") == refused(
        f"{LOCK_NAME}: the lock has version 3, which this sigclock does not know",
        "install sigclock >= 9",
    )


KEYS = (
    "source-roots, include, exclude, bump, shared-versions, fail-on, select, ignore, "
    "task-decorators, not-tasks, void, track, guard, guard-unknown"
)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('sourceroots = ["a"]', "unknown key 'sourceroots'; did you mean 'source-roots'?"),
    ],
)
def test_a_wrong_configuration(project: Project, line: str, message: str) -> None:
    project.write("pyproject.toml", f"[tool.sigclock]\n{line}\n")
    key = line.partition(" ")[0]
    assert run(project.path, "check") == refused(
        f"pyproject.toml:2: tool.sigclock.{key}: {message}", f"[tool.sigclock] has the keys {KEYS}"
    )


def test_an_unknown_rule(project: Project) -> None:
    assert run(project.path, "check", "--ignore", "stale-cash") == refused(
        "--ignore names 'stale-cash', which is not a rule", "did you mean 'stale-cache'?"
    )


def test_an_unknown_format(project: Project) -> None:
    assert run(project.path, "check", "--format", "xml") == refused(
        "unknown format 'xml'", f"choose from {', '.join(REPORTERS)}"
    )


def test_an_unknown_option_is_refused(project: Project) -> None:
    done = run(project.path, "check", "--fix")
    assert (done.status, done.out) == (2, "")
    assert "no such option" in done.err


def test_a_file_that_does_not_parse_is_a_finding(project: Project) -> None:
    project.write("fit.py", FIT.replace("Stats:", "Stats"))
    done = run(project.path, "check", "-q")
    assert (done.status, done.err) == (1, "")
    assert done.out == (
        "fit.py:5:28: error[unreadable-source] fit.py may hold tasks and cannot be read: "
        "expected ':'\n"
    )


def test_a_bare_repository_is_checked_and_not_updated(project: Project, tmp_path: Path) -> None:
    project.git("clone", "-q", "--bare", str(project.path), str(tmp_path / "bare"))
    assert run(tmp_path / "bare", "check", "-q") == Done(0, "", "")
    assert run(tmp_path / "bare", "update") == refused(
        "this repository is bare: there is no work tree to update",
        "run `sigclock update` in a clone with a work tree; `check` works here",
    )


def test_a_detached_head_changes_nothing(stale: Project) -> None:
    stale.git("checkout", "-q", "--detach")
    assert run(stale.path, "update").status == 0
    assert run(stale.path, "check", "-q") == Done(0, "", "")


def test_a_directory_below_the_root_sees_the_whole_project(stale: Project) -> None:
    stale.write("pkg/deep/.keep", "")
    assert run(stale.path / "pkg/deep", "check", "-q").status == 1


# -- what is printed ---------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["check"], ["update"], ["update", "--check"], ["diff"]])
def test_a_json_report_fulfils_the_schema(stale: Project, arguments: list[str]) -> None:
    done = run(stale.path, *arguments, "--format", "json")
    jsonschema.validate(json.loads(done.out), json.loads(run(stale.path, "schema").out))
    assert done.err == ""


def test_a_lock_fulfils_its_schema(stale: Project) -> None:
    described = json.loads(run(stale.path, "schema", "lock").out)
    stale.write("load.py", FIT.replace("fit(", "load("))
    stale.update()
    (stale.path / "load.py").unlink()
    stale.write("stats.py", STATS)
    stale.update(bump=False)
    jsonschema.validate(json.loads(stale.read(LOCK_NAME)), described)


@pytest.mark.parametrize("environment", [{}, {"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_pipe_gets_no_colour(stale: Project, environment: dict[str, str]) -> None:
    assert "\x1b" not in run(stale.path, "check", **environment).out


def test_colour_can_be_forced(stale: Project) -> None:
    assert "\x1b[" in run(stale.path, "check", "--color", "always").out


def test_a_report_goes_to_a_file_too(stale: Project) -> None:
    done = run(stale.path, "check", "--format", "text", "--format", "json:../report.json")
    report = json.loads((stale.path.parent / "report.json").read_text(encoding="utf-8"))
    assert (report["version"], done.out != "", done.err) == (2, True, "")


def test_rules_lists_them_all(tmp_path: Path) -> None:
    lines = run(tmp_path, "rules").out.splitlines()
    assert [line.split()[0] for line in lines] == list(RULES)


def test_too_little_memory_is_no_bug(capsys: pytest.CaptureFixture[str]) -> None:
    status = guarded(lambda: bytearray(2**62))
    assert (status, capsys.readouterr().err.splitlines()[0]) == (
        2,
        "sigclock: error: there is not enough memory for this repository",
    )
