"""What is staged, and changes to it that never overwrite what another process stages meanwhile."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import PurePath

from sigclock.errors import EditError, GitError
from sigclock.git.atomic_write import FileChange
from sigclock.git.index_entry import LINK, REGULAR
from sigclock.git.names import decoded, encoded, is_forged
from sigclock.git.repository import Repository
from sigclock.git.trees import blob_id
from sigclock.source import LOCK_NAME

#: Path → blob on one side and on the other.
Differences = dict[str, tuple[str | None, str | None]]

_SOURCES = (".py", ".pyi")
_OURS = (LOCK_NAME, "pyproject.toml")
#: The paths that `concerns` means, as patterns of Git's.
MATTERS = (*(f"*{end}" for end in _SOURCES), *_OURS, *(f"*/{name}" for name in _OURS))
_TO_QUOTE = re.compile(rb"[^ !#-\[\]-~]")
_NO_NEWLINE = b"\n\\ No newline at end of file\n"
#: An empty binary hunk.
_NOTHING = b"literal 0\nHcmV?d00001\n\n"
#: So many paths fit on a command line.
_AT_ONCE = 400
#: From so many bytes on, a file is not sent to Git line by line.
_LARGE = 100_000
_MISFIT = re.compile(r"patch failed|does not apply|(already exists|does not exist) in index")


def differences(repository: Repository, commit: str) -> Differences:
    """How the index differs from a commit's tree: path → blob there and here, None for no file.

    `GitError` for a path in conflict, a symbolic link, or a name that Git itself never checks out.
    """
    compare = ("diff-index", "--cached", "--raw", "--no-abbrev", "--no-renames")
    listing = repository.git.run(*compare, "--ignore-submodules", "-z", commit, "--")
    records = iter(_names(listing))
    blobs: Differences = {}
    for facts, path in zip(records, records, strict=True):
        old_mode, new_mode, old, new, status = facts.removeprefix(":").split(" ")
        if status == "U" or is_forged(path) or LINK in {old_mode, new_mode}:
            raise GitError(f"{path} is staged in an unusual way", advice="commit it, or remove it")
        sides = ((old_mode, old), (new_mode, new))
        there, here = (oid if mode.startswith(REGULAR) else None for mode, oid in sides)
        blobs[path] = (there, here)
    return blobs


def staged_paths(repository: Repository) -> list[str]:
    """The paths in which the index differs from HEAD, with those that it removes."""
    head = repository.head()
    if head is None:
        return list(repository.index().paths())
    compare = ("diff-index", "--cached", "--name-only", "--no-renames", "--ignore-submodules")
    return _names(repository.git.run(*compare, "-z", head, "--"))


def is_nothing_to_do(directory: str) -> bool:
    """Whether the commit that is being made in a folder can make no version due."""
    repository = Repository.open(directory)
    return not concerns(repository, staged_paths(repository))


def concerns(repository: Repository, paths: Iterable[str]) -> bool:
    """Whether a commit of these paths can make a version due."""
    names = [path.rpartition("/")[2] for path in paths]
    known = any(name.endswith(_SOURCES) or name in _OURS for name in names)
    return known or bool(repository.arriving())


def is_partial_commit() -> bool:
    """Whether this is the hook of `git commit PATH`, whose index Git throws away afterwards."""
    return PurePath(os.environ.get("GIT_INDEX_FILE", "")).name.startswith("next-index-")


def stage(repository: Repository, changes: Sequence[FileChange]) -> None:
    """Change blobs of the index that GIT_INDEX_FILE names, all of them or none.

    Modes and flags stay. `EditError` if a blob is no longer what `before` says, `GitError` if
    another process holds the index.
    """
    if not changes:
        return
    left_out = _left_out(repository, [change.path for change in changes])
    patch = b"".join(_patch(repository, change) for change in changes)
    # Git compares and writes under one lock here, so what others stage meanwhile is safe.
    try:
        repository.git.run(
            "-c",
            "apply.ignoreWhitespace=no",
            "apply",
            "--cached",
            "--whitespace=nowarn",
            stdin=patch,
        )
    except GitError as error:
        if _MISFIT.search(error.message):
            raise EditError(
                "what is staged changed while sigclock was reading",
                advice="nothing was staged; run the command again",
            ) from error
        raise
    _keep_left_out(repository, left_out)
    with suppress(GitError):
        # Only these files: to look at each file of a large tree takes longer than all the rest.
        # So does a second look at a large file.
        small = (change.path for change in changes if len(change.after) <= _LARGE)
        named = b"".join(encoded(path) + b"\0" for path in small)
        repository.git.run(
            "add", "--refresh", "--pathspec-from-file=-", "--pathspec-file-nul", stdin=named
        )


def unstage(repository: Repository, changes: Sequence[FileChange]) -> None:
    """Undo what `stage` did, except where somebody has staged something else since."""
    new = b"".join(encoded(change.path) + b"\0" for change in changes if change.before is None)
    back = [
        FileChange(change.path, change.after, change.before)
        for change in changes
        if change.before is not None
    ]
    with suppress(GitError, EditError):
        stage(repository, back)
        if new:
            repository.git.run("update-index", "--force-remove", "-z", "--stdin", stdin=new)


def add(repository: Repository, paths: Sequence[str]) -> None:
    """Stage whole files as they are on disk, also ignored ones; a conflict in them is resolved."""
    if paths:
        repository.git.run("add", "--force", "--", *paths)


def _left_out(repository: Repository, paths: Iterable[str]) -> list[str]:
    """The paths that a sparse checkout leaves out of the work tree."""
    all_paths = list(paths)
    listed = [
        record
        for first in range(0, len(all_paths), _AT_ONCE)
        for record in _names(
            repository.git.run("ls-files", "-z", "-t", "--", *all_paths[first : first + _AT_ONCE])
        )
    ]
    return [record[2:] for record in listed if record.startswith("S ")]


def _keep_left_out(repository: Repository, paths: Iterable[str]) -> None:
    """Mark the entries again as left out: Git drops that mark from an entry that changes."""
    lines = b"".join(encoded(path) + b"\0" for path in paths)
    if lines:
        repository.git.run("update-index", "--skip-worktree", "-z", "--stdin", stdin=lines)


def _names(listing: bytes) -> list[str]:
    return decoded(listing).split("\0")[:-1]


def _patch(repository: Repository, change: FileChange) -> bytes:
    """The whole file as one hunk: it applies only to exactly what was read."""
    old, new = _quoted("a", change.path), _quoted("b", change.path)
    head = b"diff --git %s %s\n" % (old, new)
    if change.before is None:
        head += b"new file mode 100644\n"
        old = b"/dev/null"
    if len(change.after) > _LARGE:
        return head + _stored(repository, change)
    before, after = _lines(b"-", change.before or b""), _lines(b"+", change.after)
    if not before and not after:
        return head
    sizes = (min(1, len(before)), len(before), min(1, len(after)), len(after))
    head += b"--- %s\n+++ %s\n@@ -%d,%d +%d,%d @@\n" % (old, new, *sizes)
    return head + b"".join([*before, *after])


def _stored(repository: Repository, change: FileChange) -> bytes:
    """The rest of a patch that names two blobs: Git takes the second from its object database.

    It still applies to the first blob alone, and needs no work on a hundred thousand lines.
    """
    after = repository.git.run("hash-object", "-w", "--stdin", stdin=change.after).strip()
    before = b"0" * len(after)
    if change.before is not None:
        before = blob_id(change.before, len(after)).encode()
    return b"index %s..%s\nGIT binary patch\n%s%s" % (before, after, _NOTHING, _NOTHING)


def _lines(sign: bytes, content: bytes) -> list[bytes]:
    lines = [sign + line + b"\n" for line in content.split(b"\n")]
    unended = lines.pop()
    if unended != sign + b"\n":
        lines.append(unended[:-1] + _NO_NEWLINE)
    return lines


def _quoted(side: str, path: str) -> bytes:
    escaped = _TO_QUOTE.sub(lambda match: b"\\%03o" % match.group()[0], encoded(path))
    return b'"%s/%s"' % (side.encode(), escaped)
