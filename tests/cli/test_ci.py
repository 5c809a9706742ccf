"""The action and the templates, their steps run as a runner would, up to the forge's own server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.forge_server import TOKEN, GitHubServer, GitLabServer, serving
from support.git import ENVIRONMENT
from support.paths import README, ROOT
from support.reviews import (
    LOSS,
    PYTHON,
    Author,
    actions,
    in_shallow_clone,
    merge_request,
    read_expected,
    trusted,
)

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
CI = ROOT / "examples/ci"
SIGNED = "<!-- sigclock:. -->\n" + in_shallow_clone(read_expected("stale"))


class Runner:
    """Runs a step's script with bash as GitHub does, in `folder`, with this job's environment."""

    def __init__(self, place: Path, folder: Path, environ: dict[str, str]) -> None:
        self.folder = folder
        self.temp = place / "temp"
        self.temp.mkdir(exist_ok=True)
        self.environ = environ
        self.command = place / "sigclock"
        self.command.write_text(f'#!/bin/sh\nexec {sys.executable} -m sigclock "$@"\n')
        self.command.chmod(0o755)

    def script(self, text: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
        path = f"{self.command.parent}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text],
            cwd=self.folder,
            env={**ENVIRONMENT, **PYTHON, **self.environ, "PATH": path, **environ},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    def act(self, **given: str) -> subprocess.CompletedProcess[str]:
        """The second step of action.yml; nothing is installed."""
        return self.step(ACTION["runs"]["steps"][1], {"command": str(self.command), **given})

    def step(self, step: Any, given: dict[str, str]) -> subprocess.CompletedProcess[str]:
        inputs = {name: facts["default"] for name, facts in ACTION["inputs"].items()} | given
        environ = {name: self.value(text, inputs) for name, text in step["env"].items()}
        return self.script(step["run"], environ)

    def value(self, text: str, inputs: dict[str, str]) -> str:
        """The few expressions that the files use."""
        known = {
            "github.token": TOKEN,
            "github.action_path": str(ROOT),
            "runner.temp": str(self.temp),
            "github.event_name == 'pull_request_target' && '0' || '1'": "1",
            **{f"inputs.{name}": value for name, value in inputs.items()},
        }
        while found := re.search(r"\$\{\{ (.*?) \}\}", text):
            value = known[found[1]]
            text = text.replace(found[0], known.get(value, value))
        return text


def used_by(name: str) -> dict[str, str]:
    """What a workflow of ours gives to the action."""
    (job,) = yaml.safe_load((CI / name).read_text(encoding="utf-8"))["jobs"].values()
    (step,) = (step for step in job["steps"] if step["uses"].startswith("sigclock/sigclock@"))
    given: dict[str, str] = step.get("with", {})
    assert given.keys() <= ACTION["inputs"].keys()
    return given


@pytest.fixture
def author(tmp_path: Path) -> Author:
    author = Author.at(tmp_path / "author")
    author.push({"models.py": LOSS})
    author.merge()
    return author


def test_a_pull_request_of_the_repository_itself(author: Author, tmp_path: Path) -> None:
    clone = author.checkout(tmp_path / "clone")
    with serving(GitHubServer()) as server:
        runner = Runner(tmp_path, clone.path, actions(author, tmp_path, server.url))
        done = runner.act(**used_by("pull-request.yml"))
        assert (done.returncode, [remark.body for remark in server.remarks]) == (1, [SIGNED])
    assert "::error file=tasks.py,line=5," in done.stdout


def test_a_job_that_never_fails(author: Author, tmp_path: Path) -> None:
    with serving(GitHubServer()) as server:
        runner = Runner(tmp_path, author.path, actions(author, tmp_path, server.url))
        done = runner.act(**{"fail-on": "never", "sarif": str(tmp_path / "a b.sarif")})
        assert (done.returncode, len(server.remarks)) == (0, 1)
    assert (tmp_path / "a b.sarif").exists()


def test_a_run_that_cannot_judge_fails_all_the_same(author: Author, tmp_path: Path) -> None:
    runner = Runner(tmp_path, tmp_path, actions(author, tmp_path, "http://127.0.0.1:1"))
    assert runner.act(**{"fail-on": "never"}).returncode == 2


def test_a_pull_request_from_a_fork(author: Author, tmp_path: Path) -> None:
    clone = author.checkout(tmp_path / "clone", "main")
    with serving(server := GitHubServer()):
        runner = Runner(tmp_path, clone.path, trusted(author, tmp_path, server.url))
        done = runner.act(**used_by("fork.yml"))
        assert (done.returncode, [remark.body for remark in server.remarks]) == (1, [SIGNED])
    assert clone.git("rev-parse", "HEAD") == author.git("rev-parse", "main")


def test_the_readme_shows_the_workflow_as_it_is() -> None:
    blocks = re.findall(
        r"^```yaml\n(.*?)^```$", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    (block,) = (block for block in blocks if block.startswith("on:"))
    workflow = yaml.safe_load((CI / "pull-request.yml").read_text(encoding="utf-8"))
    assert yaml.safe_load(block).items() <= workflow.items()


def test_the_job_of_a_fork_has_the_files_of_the_base_only() -> None:
    workflow = yaml.safe_load((CI / "fork.yml").read_text(encoding="utf-8"))
    assert workflow["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert workflow[True] == "pull_request_target"
    checkout, action = workflow["jobs"]["sigclock"]["steps"]
    assert (checkout.keys(), action.keys()) == ({"uses"}, {"uses"})


def test_of_two_runs_the_newer_is_waited_for() -> None:
    groups = [
        yaml.safe_load(path.read_text(encoding="utf-8"))["concurrency"]["group"]
        for path in (CI / "fork.yml", CI / "pull-request.yml")
    ]
    assert groups == ["sigclock-${{ github.event.pull_request.number }}"] * 2
    job = yaml.safe_load((CI / "gitlab-ci.yml").read_text(encoding="utf-8"))["sigclock"]
    assert job["resource_group"] == "sigclock-$CI_MERGE_REQUEST_IID"


def test_no_expression_stands_in_a_script() -> None:
    assert [step["run"] for step in ACTION["runs"]["steps"] if "${{" in step["run"]] == []


def test_the_action_installs_what_it_came_with(tmp_path: Path) -> None:
    runner = Runner(tmp_path, tmp_path, {**os.environ, "PYTHONPATH": ""})
    done = runner.step(ACTION["runs"]["steps"][0], {})
    assert done.returncode == 0, done.stderr
    command = (str(runner.temp / "sigclock/bin/sigclock"), "comment", "--help")
    assert subprocess.run(command, check=True, capture_output=True).stdout.startswith(b"Usage: ")


def test_on_windows_programs_are_in_another_folder(author: Author, tmp_path: Path) -> None:
    with serving(GitHubServer()) as server:
        runner = Runner(tmp_path, author.path, actions(author, tmp_path, server.url))
        scripts = runner.temp / "sigclock/Scripts"
        scripts.mkdir(parents=True)
        runner.command.rename(scripts / "sigclock.exe")
        done = runner.step(ACTION["runs"]["steps"][1], {"fail-on": "never"})
        assert (done.returncode, len(server.remarks)) == (0, 1)


def test_gitlab(author: Author, tmp_path: Path) -> None:
    job = yaml.safe_load((CI / "gitlab-ci.yml").read_text(encoding="utf-8"))["sigclock"]
    install, *script = job["script"]
    assert "pip install" in install
    with serving(GitLabServer()) as server:
        clone = author.checkout(tmp_path / "clone", "work")
        runner = Runner(tmp_path, clone.path, merge_request(author, server.url))
        done = runner.script("\n".join(script), {})
        assert (done.returncode, [remark.body for remark in server.remarks]) == (1, [SIGNED])
    reports = job["artifacts"]["reports"].values()
    assert [name for name in reports if not (clone.path / name).exists()] == []
