"""GitLab: reads the merge request from its CI and keeps a note current."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from urllib.parse import quote

import msgspec

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

#: GitLab takes 1,000,000 characters, but nobody reads so much.
LIMIT = 250_000
API_URL = "https://gitlab.com/api/v4"
CI = "GitLab CI"
#: The variables that may hold a token: the first that is set counts. `TOKEN` is the usual one.
TOKEN = "GITLAB_TOKEN"  # noqa: S105 - a name
TOKENS = ("SIGCLOCK_GITLAB_TOKEN", TOKEN)
#: GitLab has no summary of a job.
SUMMARY = ""
#: Where people see a line of a file.
FILE = "{web}/-/blob/{commit}/{path}#L{line}"
HTML = True
_PERMISSION = "Use a project access token with the scope `api`; a CI_JOB_TOKEN cannot comment."
_ZEROS = "0" * 40
_NAME = re.compile(r"[\w.+-]+(?:/[\w.+-]+)+")
#: The least access level with which somebody may push: https://docs.gitlab.com/api/members/
_DEVELOPER = 30


class _Account(msgspec.Struct):
    username: str = ""
    id: int = 0


class _User(msgspec.Struct):
    username: str


class _Note(msgspec.Struct):
    id: int
    body: str | None = None
    author: _Account | None = None
    system: bool = False


class _Request(msgspec.Struct):
    web_url: str
    sha: str | None = None
    discussion_locked: bool | None = None


class _Member(msgspec.Struct):
    access_level: int


def detect(environ: Mapping[str, str]) -> Target | None:
    """The two commits of a merge request's pipeline, or of a push.

    https://docs.gitlab.com/ci/variables/predefined_variables/
    """
    if environ.get("GITLAB_CI") != "true":
        return None
    api_url = environ.get("CI_API_V4_URL") or API_URL
    project = environ.get("CI_PROJECT_PATH", "")
    commit = environ.get("CI_COMMIT_SHA", "")
    iid = environ.get("CI_MERGE_REQUEST_IID", "")
    web_url = environ.get("CI_MERGE_REQUEST_PROJECT_URL") or environ.get("CI_PROJECT_URL", "")
    if not iid.isdecimal():
        before = environ.get("CI_COMMIT_BEFORE_SHA", "")
        base = "" if before == _ZEROS else before
        return Target(api_url, project, None, base, commit, web_url=web_url)
    home = environ.get("CI_MERGE_REQUEST_PROJECT_PATH") or project
    source = environ.get("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH") or home
    base = environ.get("CI_MERGE_REQUEST_DIFF_BASE_SHA", "")
    head = environ.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or commit
    return Target(api_url, home, int(iid), base, head, fork=source != home, web_url=web_url)


def post(
    target: Target, messages: Sequence[Message], environ: Mapping[str, str], timeout: float = 30
) -> list[PostResult]:
    """Keep one note for each message's key; nothing is tried twice here."""
    check_target(target, _NAME, "acme/pipeline")
    headers = {"PRIVATE-TOKEN": token_from(environ, TOKENS)}
    client = Client("GitLab", target.api_url, headers, _PERMISSION, timeout)
    return keep(_MergeRequest(client, target), target, messages)


class _MergeRequest:
    """A merge request's notes, by https://docs.gitlab.com/api/notes/."""

    def __init__(self, client: Client, target: Target) -> None:
        self._client = client
        self._project = f"/projects/{quote(target.repository, safe='')}"
        self._request = f"{self._project}/merge_requests/{target.number}"
        self._web_url = ""
        self.locked = False

    def head(self) -> str:
        request = self._client.get(self._request, _Request)
        self._web_url = request.web_url
        self.locked = bool(request.discussion_locked)
        return request.sha or ""

    def me(self) -> str:
        return self._client.get("/user", _User).username

    def comments(self) -> Iterator[Comment]:
        """What people and bots wrote, not what GitLab itself notes."""
        notes = self._client.pages(f"{self._request}/notes?per_page=100", _Note)
        return (self._comment(note) for note in notes if not note.system)

    def is_trusted(self, comment: Comment) -> bool:
        """Whether the account may push; a project's token is a member of the project too."""
        try:
            path = f"{self._project}/members/all/{comment.account}"
            return self._client.get(path, _Member).access_level >= _DEVELOPER
        except ForgeError as error:
            if error.status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
                return False
            raise

    def create(self, body: str) -> Comment:
        path = f"{self._request}/notes"
        return self._comment(self._client.send("POST", path, {"body": body}, _Note))

    def update(self, comment: Comment, body: str) -> Comment:
        path = self._path(comment)
        return self._comment(self._client.send("PUT", path, {"body": body}, _Note))

    def delete(self, comment: Comment) -> None:
        self._client.delete(self._path(comment))

    def _path(self, comment: Comment) -> str:
        return f"{self._request}/notes/{comment.id}"

    def _comment(self, note: _Note) -> Comment:
        author = note.author or _Account()
        url = f"{self._web_url}#note_{note.id}"
        return Comment(note.id, author.username, note.body or "", url, author.id)
