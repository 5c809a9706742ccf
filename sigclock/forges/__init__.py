"""Where comments go: each forge reads its CI's environment and keeps a comment current."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Protocol

import msgspec

from sigclock.forges.comment import Message, PostResult, Target


class Post(Protocol):
    """Create, update or leave a comment for each message; a result for each, in order.

    Raises `ForgeError`; `timeout` is in seconds.
    """

    def __call__(
        self,
        target: Target,
        messages: Sequence[Message],
        environ: Mapping[str, str],
        timeout: float = 30,
    ) -> list[PostResult]: ...


class Forge(msgspec.Struct, frozen=True):
    """A forge, as its module in this folder describes it.

    `detect` reads the CI's environment; it returns None in another CI. `limit` is the longest body
    that the forge accepts, in characters without our mark. `api_url` is the default address of
    its API, empty if each has its own, and `ci` the name of its CI. `token` is the variable that
    usually holds a token. `summary` is the variable with the path of the file for a job's summary;
    it is empty if there is none. `file` is the address of a line of a file, with `web`, `commit`,
    `path` and `line` to fill in.
    `html` tells whether its Markdown has HTML.
    """

    detect: Callable[[Mapping[str, str]], Target | None]
    post: Post
    limit: int
    api_url: str
    ci: str
    token: str
    summary: str
    file: str
    html: bool


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
        module.FILE,
        module.HTML,
    )


FORGES: dict[str, Forge] = {
    "azure": _forge("azure"),
    "bitbucket": _forge("bitbucket"),
    # Before GitHub, whose variables its runners set as well.
    "gitea": _forge("gitea"),
    "github": _forge("github"),
    "gitlab": _forge("gitlab"),
}
