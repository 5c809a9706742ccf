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
from support.forge_server import TOKEN, serving
from support.forge_servers import (
    AzureServer,
    BitbucketServer,
    GiteaServer,
    GitHubServer,
    GitLabServer,
)
from support.git import ENVIRONMENT
from support.paths import README, ROOT
from support.reviews import (
    LOSS,
    PYTHON,
    Author,
    actions,
    azure_pipeline,
    bitbucket_pipeline,
    gitea_actions,
    in_shallow_clone,
    merge_request,
    read_expected,
    trusted,
    woodpecker,
)

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
CI = ROOT / "examples/ci"
WHOLE = "<!-- sigclock:. -->\n" + read_expected("stale")
SIGNED = "<!-- sigclock:. -->\n" + in_shallow_clone(read_expected("stale"))


class Runner:
    """Runs a step's script with bash as GitHub does, in `folder`, with this job's environment."""

    def __init__(self, place: Path, folder: Path, environ: dict[str, str]) -> None:
        self.folder = folder
        self.temp = place / "temp"
        self.temp.mkdir(exist_ok=True)
        self.environ = environ
        self.command = place / "sigclock"
        api = '${API:+--api-url "$API"}'  # where no variable of the CI names the API
        self.command.write_text(f'#!/bin/sh\nexec {sys.executable} -m sigclock "$@" {api}\n')
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

    def environment(self) -> str:
        """A folder in which a step before made the environment `sigclock`."""
        place = self.temp / "sigclock/bin"
        place.mkdir(parents=True)
        (place / "sigclock").symlink_to(self.command)
        return str(self.temp)

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


def stale(place: Path) -> Author:
    author = Author.at(place)
    author.push({"models.py": LOSS})
    author.merge()
    return author


@pytest.fixture(scope="module")
def author(tmp_path_factory: pytest.TempPathFactory) -> Author:
    """The pull request that all jobs judge; none of them changes it."""
    return stale(tmp_path_factory.mktemp("ci") / "author")


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


def commands(steps: list[str]) -> str:
    """A template's script without its first step, which installs sigclock."""
    install, *rest = steps
    assert install.endswith("install --quiet sigclock")
    return "\n".join(rest)


def read_template(name: str) -> Any:
    return yaml.safe_load((CI / name).read_text(encoding="utf-8"))


def test_on_windows_programs_are_in_another_folder(author: Author, tmp_path: Path) -> None:
    with serving(GitHubServer()) as server:
        runner = Runner(tmp_path, author.path, actions(author, tmp_path, server.url))
        scripts = runner.temp / "sigclock/Scripts"
        scripts.mkdir(parents=True)
        runner.command.rename(scripts / "sigclock.exe")
        done = runner.step(ACTION["runs"]["steps"][1], {"fail-on": "never"})
        assert (done.returncode, len(server.remarks)) == (0, 1)


def test_gitlab(author: Author, tmp_path: Path) -> None:
    job = read_template("gitlab-ci.yml")["sigclock"]
    with serving(GitLabServer()) as server:
        clone = author.checkout(tmp_path / "clone", "work")
        runner = Runner(tmp_path, clone.path, merge_request(author, server.url))
        done = runner.script(commands(job["script"]), {})
        assert (done.returncode, [remark.body for remark in server.remarks]) == (1, [SIGNED])
    reports = job["artifacts"]["reports"].values()
    assert [name for name in reports if not (clone.path / name).exists()] == []


def test_bitbucket(author: Author, tmp_path: Path) -> None:
    step = read_template("bitbucket-pipelines.yml")["pipelines"]["pull-requests"]["**"][0]["step"]
    with serving(BitbucketServer()) as server:
        clone = author.checkout(tmp_path / "clone", "work")
        runner = Runner(tmp_path, clone.path, bitbucket_pipeline(author, server.url))
        done = runner.script(commands(step["script"]), {"API": f"{server.url}/2.0"})
        assert (done.returncode, len(server.remarks)) == (1, 1), done.stderr
    assert (clone.path / "test-results/sigclock.xml").exists()
    mark, _, verdict, *rest = server.remarks[0].body.splitlines()
    assert (mark, verdict) == (
        "[sigclock:.]: #",
        "❌ **sigclock: 1 cache goes stale**, 1 recomputes.",
    )
    place = f"https://bitbucket.org/acme/pipeline/src/{author.git('rev-parse', 'work')}/tasks.py"
    assert f"| [`tasks.train`]({place}#lines-6) | `Model` + `loss: float` |" in "\n".join(rest)


