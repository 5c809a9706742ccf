"""The tree that a forge's merge would give, which is one of text; the clone stays as it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from sigclock.git.names import decoded
from sigclock.git.repository import Repository
from sigclock.git.trees import Overlay
from sigclock.lock.merge import Merged
from sigclock.lock.reader import dumps
from sigclock.project import baseline, projects
from sigclock.project.projects import Overrides
from sigclock.source import SourceTree

_SINCE = (2, 38)
_OPTIONS = ("--write-tree", "--name-only", "--no-messages", "-z")
_DRIVERS = r"^merge\..*\.driver$"
_PLAIN = {
    "merge.default": "text",
    "merge.renormalize": "false",
}


class MergePreview(msgspec.Struct, frozen=True):
    """The result of a merge; `repository` has its objects, `other` the commit merged into HEAD."""

    repository: Repository
    tree: SourceTree
    other: str
    notes: tuple[str, ...]


@contextmanager
def merged(repository: Repository, revision: str, overrides: Overrides) -> Iterator[MergePreview]:
    """Merge `revision` into HEAD in a temporary folder.

    Files in conflict contain Git's markers, and a note names them. A lock is what the merge of its
    text leaves, for a forge runs no driver; one in conflict is merged by meaning, as whoever
    settles the conflict will do.
    """
    repository.git.require(_SINCE, "--merged-with")
    ours, theirs = repository.commit_id("HEAD"), repository.commit_id(revision)
    with TemporaryDirectory(prefix="sigclock-", ignore_cleanup_errors=True) as folder:
        scratch = repository.storing_in(Path(folder))
        tree_oid, conflicts = _merge(scratch, ours, theirs)
        tree = scratch.tree(tree_oid)
        contents: dict[str, bytes] = {}
        notes: list[str] = []
        if conflicts:
            notes.append(f"merging {revision} conflicts in {', '.join(sorted({*conflicts}))}")
        for path in [project.lock_path for project in projects.projects(tree, overrides)]:
            joined = _joined(repository, path, ours, theirs) if path in conflicts else None
            if joined is not None:
                contents[path] = dumps(joined.lock)
                notes += baseline.collision_notes(joined, "HEAD", revision)
        yield MergePreview(scratch, Overlay(tree, contents), theirs, tuple(notes))


def _merge(repository: Repository, ours: str, theirs: str) -> tuple[str, Sequence[str]]:
    """The tree's id, and the paths in conflict.

    No attribute counts, as on a forge, and no program of the repository's settings runs: a file
    that `.git/info/attributes` gives to a driver counts as in conflict, and filters are off.
    """
    listing = repository.git.ask("config", "-z", "--name-only", "--get-regexp", _DRIVERS) or b""
    drivers = dict.fromkeys(decoded(listing).split("\0")[:-1], "false")
    with TemporaryDirectory(prefix="sigclock-") as empty:
        settings = {**drivers, **_PLAIN, "core.attributesFile": f"{empty}/none"}
        git = repository.git.overriding(settings).without_attributes(empty)
        answer = git.answer("merge-tree", *_OPTIONS, ours, theirs)[1]
    tree, *paths = decoded(answer).split("\0")
    return tree, list(filter(None, paths))


def _joined(repository: Repository, path: str, ours: str, theirs: str) -> Merged | None:
    """The lock as the merge driver would join it; None unless both sides have a lock."""
    data, other = (baseline.read(repository.revision(tip), path) for tip in (ours, theirs))
    if data is None or other is None:
        return None
    base = repository.merge_base(ours, theirs)
    before = baseline.read(repository.revision(base), path) if base else None
    return baseline.merged(before, data, other, path)
