"""Bitbucket Cloud: reads the pull request from Pipelines and keeps a comment current."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus

import msgspec

from sigclock.forges.client import Client, basic
from sigclock.forges.comment import (
    Comment,
    ForgeError,
    Message,
    PostResult,
    Target,
    check_target,
    has_mark,
    token_from,
)
from sigclock.forges.conversation import keep

#: Bitbucket takes 32,768 characters; the rest is for the mark, and for lists that are indented.
LIMIT = 30_000
API_URL = "https://api.bitbucket.org/2.0"
CI = "Bitbucket Pipelines"
#: The variables that may hold a token: the first that is set counts. `TOKEN` is the usual one.
TOKEN = "BITBUCKET_TOKEN"  # noqa: S105 - a name
TOKENS = ("SIGCLOCK_BITBUCKET_TOKEN", TOKEN)
#: Bitbucket has no summary of a job.
SUMMARY = ""
#: Where people see a line of a file.
FILE = "{web}/src/{commit}/{path}#lines-{line}"
#: Its Python-Markdown shows every tag as text.
HTML = False
_PERMISSION = (
    "Use a repository access token that may write pull requests, "
    "or `email:token` with an API token that may read the account too."
)
_NAME = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
#: The API tells commits by their first twelve digits, and so do some variables.
_SHORT = 12
_FULL = 40
_MARK = re.compile(r"<!-- (sigclock[(:]\S*) -->\n")
_DEFINITION = re.compile(r"\[(sigclock[(:][^\s\]]*)\]: #\n\n")


class _Link(msgspec.Struct):
    href: str


class _Links(msgspec.Struct):
    html: _Link


class _Account(msgspec.Struct):
    uuid: str = ""
    type: str = ""


class _User(msgspec.Struct):
    uuid: str


class _Content(msgspec.Struct):
    raw: str = ""


class _Comment(msgspec.Struct):
    id: int
    links: _Links
    content: _Content
    user: _Account | None = None
    deleted: bool = False


class _Comments(msgspec.Struct):
    values: list[_Comment]
    next: str = ""


class _Commit(msgspec.Struct):
    hash: str


class _Side(msgspec.Struct):
    commit: _Commit | None = None


class _Pull(msgspec.Struct):
    source: _Side


def detect(environ: Mapping[str, str]) -> Target | None:
    """The two commits of a pull request's pipeline, or of a push.

    https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/
    """
    if "BITBUCKET_BUILD_NUMBER" not in environ:
        return None
    name = environ.get("BITBUCKET_REPO_FULL_NAME", "")
    number = environ.get("BITBUCKET_PR_ID", "")
    commit = environ.get("BITBUCKET_COMMIT", "")
    web_url = f"https://bitbucket.org/{name}" if name else ""
    if not number.isdecimal():
        return Target(API_URL, name, None, "", commit, web_url=web_url)
    base = environ.get("BITBUCKET_PR_DESTINATION_COMMIT", "")
    branch = environ.get("BITBUCKET_PR_DESTINATION_BRANCH", "")
    if len(base) < _FULL and branch:
        base = f"origin/{branch}"  # Git fetches no commit by the first digits of its id
    return Target(API_URL, name, int(number), base, commit, web_url=web_url)


def post(
    target: Target, messages: Sequence[Message], environ: Mapping[str, str], timeout: float = 30
) -> list[PostResult]:
    """Keep one comment for each message's key; nothing is tried twice here."""
    check_target(target, _NAME, "acme/pipeline")
    token = token_from(environ, TOKENS)
    name, colon, password = token.partition(":")
    headers = {"Authorization": basic(name, password) if colon else f"Bearer {token}"}
    client = Client("Bitbucket", target.api_url, headers, _PERMISSION, timeout)
    return keep(_PullRequest(client, target), target, messages)


class _PullRequest:
    """A pull request's conversation, by https://developer.atlassian.com/cloud/bitbucket/rest/."""

    #: Bitbucket locks no conversation.
    locked = False

    def __init__(self, client: Client, target: Target) -> None:
        self._client = client
        self._target = target
        self._request = f"/repositories/{target.repository}/pullrequests/{target.number}"
        self._guessed = ""
        #: Comments that this token may not touch.
        self._foreign: set[int] = set()

    def head(self) -> str:
        """In full where the job knows it: the API tells only its first digits."""
        commit = self._client.get(self._request, _Pull).source.commit
        found, known = commit.hash if commit else "", self._target.head
        same = min(len(found), len(known)) >= _SHORT and known.startswith(found[: len(known)])
        return known if same else found

    def me(self) -> str:
        """An access token may not ask for its account, so that is told by what it wrote."""
        try:
            return self._client.get("/user", _User).uuid
        except ForgeError as error:
            if error.status != HTTPStatus.FORBIDDEN:
                raise
        marked = filter(has_mark, self.comments())
        self._guessed = max(
            ((comment.id, comment.author) for comment in marked if comment.bot), default=(0, "")
        )[1]
        return self._guessed

    def comments(self) -> Iterator[Comment]:
        pages = self._client.chain(f"{self._request}/comments?pagelen=100", _Comments)
        for found in (found for page in pages for found in page.values):
            if not found.deleted and found.id not in self._foreign:
                yield _comment(found)

    def is_trusted(self, comment: Comment) -> bool:
        """An access token's account: an administrator made it. Of people it cannot be asked."""
        return comment.bot

    def create(self, body: str) -> Comment:
        return self._send("POST", f"{self._request}/comments", body)

    def update(self, comment: Comment, body: str) -> Comment:
        """Where the token is a new one, it may not touch what its forerunner wrote."""
        try:
            return self._send("PUT", self._path(comment), body)
        except ForgeError as error:
            if error.status != HTTPStatus.FORBIDDEN or comment.author != self._guessed:
                raise
            self._foreign.add(comment.id)
            return self.create(body)

    def delete(self, comment: Comment) -> None:
        self._client.delete(self._path(comment))

    def _path(self, comment: Comment) -> str:
        return f"{self._request}/comments/{comment.id}"

    def _send(self, method: str, path: str, body: str) -> Comment:
        raw = _MARK.sub(r"[\1]: #\n\n", body, count=1)
        return _comment(self._client.send(method, path, {"content": {"raw": raw}}, _Comment))


def _comment(found: _Comment) -> Comment:
    """Its mark is the definition of a link that nothing uses, which Python-Markdown leaves out."""
    user = found.user or _Account()
    raw = found.content.raw.replace("\r\n", "\n")
    match = _DEFINITION.match(raw)
    body = f"<!-- {match[1]} -->\n{raw[match.end() :]}" if match else raw
    return Comment(found.id, user.uuid, body, found.links.html.href, bot=user.type == "app_user")
