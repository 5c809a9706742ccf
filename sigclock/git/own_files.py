"""The folder that sigclock has in the Git directory, and files in it that are surely its own.

A handed-over Git directory may hold links, pipes and other people's files under our names. None of
them is opened, written or removed.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

NAME = "sigclock"


def is_own_folder(folder: Path, *, make: bool = False) -> bool:
    """Whether the folder is one, no link to one, and this user's; `make` makes it if it is not."""
    try:
        if make:
            folder.mkdir(exist_ok=True)
        status = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and _is_ours(status)


def own_file(path: Path) -> os.stat_result | None:
    """The status of a plain file of this user that has no other name; None for anything else."""
    try:
        status = path.lstat()
    except OSError:
        return None
    plain = stat.S_ISREG(status.st_mode) and status.st_nlink == 1
    return status if plain and _is_ours(status) else None


def _is_ours(status: os.stat_result) -> bool:
    # Windows has no such ids.
    return not hasattr(os, "geteuid") or status.st_uid == os.geteuid()
