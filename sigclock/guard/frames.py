"""Who calls: the only way to the task, for the SDKs hand no more than keys to their caches."""

from __future__ import annotations

import sys
from types import FrameType

#: How far up the caller may be; test fixtures stand between.
_FRAMES = 16


def caller(function: str, variable: str) -> object:
    """A variable of the nearest caller of that name; None if there is none."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the documented way to a frame
    for _ in range(_FRAMES):
        if frame is None:
            return None
        if frame.f_code.co_name == function:
            value: object = frame.f_locals.get(variable)
            return value
        frame = frame.f_back
    return None
