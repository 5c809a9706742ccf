"""Gitea and Forgejo: read the pull request from Actions or Woodpecker, keep a comment current."""

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

#: Their database takes more, but nobody reads so much.
LIMIT = 65_000
#: Each server has its own.
API_URL = ""
CI = "Gitea or Forgejo Actions"
#: The variables that may hold a token: the first that is set counts. `TOKEN` is the usual one.
TOKEN = "GITEA_TOKEN"  # noqa: S105 - a name
TOKENS = (TOKEN, "FORGEJO_TOKEN")
#: And this one in a job of its own Actions; elsewhere it is GitHub's.
_TOKEN_OF_ACTIONS = "GITHUB_TOKEN"  # noqa: S105 - a name
#: The variable with the path of a file to which a step's summary is added.
SUMMARY = "GITHUB_STEP_SUMMARY"
#: Where people see a line of a file.
FILE = "{web}/src/commit/{commit}/{path}#L{line}"
HTML = True
_PERMISSION = (
    "Use a token with the scopes `write:issue`, `read:repository` and `read:user`; "
    "the job's own token may not comment on a pull request from a fork."
)
#: The accounts of the jobs' own tokens.
_ACTIONS = {"gitea-actions", "forgejo-actions"}
_RUNNERS = ("GITEA_ACTIONS", "FORGEJO_ACTIONS")
_NAME = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)


class _Account(msgspec.Struct):
    login: str = ""


class _User(msgspec.Struct):
    login: str


class _Comment(msgspec.Struct):
    id: int
    html_url: str
    body: str = ""
    user: _Account | None = None


class _Head(msgspec.Struct):
    sha: str


class _Pull(msgspec.Struct):
    head: _Head
    is_locked: bool = False


class _Permission(msgspec.Struct):
    permission: str


def detect(environ: Mapping[str, str]) -> Target | None:
    """The two commits of Actions' event, or what Woodpecker says of its pipeline.

    https://docs.gitea.com/usage/actions/overview,
    https://woodpecker-ci.org/docs/usage/environment
    """
    if _is_actions(environ):
        return actions_event.target(environ, environ.get("GITHUB_API_URL") or API_URL)
    if environ.get("CI") == "woodpecker" and environ.get("CI_FORGE_TYPE") in {"gitea", "forgejo"}:
        return _of_woodpecker(environ)
    return None


def _is_actions(environ: Mapping[str, str]) -> bool:
    return any(environ.get(runner) == "true" for runner in _RUNNERS)


def _of_woodpecker(environ: Mapping[str, str]) -> Target:
    """Of the base it tells the branch, and of a push the commit before."""
    api_url = f"{environ.get('CI_FORGE_URL', '').rstrip('/')}/api/v1"
    number = environ.get("CI_COMMIT_PULL_REQUEST", "")
    branch = environ.get("CI_COMMIT_TARGET_BRANCH", "")
    is_request = number.isdecimal()
    base = (f"origin/{branch}" if branch else "") if is_request else ""
    return Target(
        api_url,
        environ.get("CI_REPO", ""),
        int(number) if is_request else None,
        base or environ.get("CI_PREV_COMMIT_SHA", ""),
        environ.get("CI_COMMIT_SHA", ""),
        web_url=environ.get("CI_REPO_URL", ""),
    )


def post(
    target: Target, messages: Sequence[Message], environ: Mapping[str, str], timeout: float = 30
) -> list[PostResult]:
    """Keep one comment for each message's key; nothing is tried twice here."""
    check_target(target, _NAME, "acme/pipeline")
    variables = (*TOKENS, _TOKEN_OF_ACTIONS) if _is_actions(environ) else TOKENS
    headers = {"Authorization": f"token {token_from(environ, variables)}"}
    client = Client("Gitea", target.api_url, headers, _PERMISSION, timeout)
    return keep(_PullRequest(client, target), target, messages)


class _PullRequest:
    """A pull request's conversation, by https://docs.gitea.com/api/."""

    def __init__(self, client: Client, target: Target) -> None:
        self._client = client
        self._repository = f"/repos/{target.repository}"
        self._number = target.number
        self.locked = False

    def head(self) -> str:
        pull = self._client.get(f"{self._repository}/pulls/{self._number}", _Pull)
        self.locked = pull.is_locked
        return pull.head.sha

    def me(self) -> str:
        return self._client.get("/user", _User).login

    def comments(self) -> Iterator[Comment]:
        """All of them: this list has no pages."""
        path = f"{self._repository}/issues/{self._number}/comments"
        return map(_comment, self._client.pages(path, _Comment))

    def is_trusted(self, comment: Comment) -> bool:
        """The jobs' own account, for only this repository's jobs have it here, and who may push."""
        if comment.author in _ACTIONS:
            return True
        if not comment.author:
            return False
        path = f"{self._repository}/collaborators/{quote(comment.author, safe='')}/permission"
        try:
            permission = self._client.get(path, _Permission).permission
        except ForgeError as error:
            if error.status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
                return False
            raise
        return permission in {"owner", "admin", "write"}

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
    return Comment(found.id, user.login, found.body, found.html_url)
