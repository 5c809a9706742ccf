"""Replaces files so that each is, at any moment, wholly as before or wholly as after."""

from __future__ import annotations

import os
import stat
import unicodedata
from contextlib import suppress
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from sigclock.errors import EditError, SigclockError
from sigclock.git import drafts
from sigclock.git.trees import Disk
from sigclock.source import LARGEST

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class FileChange(msgspec.Struct, frozen=True):
    """What a file holds now (`before`, None where there is none) and shall hold (`after`)."""

    path: str
    before: bytes | None
    after: bytes


def replace(root: Path, changes: Sequence[FileChange], notes: Path | None = None) -> None:
    """Write `changes`, whose paths are POSIX and relative to `root`, in the order given.

    Mode is kept, owner and group where that is allowed. A file with several hard links gets a new
    inode: its other names keep the old content. `EditError` if a file is no longer as it was read,
    or is reached through a symlink; `SigclockError` if the disk is full or read-only. Either way
    everything is as it was. `notes` is a folder of ours where drafts are noted: what an earlier
    process left when it was killed is cleared away first.
    """
    if notes is not None:
        drafts.clear(notes, root)
    _verify(root, changes)
    staged = [(change, drafts.beside(change.path)) for change in changes]
    with drafts.noted(notes, [draft for _, draft in staged]):
        try:
            for change, draft in staged:
                _write(root / draft, root / change.path, change)
            _verify(root, changes)
            _rename(root, [(change, root / draft) for change, draft in staged])
        finally:
            for _, draft in staged:
                with suppress(OSError):
                    (root / draft).unlink()


def _verify(root: Path, changes: Sequence[FileChange]) -> None:
    disk = Disk(root)
    seen: dict[object, str] = {}
    for change in changes:
        _refuse_detour(disk, change.path)
        found = disk.read(change.path) if disk.holds(change.path) else None
        if found is not None and len(found) > LARGEST:
            raise EditError(
                f"{change.path} is larger than {LARGEST // 2**20} MB",
                advice="nothing was written; make it smaller",
                location=change.path,
            )
        if found != change.before:
            raise EditError(
                f"{change.path} changed while sigclock was reading",
                advice="nothing was written; run the command again",
                location=change.path,
            )
        if found is not None:
            _refuse_twin(root, change.path, seen)


def _refuse_twin(root: Path, path: str, seen: dict[object, str]) -> None:
    """One file under two names without two links: the disk takes `A.py` and `a.py` for the same.

    Not every such disk gives it one number, but it lists it under one of the names.
    """
    found = (root / path).lstat()
    number, letters = (found.st_dev, found.st_ino), unicodedata.normalize("NFC", path).casefold()
    other, alike = seen.setdefault(number, path), seen.setdefault(letters, path)
    same = other != path and found.st_nlink == 1
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


def _write(draft: Path, target: Path, change: FileChange) -> None:
    try:
        # Nobody may read meanwhile what only its owner may read.
        with open(
            draft, "xb", opener=_create if change.before is None else _create_private
        ) as file:
            file.write(change.after)
            file.flush()
            os.fsync(file.fileno())
        if change.before is not None:
            _dress(draft, target.lstat())
    except OSError as error:
        raise _unwritten(change, error) from error


def _create(path: str, flags: int) -> int:
    return os.open(path, flags, 0o666)


def _create_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _dress(draft: Path, like: os.stat_result) -> None:
    """Give owner and group before mode, for a change of owner takes the set-user bits off."""
    now = draft.lstat()
    if (now.st_uid, now.st_gid) != (like.st_uid, like.st_gid):
        with suppress(PermissionError):
            os.chown(draft, like.st_uid, like.st_gid)
    draft.chmod(stat.S_IMODE(like.st_mode))


def _rename(root: Path, staged: Sequence[tuple[FileChange, Path]]) -> None:
    """Put all drafts in place; if one of them cannot be, everything goes back."""
    tried: list[FileChange] = []
    try:
        for change, draft in staged:
            tried.append(change)
            draft.replace(root / change.path)
            _settle((root / change.path).parent)
    except OSError as error:
        _undo(root, tried)
        raise _unwritten(tried[-1], error) from error
    except KeyboardInterrupt:
        _undo(root, tried)
        raise


def _undo(root: Path, tried: Sequence[FileChange]) -> None:
    """Put back what stood in each file that has its new content by now."""
    for change in reversed(tried):
        target, draft = root / change.path, root / drafts.beside(change.path)
        with suppress(OSError, SigclockError):
            if target.read_bytes() != change.after:
                continue
            if change.before is None:
                target.unlink()
            else:
                _write(draft, target, FileChange(change.path, change.after, change.before))
                draft.replace(target)
        with suppress(OSError):
            draft.unlink()


def _settle(folder: Path) -> None:
    """Have the new name outlast a power cut too, where the system can do so."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _unwritten(change: FileChange, error: OSError) -> SigclockError:
    return SigclockError(
        f"cannot write {change.path}: {error.strerror}",
        advice="nothing was changed; make room or give permission, then run again",
        location=change.path,
    )
