"""Which calls make tasks in which SDK: a way to declare them a file."""

from __future__ import annotations

from collections.abc import Container
from importlib import import_module
from typing import Protocol, cast

from sigclock.python.values.values import Called, Value
from sigclock.tasks.declaration import Declaration


class SdkReader(Protocol):
    """A module of this folder."""

    #: A file that holds none of these cannot declare a task by itself.
    MARKERS: tuple[bytes, ...]
    #: Where the SDK's own classes are imported from; a class of the tree may extend them.
    HOMES: tuple[str, ...]
    #: A call within an expression is looked at if its name has one of these, in lower case.
    WORDS: tuple[str, ...]

    def declare(self, call: Called, decorators: Container[str] = ..., /) -> Declaration | None:
        """The task that a call makes, or None. `decorators` are a team's own."""

    def is_factory(self, value: Value, decorators: Container[str] = ..., /) -> bool:
        """Whether a value is something that makes tasks when it is applied."""


def _reader(name: str) -> SdkReader:
    return cast("SdkReader", import_module(f"{__name__}.{name}"))


SDKS: tuple[SdkReader, ...] = (
    _reader("flytekit"),
    _reader("flytekit_maps"),
    _reader("flytekit_classes"),
    _reader("flyte"),
)

#: All of their markers, all of their homes, and all of their words.
MARKERS = tuple(sorted({marker for sdk in SDKS for marker in sdk.MARKERS}))
HOMES = tuple(sorted({home for sdk in SDKS for home in sdk.HOMES}))
WORDS = tuple(sorted({word for sdk in SDKS for word in sdk.WORDS}))
