"""A comment on a pull request: its target, its messages, and whether it is current; pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from sigclock.errors import SigclockError
from sigclock.verdict.wording import inert

#: Nobody wants more comments than this on one pull request; the job's summary has everything.
MOST = 20
_TOO_MANY = 429
#: A longer key is cut in the mark, so that mark and body fit what a forge takes.
_LONGEST_KEY = 200
_START = "<!-- sigclock"
_LINK = re.compile(r"\]\(https?://[^\s()]*\)")


class ForgeError(SigclockError):
    """The forge refused or did not answer; the message contains no token.

    `status` is the HTTP status of a refusal, else 0. `wait` is the number of seconds before the
    next try; None if another try is useless.
    """

    status: int = 0
    wait: int | None = None


class Target(msgspec.Struct, frozen=True):
    """Where the comment goes and which two commits it compares, as the CI's environment says.

    `number` is None if there is no pull request; `base` is empty if it is not known. `fork` is set
    if the change comes from another repository. `apart` is set if the job's checkout is not the
    change: then its head is read from the object database, and never checked out. `web_url` is
    where people see the repository; empty if that is not known.
    """

    api_url: str
    repository: str
    number: int | None
    base: str
    head: str
    fork: bool = False
    apart: bool = False
    web_url: str = ""


class Message(msgspec.Struct, frozen=True):
    """A body, and the key by which its comment is found again.

    `create` is cleared for a message that may only replace an earlier comment. A run by another
    `configuration` has comments of its own.
    """

    key: str
    body: str
    create: bool = True
    configuration: str = ""


class Comment(msgspec.Struct, frozen=True):
    """A comment of the forge; `author` is a login, `account` the number of that account."""

    id: int
    author: str
    body: str
    url: str = ""
    account: int = 0
    bot: bool = False


class Step(msgspec.Struct, frozen=True):
    """What to do: `comment` is the one that stays, `surplus` are those that go."""

    action: Literal["created", "updated", "unchanged", "unneeded"]
    comment: Comment | None = None
    surplus: tuple[Comment, ...] = ()


class PostResult(msgspec.Struct, frozen=True):
    """What was done, and the address of the comment.

    `outdated`: the head moved on. `left`: the token may not remove another account's comment.
    """

    action: Literal["created", "updated", "unchanged", "unneeded", "outdated", "left"]
    url: str = ""


def sign(message: Message) -> str:
    """The body under a mark that no reader sees."""
    return f"{_mark(message)}\n{message.body}"


def is_marked(comment: Comment, messages: Iterable[Message]) -> bool:
    """Whether it starts as those of such messages do; a mark further down is only text."""
    return comment.body.startswith(tuple(_family(message.configuration) for message in messages))


def has_mark(comment: Comment) -> bool:
    """Whether it starts as those of any message do."""
    return comment.body.startswith((f"{_START}(", f"{_START}:"))


def decide(ours: Iterable[Comment], message: Message) -> Step:
    """Keep the oldest of our comments with the message's key, with its text, and no other."""
    mark = _mark(message)
    found = sorted(
        (comment for comment in ours if comment.body.startswith(mark)),
        key=lambda comment: comment.id,
    )
    if not found:
        return Step("created" if message.create else "unneeded")
    first, *rest = found
    same = _plain(first.body) == _plain(sign(message))
    return Step("unchanged" if same else "updated", first, tuple(rest))


def abandoned(ours: Iterable[Comment], messages: Iterable[Message]) -> list[Comment]:
    """Our comments about projects that neither side of the change has any more."""
    marks = tuple(map(_mark, messages))
    return [comment for comment in ours if not comment.body.startswith(marks)]


class Refusal(msgspec.Struct, frozen=True):
    """An HTTP status, the forge's reason for it, and the seconds that `Retry-After` names."""

    forge: str
    status: int
    reason: str
    wait: int | None = None


