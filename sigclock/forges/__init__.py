"""Where comments go: each forge knows its CI's environment and how to keep one comment current."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from sigclock.forges import github, gitlab
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
    """`detect` reads the CI's environment and event payload: None where it is not this forge's.

    `limit` is the longest body in characters that the forge takes, our mark not counted.
    """

    detect: Callable[[Mapping[str, str], bytes], Target | None]
    post: Post
    limit: int


FORGES: dict[str, Forge] = {
    "github": Forge(github.detect, github.post, github.LIMIT),
    "gitlab": Forge(gitlab.detect, gitlab.post, gitlab.LIMIT),
}
