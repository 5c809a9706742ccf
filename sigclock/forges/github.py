"""GitHub: reads the pull request from Actions and keeps a comment current with PyGithub."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from sigclock.errors import UsageError, reason
from sigclock.forges.comment import (
    Comment,
    ForgeError,
    Message,
    PostResult,
    Refusal,
    Source,
    Step,
    Target,
    confirm,
    decide,
    no_library,
    no_number,
    refused,
    sign,
    token_from,
    unreachable,
)
from sigclock.verdict.wording import inert

if TYPE_CHECKING:
    from github import Github, GithubException
    from github.Issue import Issue
    from github.Repository import Repository

#: GitHub takes 65,536 characters; the rest is for the mark.
LIMIT = 65_000
API_URL = "https://api.github.com"
CI = "GitHub Actions"
#: The variables that may hold a token: the first that is set counts. `TOKEN` is the usual one.
TOKEN = "GITHUB_TOKEN"  # noqa: S105 - a name
TOKENS = (TOKEN, "GH_TOKEN")
#: The variable with the path of a file to which a step's summary is added.
SUMMARY = "GITHUB_STEP_SUMMARY"
_PERMISSION = "Give the job `permissions: pull-requests: write`, or use a token that may comment."
_FORK = (
    "The token of a pull request from a fork may only read: comment from a `workflow_run` job of "
    "the base repository."
)
_ZEROS = "0" * 40


class _Repository(msgspec.Struct):
    full_name: str = ""


class _Side(msgspec.Struct):
    sha: str = ""
    repo: _Repository | None = None


class _PullRequest(msgspec.Struct):
    number: int
    base: _Side
    head: _Side


class _MergeGroup(msgspec.Struct):
    base_sha: str
    head_sha: str


class _WorkflowRun(msgspec.Struct):
    """The run that triggered this one; GitHub names no pull request if it came from a fork."""

    head_sha: str
    event: str
    head_branch: str | None = None
    head_repository: _Repository | None = None


class _Event(msgspec.Struct):
    pull_request: _PullRequest | None = None
    workflow_run: _WorkflowRun | None = None
    merge_group: _MergeGroup | None = None
    before: str = ""
    after: str = ""


def detect(environ: Mapping[str, str]) -> Target | None:
    """The event's two commits: of a pull request, a merge group, or a push.

    https://docs.github.com/en/webhooks/webhook-events-and-payloads
    """
    if environ.get("GITHUB_ACTIONS") != "true":
        return None
    event = _event(environ)
    repository = environ.get("GITHUB_REPOSITORY", "")
    api_url = environ.get("GITHUB_API_URL") or API_URL
    if event.pull_request is not None:
        request = event.pull_request
        source = request.head.repo.full_name if request.head.repo else ""
        commits = (request.base.sha, request.head.sha)
        return Target(api_url, repository, request.number, *commits, fork=source != repository)
    if event.workflow_run is not None:
        return _workflow_run_target(Target(api_url, repository, None, "", ""), event.workflow_run)
    if event.merge_group is not None:
        group = event.merge_group
        return Target(api_url, repository, None, group.base_sha, group.head_sha)
    base = "" if event.before == _ZEROS else event.before
    return Target(api_url, repository, None, base, event.after or environ.get("GITHUB_SHA", ""))


def _workflow_run_target(target: Target, run: _WorkflowRun) -> Target:
    """The target of a run that another run triggered; GitHub wrote all that the event says."""
    if run.event != "pull_request" or run.head_repository is None:
        raise ForgeError(
            f"the run that this one follows was for a {inert(run.event, 40)} event",
            advice="Run it only if `github.event.workflow_run.event` is `pull_request`.",
        )
    source = Source(run.head_repository.full_name, run.head_branch or "")
    fork = source.repository != target.repository
    return msgspec.structs.replace(target, head=run.head_sha, fork=fork, source=source)


def _event(environ: Mapping[str, str]) -> _Event:
    """The file that Actions writes for the job; an empty event where it names none."""
    path = environ.get("GITHUB_EVENT_PATH")
    try:
        payload = Path(path).read_bytes() if path else b""
    except (OSError, ValueError) as error:
        raise UsageError(
            f"cannot read the event that GITHUB_EVENT_PATH names: {reason(error)}",
            advice="run sigclock in the job itself, where GitHub wrote that file",
        ) from error
    try:
        return msgspec.json.decode(payload or b"{}", type=_Event)
    except msgspec.MsgspecError as error:
        raise ForgeError(
            "the event that GITHUB_EVENT_PATH names cannot be read",
            advice="Run sigclock in the job itself, where GitHub wrote that file.",
        ) from error


def post(
    target: Target, messages: Sequence[Message], environ: Mapping[str, str], timeout: int = 30
) -> list[PostResult]:
    """Keep one comment for each message's key; nothing is tried twice here."""
    if target.number is None:
        raise no_number()
    try:
        from github import GithubException  # noqa: PLC0415 (an extra; nobody else pays for it)
    except ImportError as error:
        raise no_library("PyGithub") from error
    token = token_from(environ, TOKENS)
    try:
        with _client(target, token, timeout) as client:
            return _post_all(client, target, messages)
    except GithubException as error:
        raise refused(_refusal(error), _FORK if target.fork else _PERMISSION, token) from error
    except OSError as error:
        raise unreachable("GitHub", error) from error


