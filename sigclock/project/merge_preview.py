"""The tree that a merge would give, with the lock merged by meaning; the clone stays as it is."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from sigclock.git.repository import Repository
from sigclock.git.trees import Overlay
from sigclock.lock.reader import dumps
from sigclock.project import baseline, projects
from sigclock.project.projects import Overrides
from sigclock.source import SourceTree

_SINCE = (2, 38)
_DRIVERS = r"^merge\..*\.driver$"
_PLAIN = {"merge.default": "text", "merge.renormalize": "false"}


class MergePreview(msgspec.Struct, frozen=True):
    """The result of a merge; `repository` has its objects, `other` the commit merged into HEAD."""

    repository: Repository
    tree: SourceTree
    other: str
    notes: tuple[str, ...]


@contextmanager
def merged(repository: Repository, revision: str, overrides: Overrides) -> Iterator[MergePreview]:
    """Merge `revision` into HEAD in a temporary folder.

    Files in conflict contain Git's markers, and a note names them.
    """
    repository.git.require(_SINCE, "--merged-with")
    ours, theirs = repository.commit_id("HEAD"), repository.commit_id(revision)
    with TemporaryDirectory(prefix="sigclock-") as folder:
        scratch = repository.storing_in(Path(folder))
        tree_oid, conflicts = _merge(scratch, ours, theirs)
        tree = scratch.tree(tree_oid)
        contents: dict[str, bytes] = {}
        notes: list[str] = []
        for path in [project.lock_path for project in projects.projects(tree, overrides)]:
            lock = _lock(repository, path, ours, theirs, notes)
            if lock is not None:
                contents[path] = lock
        conflicting = sorted({*conflicts} - contents.keys())
        if conflicting:
            notes.append(f"merging {revision} conflicts in {', '.join(conflicting)}")
        yield MergePreview(scratch, Overlay(tree, contents), theirs, tuple(notes))


def _merge(repository: Repository, ours: str, theirs: str) -> tuple[str, Sequence[str]]:
    """The tree's id, and the paths in conflict.

    No program of the repository's settings runs: a file that its attributes give to a driver counts
    as in conflict, and filters are off.
    """
    listing = repository.git.ask("config", "-z", "--name-only", "--get-regexp", _DRIVERS) or b""
    drivers = dict.fromkeys(os.fsdecode(listing).split("\0")[:-1], "false")
    git = repository.git.overriding({**drivers, **_PLAIN})
    options = ("--write-tree", "--name-only", "--no-messages", "-z")
    answer = git.answer("merge-tree", *options, ours, theirs)[1]
    tree, *paths = os.fsdecode(answer).split("\0")
    return tree, list(filter(None, paths))


def _lock(
    repository: Repository, path: str, ours: str, theirs: str, notes: list[str]
) -> bytes | None:
    """The lock as the merge driver would leave it; None unless both sides have a lock."""
    data, other = (baseline.read(repository.revision(tip), path) for tip in (ours, theirs))
    if data is None or other is None:
        return None
    base = repository.merge_base(ours, theirs)
    before = baseline.read(repository.revision(base), path) if base else None
    result = baseline.merged(before, data, other, path)
    notes += baseline.collision_notes(result)
    return dumps(result.lock)
