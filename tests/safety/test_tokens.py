"""A token is in no output: not if a forge repeats it, not if a library puts it into its message."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from support.forge_server import TOKEN, Answer, Fault, serving
from support.forge_servers import GitHubServer
from support.hooked import ROOT
from support.projects import COUNT, FIT, STATS, Project

POST = ("--forge", "github", "--repository", "acme/pipeline", "--number", "7", "--require-post")
GITLAB = (
    *("--forge", "gitlab", "--repository", "acme/pipeline", "--number", "7", "--require-post"),
    *("--api-url", f"http://me:{TOKEN}@127.0.0.1:9/{TOKEN}"),
)
#: A bug whose message has the token in it.
BUG = """\
import os, sys
from sigclock.cli.commands import comment
def broken(*_, **__):
    raise RuntimeError("could not send " + repr({"Authorization": os.environ["GITHUB_TOKEN"]}))
comment.post = broken
from sigclock.cli import main
main()
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project.of(
        tmp_path_factory.mktemp("tokens") / "project", {"stats.py": STATS, "fit.py": FIT}
    )
    project.write("stats.py", STATS + COUNT)
    project.commit("stale")
    return project


def comment(
    project: Project, *options: str, token: str = TOKEN, start: tuple[str, ...] = ("-m", "sigclock")
) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, *start, "comment", "--base", "HEAD~1", *POST, *options],
        cwd=project.path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "GITHUB_TOKEN": token, "GITHUB_ACTIONS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("url", "token"),
    [
        ("http://127.0.0.1:9", TOKEN),
        (f"http://me:{TOKEN}@127.0.0.1:9/{TOKEN}", TOKEN),
        ("http://127.0.0.1:9", f"{TOKEN}\n"),
        ("http://127.0.0.1:9", f"{TOKEN}\u20ac"),
    ],
    ids=["closed", "password", "newline", "letter"],
)
def test_what_cannot_be_posted_is_said_without_the_token(
    project: Project, url: str, token: str
) -> None:
    status, said = comment(project, "--api-url", url, "-v", token=token)
    assert (status, TOKEN in said) == (2, False), said


@pytest.mark.parametrize("token", [TOKEN, f"{TOKEN}\n", f"{TOKEN}\u20ac"])
def test_gitlab_is_told_no_more(project: Project, token: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sigclock", "comment", "--base", "HEAD~1", *GITLAB, "-v"],
        cwd=project.path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "GITLAB_TOKEN": token, "GITHUB_ACTIONS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert (done.returncode, TOKEN in said) == (2, False), said


def test_a_forge_that_repeats_it_is_not_quoted(project: Project) -> None:
    with serving(GitHubServer()) as server:
        server.faults.append(Fault("GET", Answer(500, {"message": f"bad {TOKEN}"}, {})))
        status, said = comment(project, "--api-url", server.url, "-v")
    assert (status, TOKEN in said) == (2, False), said


def test_a_bug_is_told_without_it(project: Project) -> None:
    status, said = comment(project, "-v", start=("-c", BUG))
    assert (status, TOKEN in said, "'Authorization': '***'" in said) == (3, False, True), said
