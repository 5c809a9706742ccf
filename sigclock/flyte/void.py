"""A decorator for a task without outputs: the task returns a marker, so both sides cache it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

#: What a marked task returns; callers may ignore it.
MARKER = "done"


def returns_marker(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function without outputs return `MARKER`; write it directly below `@task`.

    A cluster does not cache a task without outputs, so the task runs each time there, but only once
    on a laptop. With an output, however small, both cache it. sigclock reads the decorator in the
    source too, so the lock has the `str`.
    """
    wrapper = _async(function) if inspect.iscoroutinefunction(function) else _plain(function)
    wrapper.__annotations__ = {**function.__annotations__, "return": str}
    # Flyte reads the signature, which would otherwise be that of the wrapped function.
    marked: Any = wrapper
    marked.__signature__ = inspect.signature(function).replace(return_annotation=str)
    return wrapper


def _plain(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def run(*args: object, **kwargs: object) -> str:
        function(*args, **kwargs)
        return MARKER

    return run


def _async(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def run(*args: object, **kwargs: object) -> str:
        await function(*args, **kwargs)
        return MARKER

    return run
