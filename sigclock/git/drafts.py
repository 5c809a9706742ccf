"""Notes of the drafts that a write makes, so that a later run removes the drafts of a killed one.

A note lies in the Git directory, where no pull can put a file. Its process holds a lock on it. So
`clear` removes only drafts that sigclock wrote, and only if their process has ended.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from sigclock.git.names import decoded, encoded, is_forged
from sigclock.git.own_files import is_own_folder, own_file
from sigclock.git.plain_files import content, open_plain
from sigclock.git.trees import Disk
from sigclock.git.windows import WINDOWS, lock_byte, remove

_DRAFT = re.compile(r"\.sigclock-[0-9a-f]{16}\.tmp")
_NOTE = "drafts-"
_NOTED = re.compile(r"drafts-[0-9a-f]{16}")
_TRIES = 10


def draft_path(path: str) -> str:
    """A new, unique path for a draft of `path`, in the same folder."""
    return str(PurePosixPath(path).with_name(f".sigclock-{secrets.token_hex(8)}.tmp"))


@contextmanager
def recorded(folder: Path | None, drafts: Sequence[str]) -> Iterator[None]:
    """Note drafts for as long as they may exist; do without if the note cannot be written."""
    handle, note = _note(folder) if folder and drafts else (None, None)
    try:
        if handle is not None:
            with suppress(OSError), open(handle, "wb", closefd=False) as file:
                file.write(b"".join(encoded(draft) + b"\0" for draft in drafts))
        yield
    finally:
        if handle is not None and note is not None:
            # Windows removes no open file; whoever removes this one in between does no harm.
            os.close(handle)
            with suppress(OSError):
                note.unlink()


def clear(folder: Path, root: Path) -> None:
    """Remove the drafts below `root` of every note whose process has ended, and the note."""
    if not is_own_folder(folder):
        return
    for note in sorted(folder.glob(f"{_NOTE}*")):
        # What somebody else put there, a pipe for one, is neither opened nor removed.
        if not (_NOTED.fullmatch(note.name) and own_file(note)):
            continue
        with suppress(OSError):
            handle = open_plain(note)
            try:
                _lock(handle, wait=False)
                _clear(root, content(handle))
                if not WINDOWS:
                    note.unlink()
            finally:
                os.close(handle)
            if WINDOWS:
                # Not while it is open. A process that has just made it has it open and keeps it.
                note.unlink()


def _clear(root: Path, listing: bytes) -> None:
    disk = Disk(root)
    for path in decoded(listing).split("\0")[:-1]:
        named = _DRAFT.fullmatch(path.rpartition("/")[2])
        if named and not is_forged(path) and stat.S_ISREG(disk.mode(path)):
            with suppress(FileNotFoundError):
                remove(root / path)


def _note(folder: Path) -> tuple[int, Path] | tuple[None, None]:
    """A new note, locked; another process may remove it before the lock, so try several times."""
    for _ in range(_TRIES):
        note = folder / f"{_NOTE}{secrets.token_hex(8)}"
        if not is_own_folder(folder, make=True):
            break
        try:
            handle = os.open(note, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError:
            break
        with suppress(OSError):
            _lock(handle, wait=True)
            if os.fstat(handle).st_nlink:
                return handle, note
        os.close(handle)
        with suppress(OSError):
            note.unlink()
    return None, None


def _lock(handle: int, *, wait: bool) -> None:
    """Lock for as long as the handle is open; `OSError` if that is impossible."""
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - there alone

        lock_byte(handle, msvcrt.locking, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK)
    else:
        import fcntl  # noqa: PLC0415 - everywhere else

        fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
