"""A fork's pull request: one run judges without secrets, another one comments without the code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.forge_server import TOKEN, GitHubServer, serving
from support.reviews import LOSS, Author, Done, actions, following, read_expected, sigclock

SIGNED = "<!-- sigclock:. -->\n" + read_expected("stale")
NASTY = "@everyone <img src=x onerror=y> [a](javascript:b) <!-- x --> | ![](http://x/y.png)"


class Fork:
    """Both runs, each in a folder of its own; the second one has neither repository nor code."""

    def __init__(self, place: Path, server: GitHubServer) -> None:
        self.author = Author.at(place / "author")
        self.author.push({"models.py": LOSS})
        self.server = server
        self.file = place / "sigclock.json"
        self.first, self.second = place / "first", place / "second"
        self.first.mkdir()
        self.second.mkdir()
        server.source = {"full_name": "eve/pipeline", "ref": "work", "sha": self.head}

    @property
    def head(self) -> str:
        return self.author.git("rev-parse", "work")

    def judge(self) -> Done:
        environ = actions(self.author, self.first, "http://127.0.0.1:1", fork="eve")
        environ.pop("GITHUB_TOKEN")
        arguments = ("comment", "--dry-run", "--output", str(self.file))
        return sigclock(self.author.path, *arguments, environ=environ)

    def say(self, *arguments: str) -> Done:
        environ = following(self.author, self.second, self.server.url, fork="eve")
        return sigclock(
            self.second, "comment", "--from", str(self.file), *arguments, environ=environ
        )

    def forge(self, **changes: Any) -> None:
        parcel = json.loads(self.file.read_bytes())
        self.file.write_text(json.dumps(parcel | changes), encoding="utf-8")

    @property
    def bodies(self) -> list[str]:
        return [remark.body for remark in self.server.remarks]


@pytest.fixture
def fork(tmp_path: Path) -> Any:
    with serving(server := GitHubServer()):
        yield Fork(tmp_path, server)


def test_the_second_run_says_what_the_first_one_found(fork: Fork) -> None:
    assert fork.judge().status == 1
    said = [fork.say() for _ in range(2)]
    url = "https://github.com/acme/pipeline/pull/7#issuecomment-1"
    assert said == [
        (0, "", f"sigclock: commented {url}\n"),
        (0, "", f"sigclock: the comment is current {url}\n"),
    ]
    assert fork.bodies == [SIGNED]


def test_a_pull_request_that_moved_on_waits_for_its_newer_run(fork: Fork) -> None:
    fork.judge()
    fork.server.source["sha"] = "c" * 40
    assert fork.say() == (
        0,
        "",
        "sigclock: the pull request has moved on, so its newer run will comment\n",
    )
    assert fork.bodies == []


def test_a_forged_number_is_refused(fork: Fork) -> None:
    fork.judge()
    fork.server.source["full_name"] = "ann/pipeline"
    done = fork.say()
    assert (done.status, done.stderr.splitlines()[0]) == (
        2,
        "sigclock: error: pull request 7 does not come from the branch that was judged",
    )
    assert fork.bodies == []


def test_a_pull_request_that_is_not_there_is_refused(fork: Fork) -> None:
    fork.judge()
    fork.forge(number=8)
    assert fork.say().stderr.startswith("sigclock: error: GitHub answered 404: Not Found\n")


def test_a_forged_report_is_only_text(fork: Fork) -> None:
    fork.judge()
    reviews = json.loads(fork.file.read_text(encoding="utf-8").replace("tasks.train", NASTY))
    fork.forge(reviews=reviews["reviews"])
    fork.say()
    (body,) = fork.bodies
    assert [
        bad for bad in ("@everyone", "<img", "](", "<!-- x", "http://", "![") if bad in body
    ] == []


def test_a_forged_project_cannot_end_the_mark(fork: Fork) -> None:
    fork.judge()
    review = json.loads(fork.file.read_bytes())["reviews"][0]
    fork.forge(reviews=[review | {"directory": "--> @everyone"}])
    fork.say()
    assert fork.bodies[0].splitlines()[0] == "<!-- sigclock:%2d;%2d;%3e;%20;%40;everyone -->"


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"\xff", b"[" * 100_000, b'{"version": 2}', b'{"version": 1, "number": "7"}'],
    ids=["empty", "a list", "no text", "deep", "newer", "a wrong type"],
)
def test_a_file_that_is_none_of_ours_is_refused(fork: Fork, data: bytes) -> None:
    fork.file.write_bytes(data)
    done = fork.say()
    assert (done.status, done.stdout) == (2, "")
    assert "is no file of this version's `comment --output`" in done.stderr


def test_a_number_that_nothing_confirms_is_refused(fork: Fork) -> None:
    fork.judge()
    arguments = ("comment", "--from", str(fork.file), "--forge", "github")
    done = sigclock(fork.second, *arguments, environ={"GITHUB_TOKEN": TOKEN})
    assert done.stderr.startswith(
        "sigclock: error: nothing confirms the number of the pull request\n"
    )


def test_a_file_about_another_pull_request_is_refused(fork: Fork) -> None:
    fork.judge()
    done = fork.say("--number", "8")
    assert done.stderr.startswith("sigclock: error: ")
    assert "is about pull request 7, and this job about 8" in done.stderr