def _client(target: Target, token: str, timeout: int) -> Github:
    from github import Auth, Github  # noqa: PLC0415 (likewise)

    return Github(
        auth=Auth.Token(token),
        base_url=target.api_url,
        timeout=timeout,
        per_page=100,
        lazy=True,
        retry=None,
        seconds_between_requests=None,
        seconds_between_writes=None,
    )


def _post_all(client: Github, target: Target, messages: Sequence[Message]) -> list[PostResult]:
    repository = client.get_repo(target.repository)
    if target.source and not _is_current(repository, target):
        return [PostResult("outdated") for _ in messages]
    issue = repository.get_issue(target.number or 0)
    identity = _identity(client)
    comments = list(_comments(issue))
    return [_apply(issue, message, decide(comments, message, identity)) for message in messages]


def _is_current(repository: Repository, target: Target) -> bool:
    head = repository.get_pull(target.number or 0).head
    name = getattr(head.repo, "full_name", "")
    return confirm(target, Source(name, head.ref), head.sha)


def _apply(issue: Issue, message: Message, step: Step) -> PostResult:
    if step.action == "created":
        return PostResult("created", issue.create_comment(sign(message)).html_url)
    if step.comment is None:
        return PostResult(step.action)
    comment = issue.get_comment(step.comment)
    if step.action == "updated":
        comment.edit(sign(message))
    return PostResult(step.action, comment.html_url)


def _comments(issue: Issue) -> Iterator[Comment]:
    """Every comment of the conversation; if its account was deleted, it has no author."""
    for comment in issue.get_comments():
        author, kind = (getattr(comment.user, name, "") for name in ("login", "type"))
        yield Comment(comment.id, author, comment.body or "", bot=kind == "Bot")


def _identity(client: Github) -> str | None:
    """Our login; None for the token of an app or of Actions, which may not ask who it is."""
    from github import GithubException  # noqa: PLC0415 (likewise)

    try:
        return client.get_user().login
    except GithubException as error:
        if error.status == HTTPStatus.FORBIDDEN and not _limited(error):
            return None
        raise


def _refusal(error: GithubException) -> Refusal:
    status = HTTPStatus.TOO_MANY_REQUESTS if _limited(error) else error.status
    reason = error.data.get("message", "") if isinstance(error.data, dict) else ""
    return Refusal("GitHub", status, reason, _headers(error).get("retry-after", ""))


def _limited(error: GithubException) -> bool:
    """GitHub limits rates with 403 as well as with 429; headers tell a limit from a refusal.

    https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
    """
    headers = _headers(error)
    return "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"


def _headers(error: GithubException) -> dict[str, str]:
    return {name.lower(): str(value) for name, value in (error.headers or {}).items()}
