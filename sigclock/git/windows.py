"""What Windows does otherwise: programs, long paths, files that are open, and locks on files.

Each function takes what it would ask the system for, so that it can be tried on any other.
"""

from __future__ import annotations

import ntpath
import os
import stat
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

WINDOWS = os.name == "nt"
#: Before each further try, in seconds: a virus scanner or an indexer lets go soon.
_WAITS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4) if WINDOWS else ()
_WHOLE = "\\\\?\\"
_SHARED = "\\\\"
#: Nobody writes or reads there, for a lock on Windows keeps others from doing so.
_LOCKED_AT = 2**30

#: `msvcrt.locking`: a file, a way and a number of bytes, from where the file stands.
Locking = Callable[[int, int, int], None]


@cache
def git_in(folders: str, is_file: Callable[[str], bool] = os.path.isfile) -> str | None:
    """Git's program in one of the folders of `PATH`, None where there is none.

    Given a name alone, Windows would look in the current folder first, where a repository may
    have a `git.exe` of its own.
    """
    whole = (folder for folder in folders.split(";") if ntpath.splitdrive(folder)[0])
    programs = (ntpath.join(folder, "git.exe") for folder in whole if ntpath.isabs(folder))
    return next(filter(is_file, programs), None)


def long_root(root: str, *, windows: bool = WINDOWS) -> str:
    """A folder as the beginning of paths; there, in the form without a limit of 260 letters.

    In that form no name has a meaning of its own, as `nul` and `a.` have otherwise.
    """
    if not windows or root.startswith(_WHOLE) or not ntpath.splitdrive(root)[0]:
        return root
    root = ntpath.normpath(root)
    if root.startswith(_SHARED):
        return f"{_WHOLE}UNC\\{root.removeprefix(_SHARED)}"
    return _WHOLE + root


def below(root: str, path: str, *, windows: bool = WINDOWS) -> str:
    """A path of a tree, which has slashes, below a `long_root`."""
    return "\\".join((root, *path.split("/"))) if windows else f"{root}/{path}"


def replace(draft: Path, target: Path) -> None:
    """Put a draft in a file's place, also if somebody had the file open a moment ago."""
    patiently(lambda: draft.replace(target))


def remove(path: Path, *, windows: bool = WINDOWS) -> None:
    """Remove a file of ours, also one that is read-only, or was open a moment ago."""
    if windows:
        with suppress(OSError):
            path.chmod(stat.S_IREAD | stat.S_IWRITE)
    patiently(path.unlink)


def patiently(action: Callable[[], object], waits: Sequence[float] = _WAITS) -> None:
    """Do it, and again after each wait as long as the system forbids it; the last error counts."""
    for wait in waits:
        with suppress(PermissionError):
            action()
            return
        time.sleep(wait)
    action()


def lock_byte(handle: int, locking: Locking, way: int) -> None:
    """Lock a file for as long as it is open; `OSError` if another process has."""
    here = os.lseek(handle, 0, os.SEEK_CUR)
    os.lseek(handle, _LOCKED_AT, os.SEEK_SET)
    try:
        locking(handle, way, 1)
    finally:
        os.lseek(handle, here, os.SEEK_SET)