def refused(refusal: Refusal, permission: str) -> ForgeError:
    """A refusal as an error with advice; `permission` says what the token needs."""
    when = "later" if refusal.wait is None else f"in {refusal.wait} seconds"
    advice = {
        401: "The token is wrong or has expired; make a new one.",
        403: permission,
        404: f"There is no such pull request, or the token cannot see it. {permission}",
        422: "The comment was not accepted; `--dry-run` shows its body.",
        429: f"Too many requests; run it again {when}.",
    }.get(refusal.status, "Run it again later.")
    error = ForgeError(
        f"{refusal.forge} answered {refusal.status}: {inert(refusal.reason, 200)}", advice=advice
    )
    error.status = refusal.status
    if refusal.status == _TOO_MANY:
        error.wait = refusal.wait
    return error


def locked(error: ForgeError) -> ForgeError:
    """A refusal in a conversation that somebody has locked."""
    advice = "The conversation is locked: unlock it, or use a token of somebody who may write in it"
    return ForgeError(error.message, advice=f"{advice}.")


def unreachable(forge: str, error: Exception) -> ForgeError:
    """No answer at all; only the type of the error is shown, for its text may contain anything."""
    return ForgeError(
        f"{forge} could not be reached ({type(error).__name__})",
        advice="Check the network and the API address, and run it again.",
    )


def odd_answer(forge: str, what: str) -> ForgeError:
    """An answer, but none that the forge gives: another program may have answered."""
    return ForgeError(
        f"{forge} answered with {what}",
        advice="Check the API address: a proxy or a sign-on page may stand before the forge.",
    )


def strayed(forge: str, what: str, place: str) -> ForgeError:
    """A redirect or a next page at another address, which gets no token."""
    return ForgeError(
        f"{forge} {what} another address, {inert(place, 100)}; nothing was sent there",
        advice="Give --api-url the address at which the forge itself answers.",
    )


def token_from(environ: Mapping[str, str], variables: Sequence[str]) -> str:
    """Tokens come from the environment only: the first of `variables` that is set."""
    for variable in variables:
        if token := environ.get(variable):
            if not token.isascii() or not token.isprintable() or " " in token:
                raise ForgeError(
                    f"the token in {variable} has a blank, a line end or an odd letter",
                    advice=f"Set {variable} to the token alone.",
                )
            return token
    names = " or ".join(variables)
    raise ForgeError("there is no token to comment with", advice=f"Set {names}.")


def no_number() -> ForgeError:
    """A push has no conversation."""
    return ForgeError(
        "this is not a pull request, so there is nothing to comment on",
        advice="Run `sigclock comment` for pull requests only, or with `--dry-run`.",
    )


def check_target(target: Target, name: re.Pattern[str], example: str) -> None:
    """Refuse what has no conversation, and a repository whose name does not match."""
    if target.number is None:
        raise no_number()
    repository = target.repository
    if not name.fullmatch(repository) or {".", ".."} & {*repository.split("/")}:
        raise ForgeError(
            f"{inert(repository, 100)!r} is not the name of a repository",
            advice=f"Give --repository a name such as {example}.",
        )


def _mark(message: Message) -> str:
    """An HTML comment that no reader sees."""
    return f"{_family(message.configuration)}{_safe(message.key)} -->"


def _family(configuration: str) -> str:
    """How the marks of all runs by a configuration start."""
    named = f"({_safe(configuration)})" if configuration else ""
    return f"{_START}{named}:"


def _safe(key: str) -> str:
    """Characters that could end a mark are written as their code points."""
    safe = "".join(c if c.isalnum() or c in "._/" else f"%{ord(c):x};" for c in key)
    if len(safe) > _LONGEST_KEY:
        safe = f"{safe[: _LONGEST_KEY // 2]}.{hashlib.sha256(safe.encode()).hexdigest()}"
    return safe


def _plain(body: str) -> str:
    """The body without what forges change (line ends, blank space at the end) and without links.

    A link leads to a line at the head that was judged, and is as good after the next one.
    """
    return _LINK.sub("]", body.replace("\r\n", "\n").rstrip())
