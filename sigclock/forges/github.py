"""GitHub: reads the pull request from Actions and keeps a comment current."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from urllib.parse import quote

import msgspec

from sigclock.forges import actions_event
from sigclock.forges.client import Client
from sigclock.forges.comment import (
    Comment,
    ForgeError,
    Message,
    PostResult,
    Target,
    check_target,
    token_from,
)
from sigclock.forges.conversation import keep

#: GitHub takes 65,536 characters; the rest is for the mark.
LIMIT = 65_000
API_URL = "https://api.github.com"
CI = "GitHub Actions"
#: The variables that may hold a token: the first that is set counts. `TOKEN` is the usual one.
TOKEN = "GITHUB_TOKEN"  # noqa: S105 - a name
TOKENS = (TOKEN, "GH_TOKEN")
#: The variable with the path of a file to which a step's summary is added.
SUMMARY = "GITHUB_STEP_SUMMARY"
#: Where people see a line of a file.
FILE = "{web}/blob/{commit}/{path}#L{line}"
HTML = True
_PERMISSION = "Give the job `permissions: pull-requests: write`, or use a token that may comment."
_FORK = (
    "The token of a pull request from a fork may only read: judge it in a `pull_request_target` "
    "job, as examples/ci/fork.yml does."
)
_ACTIONS = "github-actions[bot]"
_NAME = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)


class _Account(msgspec.Struct):
    login: str = ""
    type: str = ""


class _Comment(msgspec.Struct):
    id: int
    html_url: str
    body: str | None = None
    user: _Account | None = None


class _Head(msgspec.Struct):
    sha: str


class _Pull(msgspec.Struct):
    head: _Head
    locked: bool = False


class _Permission(msgspec.Struct):
    permission: str


class _Login(msgspec.Struct):
    login: str


class _Who(msgspec.Struct):
    viewer: _Login


class _Viewer(msgspec.Struct):
    data: _Who


def detect(environ: Mapping[str, str]) -> Target | None:
    """The event's two commits: of a pull request, a merge group, or a push.

    https://docs.github.com/en/webhooks/webhook-events-and-payloads
    """
    if environ.get("GITHUB_ACTIONS") != "true":
        return None
    return actions_event.target(environ, environ.get("GITHUB_API_URL") or API_URL)


def post(
    target: Target, messages: Sequence[Message], environ: Mapping[str, str], timeout: float = 30
) -> list[PostResult]:
    """Keep one comment for each message's key; nothing is tried twice here."""
    check_target(target, _NAME, "acme/pipeline")
    headers = {
        "Accept": "application/vnd.github+json",
        "Authorization": f"Bearer {token_from(environ, TOKENS)}",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    permission = _FORK if target.fork and not target.apart else _PERMISSION
    client = Client("GitHub", target.api_url, headers, permission, timeout)
    graphql = Client(
        "GitHub", target.api_url.rstrip("/").removesuffix("/v3"), headers, permission, timeout
    )
    return keep(_PullRequest(client, graphql, target), target, messages)


class _PullRequest:
    """A pull request's conversation, by https://docs.github.com/en/rest/issues/comments."""

    def __init__(self, client: Client, graphql: Client, target: Target) -> None:
        self._client = client
        self._graphql = graphql
        self._repository = f"/repos/{target.repository}"
        self._number = target.number
        self.locked = False

    def head(self) -> str:
        pull = self._client.get(f"{self._repository}/pulls/{self._number}", _Pull)
        self.locked = pull.locked
        return pull.head.sha

    def me(self) -> str:
        """The token's login; REST does not tell it to the token of an app or of Actions."""
        query = {"query": "{viewer{login}}"}
        return self._graphql.send("POST", "/graphql", query, _Viewer).data.viewer.login

    def comments(self) -> Iterator[Comment]:
        path = f"{self._repository}/issues/{self._number}/comments?per_page=100"
        return map(_comment, self._client.pages(path, _Comment))

    def is_trusted(self, comment: Comment) -> bool:
        """Actions' own account, for only this repository's jobs have it, and who may push."""
        if comment.author == _ACTIONS:
            return True
        if comment.bot or not comment.author:
            return False
        path = f"{self._repository}/collaborators/{quote(comment.author, safe='')}/permission"
        try:
            return self._client.get(path, _Permission).permission in {"admin", "write"}
        except ForgeError as error:
            if error.status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
                return False
            raise

    def create(self, body: str) -> Comment:
        path = f"{self._repository}/issues/{self._number}/comments"
        return _comment(self._client.send("POST", path, {"body": body}, _Comment))

    def update(self, comment: Comment, body: str) -> Comment:
        return _comment(self._client.send("PATCH", self._path(comment), {"body": body}, _Comment))

    def delete(self, comment: Comment) -> None:
        self._client.delete(self._path(comment))

    def _path(self, comment: Comment) -> str:
        return f"{self._repository}/issues/comments/{comment.id}"


def _comment(found: _Comment) -> Comment:
    """If its account was deleted, it has no author."""
    user = found.user or _Account()
    bot = user.type == "Bot"
    return Comment(found.id, user.login, found.body or "", found.html_url, bot=bot)
