"""Files that the user names: within the repository none of them is reached through a link.

A name such as `report.sarif` is the user's, but whoever pushes a branch can put a link there.
"""

from __future__ import annotations

import os
from pathlib import Path

from sigclock.errors import UsageError, reason
from sigclock.source import LARGEST


def read_named(path: str, advice: str) -> bytes:
    """At most `LARGEST` + 1 bytes of a file or of a pipe; `UsageError` if it cannot be read."""
    try:
        with _place(path).open("rb") as file:
            return file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {path!r}: {reason(error)}", advice=advice) from error


def write_named(path: str, data: bytes, mode: str = "wb") -> None:
    """Write a file; `UsageError` says why it cannot be written."""
    try:
        with _place(path).open(mode) as file:
            file.write(data)
    except (OSError, ValueError) as error:
        missing = isinstance(error, FileNotFoundError)
        advice = "make its folder first" if missing else "name a file that can be written"
        raise UsageError(f"cannot write {path}: {reason(error)}", advice=advice) from error


def _place(path: str) -> Path:
    """The place of that name, without `..`, for a link's parent is not the folder it is in."""
    place = Path(os.path.abspath(path))  # noqa: PTH100 - it must not follow links
    folders = [folder for folder in place.parents if os.path.lexists(folder / ".git")]
    inside = place.relative_to(folders[-1]).parts if folders else ()
    for depth in range(len(inside)):
        found = folders[-1].joinpath(*inside[: depth + 1])
        if found.is_symlink():
            raise UsageError(
                f"{path!r} leads through a link, {found.name!r}",
                advice="sigclock follows no link in a repository; name the file itself",
            )
    return place
