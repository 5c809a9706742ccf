"""Which calls make tasks in which SDK: a dialect a file."""

from __future__ import annotations

from typing import Protocol

from sigclock.dialects import flytekit
from sigclock.dialects.declaration import Declaration
from sigclock.resolve.values import Called, Value


class Dialect(Protocol):
    """A module of this folder."""

    MARKERS: tuple[bytes, ...]

    def declare(self, call: Called, decorators: frozenset[str] = ...) -> Declaration | None:
        """The task that a call makes, or None."""

    def is_factory(self, value: Value, decorators: frozenset[str] = ...) -> bool:
        """Whether a value is something that makes tasks when it is applied."""


DIALECTS: tuple[Dialect, ...] = (flytekit,)
