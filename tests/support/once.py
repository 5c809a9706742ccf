"""Work that is done once in a test run, however many processes share it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest


def once(factory: pytest.TempPathFactory, name: str, work: Callable[[], bytes]) -> bytes:
    """What `work` gives, from the first process of the run that asks; the others wait for it."""
    place = shared(factory)
    file = Path(place, name)
    with Path(place, f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            file.write_bytes(work())
    return file.read_bytes()


def shared(factory: pytest.TempPathFactory) -> Path:
    """The folder of the run; each of its processes has a folder of its own in it."""
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
