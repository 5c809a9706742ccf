"""What may make tasks and could not be followed, as data beside the snapshot."""

from __future__ import annotations

import msgspec

from sigclock.source import Location


class Unrecognized(msgspec.Struct, frozen=True, omit_defaults=True):
    """A statement that carries cache arguments, or makes tasks, and is claimed by no task.

    `maker` is what is applied there: the dotted name of something outside the tree if it is
    `outside`, else how it is known in the tree. `shown` is its source in one line, `owner` the
    qualified name around it, `arguments` the cache arguments. A waiver counts on `lines`. One that
    is `weak` counts only in a tree that has to do with Flyte.
    """

    maker: str
    shown: str
    location: Location
    lines: tuple[int, int]
    owner: str = ""
    arguments: str = ""
    outside: bool = False
    weak: bool = False

    @property
    def identity(self) -> str:
        """What tells it from others, wherever it is moved and however it is formatted."""
        return f"{self.owner}\0{self.maker}\0{self.arguments}"
