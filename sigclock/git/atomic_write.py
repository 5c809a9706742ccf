"""Replaces files so that each is, at any moment, wholly as before or wholly as after."""

from __future__ import annotations

import os
import stat
import sys
import unicodedata
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from sigclock.errors import EditError, SigclockError
from sigclock.git import drafts, windows
from sigclock.git.names import is_forged
from sigclock.git.plain_files import read_plain
from sigclock.git.trees import Disk
from sigclock.git.windows import long_root
from sigclock.source import LARGEST

if TYPE_CHECKING:
    from collections.abc import Sequence


class FileChange(msgspec.Struct, frozen=True):
    """What a file holds now (`before`, None where there is none) and shall hold (`after`)."""

    path: str
    before: bytes | None
    after: bytes


def replace(root: Path, changes: Sequence[FileChange], notes: Path | None = None) -> None:
    """Write `changes`, whose paths are POSIX and relative to `root`, in the order given.

    A file keeps its mode, and its owner and group where that is allowed. A file with several hard
    links gets a new inode: its other names keep the old content. `EditError` if a file changed
    since it was read, or lies behind a symlink; `SigclockError` if the disk is full or read-only.
    After an error everything is as before. `notes` is sigclock's own folder, where drafts are
    noted: first the drafts of a killed process are removed.
    """
    root = Path(long_root(str(root)))
    if notes is not None:
        drafts.clear(notes, root)
    _verify(root, changes)
    staged = [(change, drafts.draft_path(change.path)) for change in changes]
    with drafts.recorded(notes, [draft for _, draft in staged]):
        try:
            for change, draft in staged:
                _write(root / draft, root / change.path, change)
            _verify(root, changes)
            _rename(root, [(change, root / draft) for change, draft in staged])
        finally:
            for _, draft in staged:
                with suppress(OSError):
                    windows.remove(root / draft)


def _verify(root: Path, changes: Sequence[FileChange]) -> None:
    disk = Disk(root)
    seen: dict[object, str] = {}
    for change in changes:
        _refuse_indirect(disk, change.path)
        content = disk.read(change.path) if disk.holds(change.path) else None
        if content is not None and len(content) > LARGEST:
            raise EditError(
                f"{change.path} is larger than {LARGEST // 2**20} MB",
                advice="nothing was written; make it smaller",
                location=change.path,
            )
        if content != change.before:
            raise EditError(
                f"{change.path} changed while sigclock was reading",
                advice="nothing was written; run the command again",
                location=change.path,
            )
        if content is not None:
            _refuse_twin(root, change.path, seen)


def _refuse_twin(root: Path, path: str, seen: dict[object, str]) -> None:
    """Refuse one file under two names without two links: the disk ignores case (`A.py`, `a.py`).

    On some such disks the inode numbers differ, but a folder lists only one of the names.
    """
    status = (root / path).lstat()
    number, letters = (status.st_dev, status.st_ino), unicodedata.normalize("NFC", path).casefold()
    other, alike = seen.setdefault(number, path), seen.setdefault(letters, path)
    same = other != path and status.st_nlink == 1
    if same or (alike != path and not (_is_listed(root, alike) and _is_listed(root, path))):
        raise EditError(
            f"{other if same else alike} and {path} are one file on this disk",
            advice="nothing was written; rename one of them in Git, for the disk ignores case",
            location=path,
        )


def _is_listed(root: Path, path: str) -> bool:
    """Whether a file and all folders on the way to it go by just these names."""
    parts = PurePosixPath(path).parts
    folders = (root.joinpath(*parts[:depth]) for depth in range(len(parts)))
    return all(
        any(path.name == name for path in folder.iterdir())
        for name, folder in zip(parts, folders, strict=True)
    )


def _refuse_indirect(disk: Disk, path: str) -> None:
    if not is_forged(path) and disk.has_folder(path.rpartition("/")[0]):
        mode = disk.mode(path)
        if not mode or stat.S_ISREG(mode):
            return
    raise EditError(
        f"{path} is not a regular file in this tree",
        advice="nothing was written; sigclock follows no symlink, so edit its target itself",
        location=path,
    )


def _write(draft: Path, target: Path, change: FileChange) -> None:
    try:
        # The draft of a private file must be private too.
        with open(
            draft, "xb", opener=_create if change.before is None else _create_private
        ) as file:
            file.write(change.after)
            file.flush()
            os.fsync(file.fileno())
        if change.before is not None:
            _copy_permissions(draft, target.lstat())
    except OSError as error:
        raise _unwritten(change, error) from error


def _create(path: str, flags: int) -> int:
    return os.open(path, flags, 0o666)


def _create_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _copy_permissions(draft: Path, like: os.stat_result) -> None:
    """Set owner and group before the mode, for a change of owner clears the set-user bits."""
    now = draft.lstat()
    if sys.platform != "win32" and (now.st_uid, now.st_gid) != (like.st_uid, like.st_gid):
        with suppress(PermissionError):
            os.chown(draft, like.st_uid, like.st_gid)
    draft.chmod(stat.S_IMODE(like.st_mode))


def _rename(root: Path, staged: Sequence[tuple[FileChange, Path]]) -> None:
    """Put all drafts in place; if that fails for any of them, undo all."""
    tried: list[FileChange] = []
    try:
        for change, draft in staged:
            tried.append(change)
            windows.replace(draft, root / change.path)
            _sync((root / change.path).parent)
    except OSError as error:
        left = _undo(root, tried)
        raise _unwritten(tried[-1], error, left) from error
    except KeyboardInterrupt:
        _undo(root, tried)
        raise


def _undo(root: Path, tried: Sequence[FileChange]) -> list[str]:
    """Restore each file that already has its new content; the paths where that fails."""
    left = []
    for change in reversed(tried):
        target, draft = root / change.path, root / drafts.draft_path(change.path)
        with suppress(OSError, SigclockError):
            if read_plain(target) != change.after:
                continue
            if change.before is None:
                windows.remove(target)
            else:
                _write(draft, target, FileChange(change.path, change.after, change.before))
                windows.replace(draft, target)
        with suppress(OSError):
            windows.remove(draft)
        with suppress(OSError):
            left += [change.path] if read_plain(target) == change.after else []
    return left


def _sync(folder: Path) -> None:
    """Make the new name survive a power cut, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _unwritten(change: FileChange, error: OSError, left: Sequence[str] = ()) -> SigclockError:
    outcome = f"{', '.join(left)} could not be put back" if left else "nothing was changed"
    return SigclockError(
        f"cannot write {change.path}: {error.strerror}",
        advice=f"{outcome}; make room or give permission, then run again",
        location=change.path,
    )
