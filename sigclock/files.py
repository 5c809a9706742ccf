"""Replaces files so that each is, at any moment, wholly as before or wholly as after."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from sigclock.errors import EditError, SigclockError
from sigclock.trees import Disk

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Change(msgspec.Struct, frozen=True):
    """What a file holds now (`before`, None where there is none) and shall hold (`after`)."""

    path: str
    before: bytes | None
    after: bytes


def replace(root: Path, changes: Sequence[Change]) -> None:
    """Write `changes`, whose paths are POSIX and relative to `root`, in the order given.

    Mode is kept, owner and group where that is allowed. A file with several hard links gets a new
    inode: its other names keep the old content. `EditError` if a file is no longer as it was read,
    or is reached through a symlink: then nothing is written. `SigclockError` if the disk is full
    or read-only; that shows before the first file is replaced, save for a failing rename.
    """
    _verify(root, changes)
    staged = [(change, _beside(root / change.path)) for change in changes]
    try:
        for change, draft in staged:
            _write(draft, root / change.path, change)
        _verify(root, changes)
        for change, draft in staged:
            _rename(draft, root / change.path, change)
    finally:
        for _, draft in staged:
            with suppress(OSError):
                draft.unlink()


def _verify(root: Path, changes: Sequence[Change]) -> None:
    disk = Disk(root)
    for change in changes:
        _refuse_detour(disk, change.path)
        found = disk.read(change.path) if disk.holds(change.path) else None
        if found != change.before:
            raise EditError(
                f"{change.path} changed while sigclock was reading",
                advice="nothing was written; run the command again",
                location=change.path,
            )


def _refuse_detour(disk: Disk, path: str) -> None:
    parts = PurePosixPath(path).parts
    inside = parts and not path.startswith("/") and not {"..", ".git"}.intersection(parts)
    if inside and disk.has_folder(path.rpartition("/")[0]):
        mode = disk.mode(path)
        if not mode or stat.S_ISREG(mode):
            return
    raise EditError(
        f"{path} is no regular file in a folder of this tree",
        advice="nothing was written; sigclock follows no symlink, so edit its target itself",
        location=path,
    )


def _beside(target: Path) -> Path:
    return target.with_name(f".sigclock-{secrets.token_hex(8)}.tmp")


def _write(draft: Path, target: Path, change: Change) -> None:
    try:
        with draft.open("xb") as file:
            file.write(change.after)
            file.flush()
            os.fsync(file.fileno())
        if change.before is not None:
            _dress(draft, target.lstat())
    except OSError as error:
        raise _unwritten(change, error) from error


def _dress(draft: Path, like: os.stat_result) -> None:
    """Give owner and group before mode, for a change of owner takes the set-user bits off."""
    now = draft.lstat()
    if (now.st_uid, now.st_gid) != (like.st_uid, like.st_gid):
        with suppress(PermissionError):
            os.chown(draft, like.st_uid, like.st_gid)
    draft.chmod(stat.S_IMODE(like.st_mode))


def _rename(draft: Path, target: Path, change: Change) -> None:
    try:
        draft.replace(target)
    except OSError as error:
        raise _unwritten(change, error) from error


def _unwritten(change: Change, error: OSError) -> SigclockError:
    return SigclockError(
        f"cannot write {change.path}: {error.strerror}",
        advice="no file is half written; make room or give permission, then run again",
        location=change.path,
    )
