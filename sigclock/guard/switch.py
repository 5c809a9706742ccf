"""Whether the guard is on, found out without importing anything that is not imported anyway.

SDKs ask in every process that imports them, so a process without the guard pays for a few looks at
the disk.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

#: Set to 1 or 0, it overrides every configuration.
VARIABLE = "SIGCLOCK_GUARD"
#: Set by the SDKs' entry points inside a container of a cluster, where there is no local cache.
IN_CLUSTER = ("FLYTE_INTERNAL_EXECUTION_ID", "_U_RUN_BASE")

_OFF = ("0", "false", "no", "off")
#: In bytes; nobody wrote a longer one.
_LONGEST = 1024 * 1024


def is_on() -> bool:
    """Whether this process has the guard: the variable says it, else the configuration."""
    if any(name in os.environ for name in IN_CLUSTER):
        return False
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return chosen.lower() not in _OFF
    return configured("guard") is True


def trusts_unknown() -> bool:
    """Whether an entry from before the guard counts as stored by the first signature that asks."""
    return configured("guard-unknown") == "trust"


def configured(key: str) -> object:
    """A key of the nearest `[tool.sigclock]`, from the current folder and from each script up."""
    for start in _starts():
        for folder in _upward(start):
            data = _read(f"{folder}/pyproject.toml")
            if b"tool.sigclock" in data:
                return _value(data, key)
    return None


def _starts() -> Iterator[str]:
    """The folders of the process: the current one, and those of the scripts it was given."""
    try:
        yield os.getcwd()  # noqa: PTH109 - pathlib takes ten times as long to import
    except OSError:
        return
    for argument in getattr(sys, "argv", ()):
        if argument.endswith(".py"):
            yield os.path.dirname(os.path.abspath(argument))  # noqa: PTH100, PTH120 - likewise


def _upward(folder: str) -> Iterator[str]:
    """A folder and those above it, up to the root of its repository."""
    while True:
        yield folder
        above = os.path.dirname(folder)  # noqa: PTH120 - likewise
        if above == folder or os.path.exists(f"{folder}/.git"):  # noqa: PTH110 - likewise
            return
        folder = above


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - likewise
            return file.read(_LONGEST)
    except OSError:
        return b""


def _value(data: bytes, key: str) -> object:
    """The value of a key of `[tool.sigclock]`; the file is parsed only where it names the key."""
    word = key.encode()
    lines = [line for line in data.splitlines() if word in line]
    if not any(b"true" in line or b"trust" in line for line in lines):
        return None
    if sys.version_info >= (3, 11):
        import tomllib  # noqa: PLC0415 - only where the guard seems to be on
    else:
        import tomli as tomllib  # noqa: PLC0415 - likewise
    try:
        return tomllib.loads(data.decode())["tool"]["sigclock"].get(key)
    except (ValueError, LookupError, AttributeError, TypeError, RecursionError):
        # `sigclock check` says what is wrong with it; a guard too many only costs a run.
        return key == "guard"
