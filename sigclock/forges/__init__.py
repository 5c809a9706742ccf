"""Where comments go: each forge knows its CI's environment and how to keep one comment current."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Protocol

import msgspec

from sigclock.forges.comment import Message, Said, Target


class Post(Protocol):
    """Create, update or leave a comment for each message; what was said of each, in order.

    Raises `ForgeError`; `timeout` is in seconds.
    """

    def __call__(
        self,
        target: Target,
        messages: Sequence[Message],
        environ: Mapping[str, str],
        timeout: int = 30,
    ) -> list[Said]: ...


class Forge(msgspec.Struct, frozen=True):
    """What a module of this folder says of its forge.

    `detect` reads the CI's environment: None where it is not this forge's. `limit` is the longest
    body in characters that the forge takes, our mark not counted. `api_url` is where its API is
    unless a user or the environment says otherwise, and `ci` what its CI is called. `token` is the
    variable that usually holds a token, and `summary` the one that names the file to which a job
    adds its summary, empty where there is none.
    """

    detect: Callable[[Mapping[str, str]], Target | None]
    post: Post
    limit: int
    api_url: str
    ci: str
    token: str
    summary: str


def _forge(name: str) -> Forge:
    module = import_module(f"{__name__}.{name}")
    return Forge(
        module.detect,
        module.post,
        module.LIMIT,
        module.API_URL,
        module.CI,
        module.TOKEN,
        module.SUMMARY,
    )


FORGES: dict[str, Forge] = {
    "github": _forge("github"),
    "gitlab": _forge("gitlab"),
}
