"""The explicit choice for a task without outputs: it returns a marker, so both sides cache it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

#: What a marked task returns; callers may ignore it.
MARKER = "done"


def returns_marker(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function without outputs return `MARKER`; stands directly below `@task`.

    A cluster never stores the outputs of a task that has none, so it runs each time there and once
    on a laptop. With an output, however small, both keep it. sigclock reads the decorator in the
    source as well, so the lock shows the `str`.
    """
    wrapper = _async(function) if inspect.iscoroutinefunction(function) else _plain(function)
    wrapper.__annotations__ = {**function.__annotations__, "return": str}
    # Flyte asks for the signature, which would else be that of the wrapped function.
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
