"""Which calls make tasks in which SDK: a dialect a file."""

from __future__ import annotations

from collections.abc import Container
from typing import Protocol

from sigclock.python.values.values import Called, Value
from sigclock.tasks.declaration import Declaration
from sigclock.tasks.sdks import flyte, flytekit, flytekit_classes, flytekit_maps


class Dialect(Protocol):
    """A module of this folder."""

    @property
    def MARKERS(self) -> tuple[bytes, ...]:  # noqa: N802 - a constant of a module
        """A file that holds none of these cannot declare a task by itself."""

    @property
    def HOMES(self) -> tuple[str, ...]:  # noqa: N802 - a constant of a module
        """Where the SDK's own classes are imported from; a class of the tree may extend them."""

    def declare(self, call: Called, decorators: Container[str] = ..., /) -> Declaration | None:
        """The task that a call makes, or None. `decorators` are a team's own."""

    def is_factory(self, value: Value, decorators: Container[str] = ..., /) -> bool:
        """Whether a value is something that makes tasks when it is applied."""


DIALECTS: tuple[Dialect, ...] = (flytekit, flytekit_maps, flytekit_classes, flyte)

#: All of their homes.
HOMES = tuple(sorted({home for dialect in DIALECTS for home in dialect.HOMES}))
