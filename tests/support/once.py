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
    base = factory.getbasetemp()
    # A worker has a folder of its own inside the folder of the run.
    place = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    file = Path(place, name)
    with Path(place, f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            file.write_bytes(work())
    return file.read_bytes()
