"""GitLab: reads the merge request from its CI and keeps a note current with python-gitlab."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from sigclock.forges.comment import (
    Comment,
    Message,
    PostResult,
    Refusal,
    Step,
    Target,
    decide,
    no_library,
    no_number,
    refused,
    sign,
    token_from,
    unreachable,
)

if TYPE_CHECKING:
    from gitlab import Gitlab
    from gitlab.v4.objects import ProjectMergeRequest

#: GitLab takes 1,000,000 characters, but nobody reads so much.
LIMIT = 250_000
_SUFFIX = "/api/v4"
API_URL = f"https://gitlab.com{_SUFFIX}"
CI = "GitLab CI"
#: The variables that may hold a token: the first that is set counts. `TOKEN` is the usual one.
TOKEN = "GITLAB_TOKEN"  # noqa: S105 - a name
TOKENS = ("SIGCLOCK_GITLAB_TOKEN", TOKEN)
#: GitLab has no summary of a job.
SUMMARY = ""
_PERMISSION = "Use a project access token with the scope `api`; a CI_JOB_TOKEN cannot comment."
_ZEROS = "0" * 40


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
    if not iid.isdecimal():
        before = environ.get("CI_COMMIT_BEFORE_SHA", "")
        return Target(api_url, project, None, "" if before == _ZEROS else before, commit)
    home = environ.get("CI_MERGE_REQUEST_PROJECT_PATH") or project
    source = environ.get("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH") or home
    base = environ.get("CI_MERGE_REQUEST_DIFF_BASE_SHA", "")
    head = environ.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or commit
    return Target(api_url, home, int(iid), base, head, fork=source != home)


def post(
    target: Target, messages: Sequence[Message], environ: Mapping[str, str], timeout: int = 30
) -> list[PostResult]:
    """Keep one note for each message's key; nothing is tried twice here."""
    if target.number is None:
        raise no_number()
    try:
        from gitlab.exceptions import GitlabError  # noqa: PLC0415 (an extra; nobody else pays)
    except ImportError as error:
        raise no_library("python-gitlab") from error
    token = token_from(environ, TOKENS)
    waits: list[str] = []
    try:
        with _client(target, token, timeout, waits) as client:
            return _post_all(client, target, messages)
    except GitlabError as error:
        status = error.response_code or 502
        refusal = Refusal("GitLab", status, _reason(error), "".join(waits))
        raise refused(refusal, _PERMISSION, token) from error
    except OSError as error:
        raise unreachable("GitLab", error) from error


def _client(target: Target, token: str, timeout: int, waits: list[str]) -> Gitlab:
    """A client that writes `Retry-After` into `waits`, for its errors do not contain it."""
    from gitlab import Gitlab  # noqa: PLC0415 (likewise)

    url = target.api_url.removesuffix(_SUFFIX)
    client = Gitlab(url, private_token=token, timeout=timeout, keep_base_url=True)

    def note(response: object, **_: object) -> None:
        waits[:] = [getattr(response, "headers", {}).get("Retry-After", "")]

    client.session.hooks["response"].append(note)
    return client


def _post_all(client: Gitlab, target: Target, messages: Sequence[Message]) -> list[PostResult]:
    project = client.projects.get(target.repository, lazy=True)
    request = project.mergerequests.get(target.number or 0, obey_rate_limit=False)
    identity = _identity(client)
    notes = list(_notes(request))
    return [_apply(request, message, decide(notes, message, identity)) for message in messages]


def _apply(request: ProjectMergeRequest, message: Message, step: Step) -> PostResult:
    where = f"{request.web_url}#note_"
    if step.action == "created":
        note = request.notes.create({"body": sign(message)}, obey_rate_limit=False)
        return PostResult("created", f"{where}{note.id}")
    if step.comment is None:
        return PostResult(step.action)
    if step.action == "updated":
        request.notes.update(step.comment, {"body": sign(message)}, obey_rate_limit=False)
    return PostResult(step.action, f"{where}{step.comment}")


def _notes(request: ProjectMergeRequest) -> Iterator[Comment]:
    """What people and bots wrote, not what GitLab itself notes."""
    for note in request.notes.list(iterator=True, per_page=100, obey_rate_limit=False):
        if not note.system:
            yield Comment(note.id, note.author["username"], note.body)


def _identity(client: Gitlab) -> str | None:
    user = client.http_get("/user", obey_rate_limit=False)
    return user["username"] if isinstance(user, dict) else None


def _reason(error: Exception) -> object:
    return getattr(error, "error_message", "") or ""
