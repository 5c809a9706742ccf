"""Azure Repos: reads the pull request from Azure Pipelines and keeps a thread current."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated
from urllib.parse import quote

import msgspec

from sigclock.forges.client import Client, basic
from sigclock.forges.comment import (
    Comment,
    Message,
    PostResult,
    Target,
    check_target,
    token_from,
)
from sigclock.forges.conversation import keep

#: Azure takes 150,000 characters; the rest is for the mark.
LIMIT = 149_000
#: Each organization has its own.
API_URL = ""
CI = "Azure Pipelines"
#: The variables that may hold a token: the first that is set counts. `TOKEN` is the usual one.
TOKEN = "SYSTEM_ACCESSTOKEN"  # noqa: S105 - a name
TOKENS = ("AZURE_DEVOPS_EXT_PAT", TOKEN)
#: Azure reads a job's summary by a command that a step prints.
SUMMARY = ""
#: Where people see a line of a file.
FILE = (
    "{web}?path=/{path}&version=GC{commit}"
    "&line={line}&lineEnd={line}&lineStartColumn=1&lineEndColumn=1000"
)
HTML = True
_PERMISSION = (
    "Allow the build service `Contribute to pull requests`, or use a personal access token "
    "with the scope Code (Read & write)."
)
#: The name of a project and of a repository: whatever Azure lets people type.
_NAME = re.compile(r"[^/\\?#%\x00-\x1f\x7f]+/[^/\\?#%\x00-\x1f\x7f]+")
#: The oldest server that is still supported has this version too.
_VERSION = "api-version=6.0"
#: Other numbers are remarks of the system itself.
_TEXT = 1
#: How the descriptor of a build service begins, and of no person.
_SERVICE = "svc."
_BRANCH = "refs/heads/"


class _Identity(msgspec.Struct):
    id: str


class _ConnectionData(msgspec.Struct, rename="camel"):
    authenticated_user: _Identity


class _Author(msgspec.Struct):
    id: str = ""
    descriptor: str = ""


class _Comment(msgspec.Struct, rename="camel"):
    id: int
    content: str = ""
    author: _Author | None = None
    is_deleted: bool = False


class _Thread(msgspec.Struct, rename="camel"):
    id: int
    comments: list[_Comment] = []
    is_deleted: bool = False


class _NewThread(msgspec.Struct):
    id: int
    comments: Annotated[list[_Comment], msgspec.Meta(min_length=1)]


class _Threads(msgspec.Struct):
    value: list[_Thread]


class _Commit(msgspec.Struct, rename="camel"):
    commit_id: str = ""


class _Repository(msgspec.Struct, rename="camel"):
    web_url: str = ""


class _Pull(msgspec.Struct, rename="camel"):
    last_merge_source_commit: _Commit
    repository: _Repository


def detect(environ: Mapping[str, str]) -> Target | None:
    """The two commits of a pull request's pipeline, or of a push, where Azure has the repository.

    https://learn.microsoft.com/azure/devops/pipelines/build/variables
    """
    if environ.get("TF_BUILD", "").lower() != "true":
        return None
    if environ.get("BUILD_REPOSITORY_PROVIDER", "TfsGit") != "TfsGit":
        return None
    api_url = environ.get("SYSTEM_COLLECTIONURI", "").rstrip("/") or API_URL
    names = (environ.get("SYSTEM_TEAMPROJECT", ""), environ.get("BUILD_REPOSITORY_NAME", ""))
    repository = "/".join(names) if all(names) else ""
    web_url = environ.get("BUILD_REPOSITORY_URI", "")
    number = environ.get("SYSTEM_PULLREQUEST_PULLREQUESTID", "")
    if not number.isdecimal():
        commit = environ.get("BUILD_SOURCEVERSION", "")
        return Target(api_url, repository, None, "", commit, web_url=web_url)
    branch = environ.get("SYSTEM_PULLREQUEST_TARGETBRANCH", "").removeprefix(_BRANCH)
    return Target(
        api_url,
        repository,
        int(number),
        f"origin/{branch}" if branch else "",
        environ.get("SYSTEM_PULLREQUEST_SOURCECOMMITID", ""),
        fork=environ.get("SYSTEM_PULLREQUEST_ISFORK", "").lower() == "true",
        web_url=web_url,
    )


def post(
    target: Target, messages: Sequence[Message], environ: Mapping[str, str], timeout: float = 30
) -> list[PostResult]:
    """Keep one thread for each message's key; nothing is tried twice here."""
    check_target(target, _NAME, "project/repository")
    headers = {
        "Authorization": basic("", token_from(environ, TOKENS)),
        # A wrong token is refused then, where people would be led to a page to sign in.
        "X-TFS-FedAuthRedirect": "Suppress",
    }
    client = Client("Azure", target.api_url, headers, _PERMISSION, timeout)
    return keep(_PullRequest(client, target), target, messages)


class _PullRequest:
    """A pull request's threads, each of ours with one comment.

    https://learn.microsoft.com/rest/api/azure/devops/git/pull-request-threads
    """

    #: Azure locks no conversation.
    locked = False

    def __init__(self, client: Client, target: Target) -> None:
        self._client = client
        project, _, name = target.repository.partition("/")
        repository = f"/{quote(project, safe='')}/_apis/git/repositories/{quote(name, safe='')}"
        self._pull = f"{repository}/pullrequests/{target.number}"
        self._request = f"{repository}/pullRequests/{target.number}"
        self._number = target.number
        self._web_url = ""
        #: The number of our comment in each thread.
        self._numbers: dict[int, int] = {}

    def head(self) -> str:
        pull = self._client.get(f"{self._pull}?{_VERSION}", _Pull)
        self._web_url = pull.repository.web_url
        return pull.last_merge_source_commit.commit_id

    def me(self) -> str:
        data = self._client.get("/_apis/connectionData", _ConnectionData)
        return data.authenticated_user.id

    def comments(self) -> Iterator[Comment]:
        """What each thread begins with: a reply is never ours. This list has no pages."""
        threads = self._client.get(f"{self._request}/threads?{_VERSION}", _Threads).value
        for thread in threads:
            if thread.comments and not (thread.is_deleted or thread.comments[0].is_deleted):
                yield self._comment(thread.id, thread.comments[0])

    def is_trusted(self, comment: Comment) -> bool:
        """A build service, for only pipelines have its token. Of people it cannot be asked."""
        return comment.bot

    def create(self, body: str) -> Comment:
        """A thread without a status, so that it keeps no pull request from being completed."""
        said = {"comments": [{"parentCommentId": 0, "content": body, "commentType": _TEXT}]}
        path = f"{self._request}/threads?{_VERSION}"
        thread = self._client.send("POST", path, said, _NewThread)
        return self._comment(thread.id, thread.comments[0])

    def update(self, comment: Comment, body: str) -> Comment:
        changed = self._client.send("PATCH", self._path(comment), {"content": body}, _Comment)
        return self._comment(comment.id, changed)

    def delete(self, comment: Comment) -> None:
        self._client.delete(self._path(comment))

    def _path(self, comment: Comment) -> str:
        number = self._numbers[comment.id]
        return f"{self._request}/threads/{comment.id}/comments/{number}?{_VERSION}"

    def _comment(self, thread: int, found: _Comment) -> Comment:
        """A comment goes by the number of its thread, which has one of ours at most."""
        self._numbers[thread] = found.id
        author = found.author or _Author()
        url = f"{self._web_url}/pullrequest/{self._number}?discussionId={thread}"
        is_service = author.descriptor.startswith(_SERVICE)
        return Comment(thread, author.id, found.content, url, bot=is_service)
