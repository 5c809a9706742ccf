"""Statements that may make tasks and could not be followed; no part of the snapshot."""

from __future__ import annotations

import msgspec

from sigclock.source import Location


class Unrecognized(msgspec.Struct, frozen=True, omit_defaults=True):
    """A statement that carries cache arguments, or makes tasks, and is claimed by no task.

    `maker` is what is applied: a dotted name from outside the tree if `outside` is set, else its
    name in the tree. `shown` is the statement's source in one line, `owner` the qualified name
    around it, `arguments` the cache arguments. A waiver counts on `lines`. A `weak` statement
    counts only in a tree that uses Flyte.
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
        """What tells it from others, also when it is moved or formatted anew."""
        return f"{self.owner}\0{self.maker}\0{self.arguments}"
