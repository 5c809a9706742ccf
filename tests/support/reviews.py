"""A pull request in a real repository: a remote, a clone of it in CI, and the CI's environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from support.forge_server import RUNNING, TOKEN
from support.git import ENVIRONMENT, Repo

EVENTS = Path(__file__).parent.parent / "cli/events"
MODELS = """\
from dataclasses import dataclass


@dataclass
class Model:
    weights: list[float]
"""
TASKS = """\
from flytekit import task
from models import Model


@task(cache=True, cache_version="1.0")
def train(rows: int) -> Model: ...


@task(cache=True, cache_version="1.0")
def evaluate(model: Model) -> float: ...
"""
LOSS = MODELS + "    loss: float = 0.0\n"
BUMPED = TASKS.replace("1.0", "1.1", 1)


class Done(NamedTuple):
    status: int
    stdout: str
    stderr: str


class Author(Repo):
    """Whoever works on the branch: writes, locks and pushes."""

    @classmethod
    def at(cls, path: Path, files: dict[str, str] | None = None) -> Author:
        """A locked `main` with two cached tasks, and a branch `work` that nothing was done on."""
        author = cls(Repo.init(path).path)
        author.change({"models.py": MODELS, "tasks.py": TASKS, **(files or {})})
        author.update()
        author.commit("first")
        author.git("switch", "-q", "-c", "work")
        return author

    def change(self, files: dict[str, str]) -> None:
        for path, text in files.items():
            self.write(path, text)

    def push(self, files: dict[str, str], *, locked: bool = False) -> None:
        """Commit, and update the lock before if `locked`."""
        self.change(files)
        if locked:
            self.update()
        self.commit()

    def update(self) -> None:
        sigclock(self.path, "update", "-q", environ={})

    def merge(self) -> str:
        """What GitHub makes for a pull request: a merge of the branch into the base."""
        self.git("switch", "-q", "--detach", "main")
        self.git("merge", "-q", "--no-ff", "-m", "merge", "work")
        merged = self.git("rev-parse", "HEAD")
        self.git("update-ref", "refs/pull/7/merge", merged)
        self.git("switch", "-q", "work")
        return merged

    def checkout(self, place: Path, ref: str = "refs/pull/7/merge") -> Repo:
        """A clone of depth 1, as `actions/checkout` makes it."""
        clone = Repo.init(place)
        clone.git("remote", "add", "origin", self.path.as_uri())
        clone.git("fetch", "-q", "--depth=1", "origin", ref)
        clone.git("checkout", "-q", "--detach", "FETCH_HEAD")
        return clone


def sigclock(place: Path, *arguments: str, environ: dict[str, str]) -> Done:
    """Run it as CI does; nothing of this process' environment names a CI."""
    done = subprocess.run(
        [sys.executable, "-m", "sigclock", *arguments],
        cwd=place,
        env={"PATH": os.environ["PATH"], **PYTHON, **ENVIRONMENT, **environ},
        capture_output=True,
        check=False,
    )
    told = Done(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert TOKEN not in told.stdout + told.stderr
    assert told.status in {0, 1, 2}, told.stderr
    return told


PYTHON = {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}


def actions(author: Author, place: Path, url: str, fork: str = "acme") -> dict[str, str]:
    """The environment of a `pull_request` job; `fork` owns the branch, which a server knows."""
    _tell_head(author, url)
    event = read_event("pull_request")
    event["number"] = event["pull_request"]["number"] = 7
    for side, branch, owner in (("base", "main", "acme"), ("head", "work", fork)):
        event["pull_request"][side] = {
            "ref": branch,
            "sha": author.git("rev-parse", branch),
            "repo": {"full_name": f"{owner}/pipeline"},
        }
    return {**_job(place, event, url), "GITHUB_EVENT_NAME": "pull_request"}


def trusted(author: Author, place: Path, url: str, fork: str = "eve") -> dict[str, str]:
    """The environment of a `pull_request_target` job: the same event, with the base's rights."""
    environ = actions(author, place, url, fork=fork)
    return environ | {"GITHUB_EVENT_NAME": "pull_request_target"}


def _tell_head(author: Author, url: str) -> None:
    """Where a server runs at that address, the pull request's head is the branch's."""
    if url in RUNNING:
        RUNNING[url].sha = author.git("rev-parse", "work")


def merge_request(author: Author, url: str) -> dict[str, str]:
    """The environment of a merge request's pipeline in GitLab."""
    _tell_head(author, url)
    return {
        "GITLAB_CI": "true",
        "GITLAB_TOKEN": TOKEN,
        "CI_API_V4_URL": f"{url}/api/v4",
        "CI_PROJECT_PATH": "acme/pipeline",
        "CI_COMMIT_SHA": author.git("rev-parse", "work"),
        "CI_MERGE_REQUEST_IID": "7",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": author.git("merge-base", "main", "work"),
    }


def gitea_actions(author: Author, place: Path, url: str) -> dict[str, str]:
    """The environment of a `pull_request` job in Gitea, which has GitHub's variables as well."""
    environ = actions(author, place, url) | {"GITEA_ACTIONS": "true", "GITEA_TOKEN": TOKEN}
    return environ | {"GITHUB_API_URL": f"{url}/api/v1", "GITHUB_SERVER_URL": url}


def woodpecker(author: Author, url: str) -> dict[str, str]:
    """The environment of a pull request's pipeline in Woodpecker."""
    _tell_head(author, url)
    return {
        "CI": "woodpecker",
        "CI_FORGE_TYPE": "forgejo",
        "CI_FORGE_URL": url,
        "CI_REPO": "acme/pipeline",
        "CI_COMMIT_SHA": author.git("rev-parse", "work"),
        "CI_COMMIT_PULL_REQUEST": "7",
        "CI_COMMIT_TARGET_BRANCH": "main",
        "GITEA_TOKEN": TOKEN,
    }


def bitbucket_pipeline(author: Author, url: str) -> dict[str, str]:
    """The environment of a pull request's pipeline in Bitbucket."""
    _tell_head(author, url)
    return {
        "BITBUCKET_BUILD_NUMBER": "1",
        "BITBUCKET_REPO_FULL_NAME": "acme/pipeline",
        "BITBUCKET_COMMIT": author.git("rev-parse", "work"),
        "BITBUCKET_PR_ID": "7",
        "BITBUCKET_PR_DESTINATION_BRANCH": "main",
        "BITBUCKET_PR_DESTINATION_COMMIT": author.git("rev-parse", "main")[:12],
        "BITBUCKET_TOKEN": TOKEN,
    }


def azure_pipeline(author: Author, url: str) -> dict[str, str]:
    """The environment of a pull request's pipeline in Azure, with the token of the step."""
    _tell_head(author, url)
    return {
        "TF_BUILD": "True",
        "SYSTEM_COLLECTIONURI": f"{url}/acme/",
        "SYSTEM_TEAMPROJECT": "data science",
        "BUILD_REPOSITORY_NAME": "pipeline",
        "BUILD_REPOSITORY_PROVIDER": "TfsGit",
        "SYSTEM_PULLREQUEST_PULLREQUESTID": "7",
        "SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main",
        "SYSTEM_PULLREQUEST_SOURCECOMMITID": author.git("rev-parse", "work"),
        "SYSTEM_ACCESSTOKEN": TOKEN,
    }


def read_event(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_bytes())
    return event


def read_expected(name: str) -> str:
    """A body that is kept as a file."""
    path = EVENTS.parent / "expected" / f"{name}.md"
    return path.read_text(encoding="utf-8")


def in_shallow_clone(body: str) -> str:
    """The same comment where a version is chosen and the clone does not show all history."""
    note = (
        "- note: this clone is shallow: versions that older commits issued are not known here; "
        "`git fetch --unshallow` brings them\n\n"
    )
    return body.replace("<details>", f"{note}<details>", 1)


def _job(place: Path, event: dict[str, Any], url: str) -> dict[str, str]:
    path = place / "event.json"
    path.write_text(json.dumps(event), encoding="utf-8")
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": url,
        "GITHUB_EVENT_PATH": str(path),
        "GITHUB_REPOSITORY": "acme/pipeline",
        "GITHUB_STEP_SUMMARY": str(place / "summary.md"),
        "GITHUB_TOKEN": TOKEN,
    }
