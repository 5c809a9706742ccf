"""Differences between a task as the SDK makes it and as sigclock reads it; `verify` finds them."""

from __future__ import annotations

import msgspec

from sigclock.interface.snapshot import Sdk
from sigclock.source import Location
from sigclock.verdict.finding import Finding, Level, Rule

RULE = Rule(
    id="verify-mismatch",
    level=Level.ERROR,
    summary="The project's own SDK makes something else of a task than sigclock reads.",
    help=(
        "`sigclock verify` imports the project with its SDK, or opens what `pyflyte package` "
        "wrote, and compares name, caching, version and interface task by task. A difference means "
        "that what is registered is not what was reviewed: an archive of other code, a type or a "
        "version that only a run can tell, or a gap in sigclock, which is worth a report. As a "
        "warning it says what could not be compared: a module that does not import, or a part that "
        "`unresolved-type` told already. `check` never raises it."
    ),
    before="""\
cached = task(cache=Cache(policies=[SignaturePolicy()]))

@cached  # the policy is asked here
def load(path: str) -> Rows: ...

@cached  # and not here: load's version is taken
def fit(path: str) -> Stats: ...
""",
    after="""\
cached = functools.partial(task, cache=Cache(policies=[SignaturePolicy()]))

@cached
def load(path: str) -> Rows: ...

@cached
def fit(path: str) -> Stats: ...
""",
    waivable=False,
)


class Difference(msgspec.Struct, frozen=True):
    """A part of a task that differs: what the SDK has, and what sigclock reads.

    `unread` is set if sigclock reports that it cannot read the part.
    """

    part: str
    live: str
    read: str
    unread: bool = False


def unseen(name: str, sdk: Sdk, location: Location) -> Finding:
    """The SDK has a task that sigclock does not read."""
    message = f"{name}: {sdk.value} has this task, sigclock does not see it"
    return RULE.finding(location, message, task=name, subject="unseen")


def unseen_in_archive(name: str, archive: str) -> Finding:
    """No project of the tree has a task of the archive."""
    message = f"{name}: it is in the archive, and sigclock does not see it in the tree"
    return RULE.finding(Location(archive, 1), message, task=name, subject="unseen")


def absent(name: str, location: Location) -> Finding:
    """The SDK does not have a task that sigclock reads."""
    message = f"{name}: sigclock reads this task, and the SDK does not have it"
    return RULE.finding(location, message, task=name, subject="absent")


def named(name: str, sdk: Sdk, live: str, location: Location) -> Finding:
    """The SDK gives the task another name."""
    message = f"{name}: {sdk.value} calls it {live}"
    return RULE.finding(location, message, task=name, subject="name")


def different(name: str, sdk: Sdk, difference: Difference, location: Location) -> Finding:
    """A part of the task is another for the SDK; a warning where sigclock could not read it."""
    message = f"{name}: {_description(sdk.value, difference)}"
    level = Level.WARNING if difference.unread else None
    return RULE.finding(location, message, task=name, subject=difference.part, level=level)


def shared(name: str, first: str, location: Location) -> Finding:
    """A policy made one version for two tasks that return different things."""
    message = (
        f"{name}: it has the version that a cache policy made for {first}, which returns "
        "something else: a decorator that is kept asks its policies only once"
    )
    return RULE.finding(location, message, task=name, subject="policy")


def not_described(name: str, sdk: Sdk, error: str, location: Location) -> Finding:
    """The SDK fails to say what the task is."""
    message = f"{name}: {sdk.value} cannot say what it is: {error}"
    return RULE.finding(location, message, task=name, level=Level.WARNING)


def not_imported(module: str, error: str, location: Location) -> Finding:
    """A module does not import."""
    message = f"{module} cannot be imported, so it is not verified: {error}"
    return RULE.finding(location, message, level=Level.WARNING)


def _description(sdk: str, difference: Difference) -> str:
    live, read = difference.live, difference.read
    match difference.part:
        case "sdk":
            return f"it is a task of {live}, sigclock reads one of {read}"
        case "version":
            return f'{sdk} has version "{live}", sigclock reads "{read}"'
        case "cache" | "void":
            return f"{sdk}: {live}; sigclock: {read}"
        case part:
            return f"{part}: {sdk} has {live}; sigclock reads {read}"