def test_azure(author: Author, tmp_path: Path) -> None:
    (step,) = (s for s in read_template("azure-pipelines.yml")["steps"] if "script" in s)
    assert step["env"] == {"SYSTEM_ACCESSTOKEN": "$(System.AccessToken)"}
    clone = author.checkout(tmp_path / "clone")
    clone.git("fetch", "-q", "--unshallow", "origin", "refs/pull/7/merge")
    with serving(AzureServer()) as server:
        runner = Runner(tmp_path, clone.path, azure_pipeline(author, server.url))
        done = runner.script(commands(step["script"].splitlines()), {})
        assert (done.returncode, [remark.body for remark in server.remarks]) == (1, [WHOLE])
    assert (clone.path / "sigclock.xml").exists()
    assert done.stdout.startswith("##vso[task.logissue type=error;sourcepath=.sigclock.lock;line")


def test_gitea(author: Author, tmp_path: Path) -> None:
    steps = read_template("gitea.yml")["jobs"]["sigclock"]["steps"]
    script = commands([step["run"] for step in steps if "run" in step])
    with serving(GiteaServer()) as server:
        clone = author.checkout(tmp_path / "clone", "work")
        runner = Runner(tmp_path, clone.path, gitea_actions(author, tmp_path, server.url))
        done = runner.script(script, {"RUNNER_TEMP": runner.environment()})
        assert (done.returncode, len(server.remarks)) == (1, 1), done.stderr
        place = f"{server.url}/acme/pipeline/src/commit/{author.git('rev-parse', 'work')}"
        assert f"[`tasks.train`]({place}/tasks.py#L6)" in server.remarks[0].body
    assert (tmp_path / "summary.md").exists()


def test_woodpecker(author: Author, tmp_path: Path) -> None:
    step = read_template("woodpecker.yml")["steps"]["sigclock"]
    with serving(GiteaServer()) as server:
        clone = author.checkout(tmp_path / "clone", "work")
        runner = Runner(tmp_path, clone.path, woodpecker(author, server.url))
        done = runner.script(commands(step["commands"]), {})
        assert (done.returncode, [remark.body for remark in server.remarks]) == (1, [SIGNED])


def test_jenkins(author: Author, tmp_path: Path) -> None:
    """Its declarative words are read as text, for no Jenkins is at hand."""
    scripts = re.findall(r"^ *sh '(.*)'$", (CI / "Jenkinsfile").read_text("utf-8"), re.MULTILINE)
    clone = author.checkout(tmp_path / "clone", "work")
    runner = Runner(tmp_path, clone.path, {"CHANGE_TARGET": "main"})
    done = runner.script(scripts[-1], {"WORKSPACE_TMP": runner.environment()})
    assert (done.returncode, "stale-cache" in done.stdout) == (1, True), done.stderr
    assert (clone.path / "sigclock.xml").exists()


def test_a_merge_queue(author: Author, tmp_path: Path) -> None:
    *_, step = read_template("merge-queue.yml")["jobs"]["sigclock"]["steps"]
    assert step["env"] == {"BASE": "${{ github.event.merge_group.base_sha }}"}
    clone = author.checkout(tmp_path / "clone")
    runner = Runner(tmp_path, clone.path, {})
    done = runner.script(step["run"], {"BASE": author.git("rev-parse", "main")})
    assert (done.returncode, "stale-cache" in done.stdout) == (1, True), done.stderr


def test_a_push_to_a_server(tmp_path: Path) -> None:
    """To a bare one: refused with a finding, taken with the bump; other branches are free."""
    author = stale(tmp_path / "author")
    server = tmp_path / "server.git"
    author.git("clone", "-q", "--bare", str(author.path), str(server))
    hook = server / "hooks/pre-receive"
    hook.write_bytes((CI / "pre-receive").read_bytes())
    hook.chmod(0o755)
    runner = Runner(tmp_path, author.path, {})

    def push(refspec: str) -> tuple[int, str]:
        done = runner.script(f"git push -q {server} {refspec}", {})
        return done.returncode, done.stderr

    assert push("work:other") == (0, "")
    status, told = push("work:main")
    assert (status, "error[stale-cache]" in told, "[remote rejected]" in told) == (1, True, True)
    author.push({}, locked=True)
    status, told = push("work:main")
    assert (status, "Bumped 1 version." in told) == (0, True)
    assert push(":other") == (0, "")
