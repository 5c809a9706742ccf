"""A comment on a pull request: its target, its messages, and whether it is current; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from sigclock.errors import SigclockError
from sigclock.verdict.wording import inert

_TOO_MANY = 429


class ForgeError(SigclockError):
    """The forge refused or did not answer; the message contains no token.

    `wait` is the number of seconds before the next try; None if another try is useless.
    """

    wait: int | None = None


class Source(msgspec.Struct, frozen=True):
    """The branch from which a pull request comes, and its repository by its full name."""

    repository: str
    branch: str


class Target(msgspec.Struct, frozen=True):
    """Where the comment goes and which two commits it compares, as the CI's environment says.

    `number` is None if there is no pull request; `base` is empty if it is not known. `fork` is set
    if the change comes from another repository, whose token may only read. `source` is set for a
    run that another run triggered: then the number counts only if the pull request comes from that
    source and its head is still `head`.
    """

    api_url: str
    repository: str
    number: int | None
    base: str
    head: str
    fork: bool = False
    source: Source | None = None


class Message(msgspec.Struct, frozen=True):
    """A body, and the key by which its comment is found again.

    `create` is cleared for a message that may only replace an earlier comment.
    """

    key: str
    body: str
    create: bool = True


class Comment(msgspec.Struct, frozen=True):
    """A comment of the forge; `author` is a login, `bot` is set for the account of a bot."""

    id: int
    author: str
    body: str
    bot: bool = False


class Step(msgspec.Struct, frozen=True):
    """What to do; `comment` is the id of the comment to update or leave, None for a new comment."""

    action: Literal["created", "updated", "unchanged", "unneeded"]
    comment: int | None = None


class PostResult(msgspec.Struct, frozen=True):
    """What was done, and the address of the comment; `outdated` if the head moved on."""

    action: Literal["created", "updated", "unchanged", "unneeded", "outdated"]
    url: str = ""


def sign(message: Message) -> str:
    """The body under a mark that no reader sees."""
    return f"{_mark(message.key)}\n{message.body}"


def decide(comments: Iterable[Comment], message: Message, author: str | None) -> Step:
    """Update our first comment, if it exists and its text differs.

    A comment is ours if it starts with the mark and is by `author`, or by any bot if the token does
    not say who we are. A mark in a comment of somebody else is only text.
    """
    mark = _mark(message.key)
    ours = [
        comment
        for comment in comments
        if comment.body.startswith(mark)
        and (comment.bot if author is None else comment.author == author)
    ]
    if not ours:
        return Step("created" if message.create else "unneeded")
    first = min(ours, key=lambda comment: comment.id)
    if _plain(first.body) == _plain(sign(message)):
        return Step("unchanged", first.id)
    return Step("updated", first.id)


class Refusal(msgspec.Struct, frozen=True):
    """An HTTP status, the forge's reason for it, and the seconds that `Retry-After` names."""

    forge: str
    status: int
    reason: object
    wait: str = ""


def refused(refusal: Refusal, permission: str, token: str) -> ForgeError:
    """A refusal as an error with advice; `permission` says what the token needs."""
    when = f"in {inert(refusal.wait, 20)} seconds" if refusal.wait else "later"
    advice = {
        401: "The token is wrong or has expired; make a new one.",
        403: permission,
        404: f"There is no such pull request, or the token cannot see it. {permission}",
        422: "The comment was not accepted; `--dry-run` shows its body.",
        429: f"Too many requests; run it again {when}.",
    }.get(refusal.status, "Run it again later.")
    reason = inert(str(refusal.reason).replace(token, "***"), 200)
    error = ForgeError(f"{refusal.forge} answered {refusal.status}: {reason}", advice=advice)
    if refusal.status == _TOO_MANY and refusal.wait.isdecimal():
        error.wait = int(refusal.wait[:9])
    return error


def unreachable(forge: str, error: Exception) -> ForgeError:
    """No answer at all; only the type of the error is shown, for its text may contain anything."""
    return ForgeError(
        f"{forge} could not be reached ({type(error).__name__})",
        advice="Check the network and the API address, and run it again.",
    )


def token_from(environ: Mapping[str, str], variables: Sequence[str]) -> str:
    """Tokens come from the environment only: the first of `variables` that is set."""
    for variable in variables:
        if environ.get(variable):
            return environ[variable]
    names = " or ".join(variables)
    raise ForgeError("there is no token to comment with", advice=f"Set {names}.")


def no_library(package: str) -> ForgeError:
    """The forge's library is an extra."""
    return ForgeError(
        f"{package} is not installed", advice="Run `pip install 'sigclock[comment]'`."
    )


def no_number() -> ForgeError:
    """A push has no conversation."""
    return ForgeError(
        "this is not a pull request, so there is nothing to comment on",
        advice="Run `sigclock comment` for pull requests only, or with `--dry-run`.",
    )


def confirm(target: Target, source: Source, head: str) -> bool:
    """Whether the pull request on the forge is at the head that was judged.

    Raises if it comes from another source: a number from foreign code proves nothing.
    """
    if target.source is None:
        return True
    if source != target.source:
        raise ForgeError(
            f"pull request {target.number} does not come from the branch that was judged",
            advice="Nothing was posted; the file's number is not to be trusted.",
        )
    return head == target.head


def _mark(key: str) -> str:
    """An HTML comment; characters that could end it are written as their code points."""
    safe = "".join(c if c.isalnum() or c in "._/" else f"%{ord(c):x};" for c in key)
    return f"<!-- sigclock:{safe} -->"


def _plain(body: str) -> str:
    """The body without what forges change: line ends, and blank space at the end."""
    return body.replace("\r\n", "\n").rstrip()
