"""The event of an Actions job: GitHub's, and those of the forges that run the same workflows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from sigclock.errors import UsageError, reason
from sigclock.forges.comment import ForgeError, Target

#: The event of a job that has the base's files and rights; nothing of the change is checked out.
_TRUSTED = "pull_request_target"
_ZEROS = "0" * 40


class _Repository(msgspec.Struct):
    full_name: str = ""


class _Side(msgspec.Struct):
    sha: str = ""
    repo: _Repository | None = None


class _Request(msgspec.Struct):
    number: int
    base: _Side
    head: _Side


class _MergeGroup(msgspec.Struct):
    base_sha: str
    head_sha: str


class _Event(msgspec.Struct):
    pull_request: _Request | None = None
    merge_group: _MergeGroup | None = None
    before: str = ""
    after: str = ""


def target(environ: Mapping[str, str], api_url: str) -> Target:
    """The event's two commits: of a pull request, a merge group, or a push."""
    event = _event(environ)
    repository = environ.get("GITHUB_REPOSITORY", "")
    server = environ.get("GITHUB_SERVER_URL", "").rstrip("/")
    web_url = f"{server}/{repository}" if server else ""
    if event.pull_request is not None:
        request = event.pull_request
        source = request.head.repo.full_name if request.head.repo else ""
        return Target(
            api_url,
            repository,
            request.number,
            request.base.sha,
            request.head.sha,
            fork=source != repository,
            apart=environ.get("GITHUB_EVENT_NAME") == _TRUSTED,
            web_url=web_url,
        )
    base, head = "" if event.before == _ZEROS else event.before, event.after
    if event.merge_group is not None:
        base, head = event.merge_group.base_sha, event.merge_group.head_sha
    head = head or environ.get("GITHUB_SHA", "")
    return Target(api_url, repository, None, base, head, web_url=web_url)


def _event(environ: Mapping[str, str]) -> _Event:
    """The file that Actions writes for the job; an empty event where it names none."""
    path = environ.get("GITHUB_EVENT_PATH")
    try:
        payload = Path(path).read_bytes() if path else b""
    except (OSError, ValueError) as error:
        raise UsageError(
            f"cannot read the event that GITHUB_EVENT_PATH names: {reason(error)}",
            advice="run sigclock in the job itself, where the runner wrote that file",
        ) from error
    try:
        return msgspec.json.decode(payload or b"{}", type=_Event)
    except msgspec.MsgspecError as error:
        raise ForgeError(
            "the event that GITHUB_EVENT_PATH names cannot be read",
            advice="Run sigclock in the job itself, where the runner wrote that file.",
        ) from error
