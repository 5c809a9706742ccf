"""What the environment of a CI job says: which commits, which conversation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sigclock.errors import UsageError
from sigclock.forges import FORGES
from sigclock.forges.comment import ForgeError, Target

A, B, ZEROS = "a" * 40, "b" * 40, "0" * 40
ACTIONS = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_REPOSITORY": "acme/pipeline",
    "GITHUB_API_URL": "https://api.github.com",
    "GITHUB_SHA": B,
}
GITLAB = {
    "GITLAB_CI": "true",
    "CI_API_V4_URL": "https://gitlab.example/api/v4",
    "CI_PROJECT_PATH": "acme/pipeline",
    "CI_COMMIT_SHA": B,
    "CI_COMMIT_BEFORE_SHA": ZEROS,
}
REQUEST = {
    "CI_MERGE_REQUEST_IID": "7",
    "CI_MERGE_REQUEST_PROJECT_PATH": "acme/pipeline",
    "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": "acme/pipeline",
    "CI_MERGE_REQUEST_DIFF_BASE_SHA": A,
}


@pytest.fixture
def event(tmp_path: Path) -> Path:
    """Where Actions writes the event of a job."""
    return tmp_path / "event.json"


def github(event: Path, payload: bytes) -> Target | None:
    event.write_bytes(payload)
    return FORGES["github"].detect(ACTIONS | {"GITHUB_EVENT_PATH": str(event)})


def gitlab(environ: dict[str, str]) -> Target | None:
    return FORGES["gitlab"].detect(environ)


def pull_request(source: str | None) -> dict[str, object]:
    repository = {"full_name": source} if source else None
    sides = {"base": {"sha": A}, "head": {"sha": B, "repo": repository}}
    return {"action": "opened", "pull_request": {"number": 7, **sides}}


API = "https://api.github.com"
EVENTS = {
    "a pull request": (
        pull_request("acme/pipeline"),
        Target(API, "acme/pipeline", 7, A, B),
    ),
    "from a fork": (
        pull_request("ann/pipeline"),
        Target(API, "acme/pipeline", 7, A, B, fork=True),
    ),
    "from a fork that is gone": (
        pull_request(None),
        Target(API, "acme/pipeline", 7, A, B, fork=True),
    ),
    "a merge group": (
        {"merge_group": {"base_sha": A, "head_sha": B}},
        Target(API, "acme/pipeline", None, A, B),
    ),
    "a push": ({"before": A, "after": B}, Target(API, "acme/pipeline", None, A, B)),
    "a new branch": ({"before": ZEROS, "after": B}, Target(API, "acme/pipeline", None, "", B)),
    "another event": ({"schedule": "0 0 * * *"}, Target(API, "acme/pipeline", None, "", B)),
}


@pytest.mark.parametrize(("said", "target"), EVENTS.values(), ids=EVENTS)
def test_github_actions(event: Path, said: object, target: Target) -> None:
    assert github(event, json.dumps(said).encode()) == target


PIPELINES = {
    "a merge request": (REQUEST, Target(GITLAB["CI_API_V4_URL"], "acme/pipeline", 7, A, B)),
    "of merged results": (
        REQUEST | {"CI_COMMIT_SHA": "c" * 40, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": B},
        Target(GITLAB["CI_API_V4_URL"], "acme/pipeline", 7, A, B),
    ),
    "from a fork": (
        REQUEST | {"CI_PROJECT_PATH": "ann/p", "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": "ann/p"},
        Target(GITLAB["CI_API_V4_URL"], "acme/pipeline", 7, A, B, fork=True),
    ),
    "a push": (
        {"CI_COMMIT_BEFORE_SHA": A},
        Target(GITLAB["CI_API_V4_URL"], "acme/pipeline", None, A, B),
    ),
    "a new branch": ({}, Target(GITLAB["CI_API_V4_URL"], "acme/pipeline", None, "", B)),
}


@pytest.mark.parametrize(("variables", "target"), PIPELINES.values(), ids=PIPELINES)
def test_gitlab_ci(variables: dict[str, str], target: Target) -> None:
    assert gitlab(GITLAB | variables) == target


@pytest.mark.parametrize("name", FORGES)
def test_elsewhere_there_is_no_target(name: str) -> None:
    assert FORGES[name].detect({}) is None


@pytest.mark.parametrize("payload", [b"{", b"[]", b"\xff", b'{"pull_request": {"number": "x"}}'])
def test_a_damaged_event_is_an_error_with_advice(event: Path, payload: bytes) -> None:
    with pytest.raises(ForgeError, match="GITHUB_EVENT_PATH names cannot be read"):
        github(event, payload)


def test_a_missing_event_is_an_error_with_advice(event: Path) -> None:
    with pytest.raises(UsageError, match="GITHUB_EVENT_PATH names: No such file"):
        FORGES["github"].detect(ACTIONS | {"GITHUB_EVENT_PATH": str(event)})


def test_a_job_of_the_base_reads_the_change_and_has_not_checked_it_out(event: Path) -> None:
    event.write_text(json.dumps(pull_request("ann/pipeline")), encoding="utf-8")
    trusted = {"GITHUB_EVENT_PATH": str(event), "GITHUB_EVENT_NAME": "pull_request_target"}
    target = Target(API, "acme/pipeline", 7, A, B, fork=True, apart=True)
    assert FORGES["github"].detect(ACTIONS | trusted) == target
