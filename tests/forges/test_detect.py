"""What the environment of a CI job says: which commits, which conversation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

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


BITBUCKET = {
    "BITBUCKET_BUILD_NUMBER": "12",
    "BITBUCKET_REPO_FULL_NAME": "acme/pipeline",
    "BITBUCKET_COMMIT": B,
    "BITBUCKET_BRANCH": "work",
}
OF_BITBUCKET = Target(
    "https://api.bitbucket.org/2.0",
    "acme/pipeline",
    7,
    A,
    B,
    web_url="https://bitbucket.org/acme/pipeline",
)
TO_MAIN = {"BITBUCKET_PR_ID": "7", "BITBUCKET_PR_DESTINATION_BRANCH": "main"}
BITBUCKET_PIPELINES = {
    "a pull request": (TO_MAIN | {"BITBUCKET_PR_DESTINATION_COMMIT": A}, OF_BITBUCKET),
    "of which it tells twelve digits": (
        TO_MAIN | {"BITBUCKET_PR_DESTINATION_COMMIT": A[:12], "BITBUCKET_COMMIT": B[:12]},
        replace(OF_BITBUCKET, base="origin/main", head=B[:12]),
    ),
    "a push": ({}, replace(OF_BITBUCKET, number=None, base="")),
}


@pytest.mark.parametrize(
    ("variables", "target"), BITBUCKET_PIPELINES.values(), ids=BITBUCKET_PIPELINES
)
def test_bitbucket_pipelines(variables: dict[str, str], target: Target) -> None:
    assert FORGES["bitbucket"].detect(BITBUCKET | variables) == target


AZURE = {
    "TF_BUILD": "True",
    "SYSTEM_COLLECTIONURI": "https://dev.azure.com/acme/",
    "SYSTEM_TEAMPROJECT": "data science",
    "BUILD_REPOSITORY_NAME": "pipeline",
    "BUILD_REPOSITORY_PROVIDER": "TfsGit",
    "BUILD_REPOSITORY_URI": "https://acme@dev.azure.com/acme/data%20science/_git/pipeline",
    "BUILD_SOURCEVERSION": "c" * 40,
}
TO_AZURE = {
    "SYSTEM_PULLREQUEST_PULLREQUESTID": "7",
    "SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main",
    "SYSTEM_PULLREQUEST_SOURCECOMMITID": B,
    "SYSTEM_PULLREQUEST_ISFORK": "False",
}
OF_AZURE = Target(
    "https://dev.azure.com/acme",
    "data science/pipeline",
    7,
    "origin/main",
    B,
    web_url=AZURE["BUILD_REPOSITORY_URI"],
)
AZURE_PIPELINES = {
    "a pull request": (TO_AZURE, OF_AZURE),
    "from a fork": (
        TO_AZURE | {"SYSTEM_PULLREQUEST_ISFORK": "True"},
        replace(OF_AZURE, fork=True),
    ),
    "a push": ({}, replace(OF_AZURE, number=None, base="", head="c" * 40)),
    "of a repository that is elsewhere": ({"BUILD_REPOSITORY_PROVIDER": "GitHub"}, None),
}


@pytest.mark.parametrize(("variables", "target"), AZURE_PIPELINES.values(), ids=AZURE_PIPELINES)
def test_azure_pipelines(variables: dict[str, str], target: Target | None) -> None:
    assert FORGES["azure"].detect(AZURE | variables) == target


WOODPECKER = {
    "CI": "woodpecker",
    "CI_FORGE_TYPE": "forgejo",
    "CI_FORGE_URL": "https://codeberg.org",
    "CI_REPO": "acme/pipeline",
    "CI_REPO_URL": "https://codeberg.org/acme/pipeline",
    "CI_COMMIT_SHA": B,
}
OF_WOODPECKER = Target(
    "https://codeberg.org/api/v1",
    "acme/pipeline",
    7,
    "origin/main",
    B,
    web_url="https://codeberg.org/acme/pipeline",
)
WOODPECKER_PIPELINES = {
    "a pull request": (
        {"CI_COMMIT_PULL_REQUEST": "7", "CI_COMMIT_TARGET_BRANCH": "main"},
        OF_WOODPECKER,
    ),
    "a push": (
        {"CI_COMMIT_PULL_REQUEST": "", "CI_PREV_COMMIT_SHA": A},
        replace(OF_WOODPECKER, number=None, base=A),
    ),
    "of another forge": ({"CI_FORGE_TYPE": "github"}, None),
}


@pytest.mark.parametrize(
    ("variables", "target"), WOODPECKER_PIPELINES.values(), ids=WOODPECKER_PIPELINES
)
def test_woodpecker(variables: dict[str, str], target: Target | None) -> None:
    assert FORGES["gitea"].detect(WOODPECKER | variables) == target


@pytest.mark.parametrize("runner", ["GITEA_ACTIONS", "FORGEJO_ACTIONS"])
def test_gitea_is_found_before_github_whose_variables_it_sets_too(event: Path, runner: str) -> None:
    event.write_text(json.dumps(pull_request("acme/pipeline")), encoding="utf-8")
    environ = ACTIONS | {
        runner: "true",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_API_URL": "https://codeberg.org/api/v1",
        "GITHUB_SERVER_URL": "https://codeberg.org",
    }
    found = {name: forge.detect(environ) for name, forge in FORGES.items()}
    first = next(name for name, target in found.items() if target)
    assert (first, found[first]) == ("gitea", replace(OF_WOODPECKER, base=A))


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
