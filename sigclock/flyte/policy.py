"""`SignaturePolicy`: the cache version is the output signature, on Flyte 1 and Flyte 2 alike."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from typing import Any

import msgspec

from sigclock.errors import UsageError
from sigclock.flyte.live_function import Signed, read
from sigclock.lock import ledger
from sigclock.lock.lock import Account

#: The ways to hash that a policy can name; a way never changes its result.
REVISIONS = (1,)

#: Set by the SDKs' entry points inside a container of a cluster.
IN_CLUSTER = ("FLYTE_INTERNAL_EXECUTION_ID", "_U_RUN_BASE")


class RefusalError(UsageError):
    """A task must not have this version; the advice is in the text, for the SDKs show only that."""

    def __str__(self) -> str:
        return f"{self.message}\n{self.advice}"


class SignaturePolicy(msgspec.Struct, frozen=True):
    """A cache policy whose version moves exactly when a task's output signature does.

    `Cache(policies=[SignaturePolicy()])`, alone or with other policies; `salt` counts. The
    signature is computed from the source on disk, without import. If the lock has an acceptance,
    the version stays that of the older signature. `strict` refuses a task whose signature is not
    the locked one, except inside an execution on a cluster. `revision` names how the hash is made:
    an upgrade of sigclock may add revisions and changes none.
    """

    strict: bool = False
    revision: int = 1

    def __post_init__(self) -> None:
        if self.revision not in REVISIONS:
            known = ", ".join(map(str, REVISIONS))
            raise RefusalError(
                f"SignaturePolicy(revision={self.revision}) is not known to this sigclock",
                advice=f"upgrade sigclock, or name one of: {known}",
            )

    def get_version(self, salt: str, params: Any) -> str:  # noqa: ANN401 - either SDK's parameters
        """`sigclock:<revision>:<hash>`; `RefusalError` for a task that must not be cached so."""
        signed = read(_function(params))
        if type(params).__module__.startswith("flytekit."):
            _refuse_on_flyte_1(signed)
        if self.strict and not any(name in os.environ for name in IN_CLUSTER):
            _refuse_unlocked(signed)
        digest = _digest("policy", str(self.revision), salt, canonical(signed.long, signed.account))
        return f"sigclock:{self.revision}:{digest}"


def canonical(long: str, account: Account) -> str:
    """The oldest of the signatures that a person accepted as the same, with all digits."""
    words = {
        (word.baseline.partition("+")[0], word.current.partition("+")[0])
        for word in account.accepted
        if word.reason
    }
    same = {long}
    while more := {end for word in words if same & {*word} for end in word} - same:
        same |= more
    return min(same - {current for _, current in words} or same)


def _function(params: Any) -> Callable[..., object]:  # noqa: ANN401 - either SDK's parameters
    function: Callable[..., object] | None = getattr(params, "func", None)
    if function is None:
        raise RefusalError(
            "SignaturePolicy reads a function's annotations, and this task has no function",
            advice="give the task an explicit cache version",
        )
    return function


def _refuse_on_flyte_1(signed: Signed) -> None:
    if decorator := signed.shared_decorator:
        raise RefusalError(
            f"{signed.where}: the decorator {decorator!r} is one object: flytekit asks a policy "
            "for the first function only and gives every further one that version",
            advice=f"make {decorator} a `functools.partial(task, ...)`: it is called each time",
        )
    if signed.void:
        raise RefusalError(
            f"{signed.where}: {signed.function} is cached and returns nothing: local would skip "
            "it from the second call on, remote would run it each time",
            advice="write cache=False to cache it on neither side, or @returns_marker (from "
            "sigclock.flyte) below @task to cache it on both",
        )


def _refuse_unlocked(signed: Signed) -> None:
    locked = signed.locked
    if locked is None:
        what = "is not in the lock" if signed.has_lock else f"has no lock: {signed.lock_path}"
    elif not ledger.equivalents(signed.account, signed.signature) & {locked.signature}:
        what = "does not return what the lock says"
    else:
        return
    raise RefusalError(
        f"{signed.where}: {signed.function} {what}, so it was not reviewed as it is",
        advice="run `sigclock update`, look at the change and commit the lock with it",
    )


def _digest(*parts: str) -> str:
    hasher = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        hasher.update(b"%d:" % len(data))
        hasher.update(data)
    return hasher.hexdigest()
