"""The commits of a history and the blobs that each changed, with one Git command for all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from sigclock.git import gitpython
from sigclock.git.names import decoded
from sigclock.git.repository import Repository

_REGULAR = "100"


class Commit(msgspec.Struct, frozen=True):
    """A commit with its parents as far as they are here; `date` is the committer's, ISO 8601."""

    oid: str
    parents: tuple[str, ...]
    date: str
    subject: str


def commits(
    repository: Repository, tip: str, without: Sequence[str] = (), *, first_parent: bool = False
) -> list[Commit]:
    """The history of a tip, parents first, less what `without` reaches; all by full ids."""
    options = ["--first-parent"] if first_parent else []
    return _commits(repository, [*options, tip, *(f"^{oid}" for oid in without)])


def commit(repository: Repository, oid: str) -> Commit:
    """One commit by its full id."""
    return _commits(repository, ["--no-walk", oid])[0]


def _commits(repository: Repository, arguments: Sequence[str]) -> list[Commit]:
    shape = ("--topo-order", "--reverse", "--format=%x00%H%x00%P%x00%cI%x00%s")
    listing = gitpython.run(repository.git, "rev-list", *shape, *arguments, "--")
    fields = listing.decode("utf-8", "replace").split("\0")[1:]
    # Git puts a line `commit <id>` before each commit.
    return [
        Commit(oid, tuple(parents.split()), date, subject.partition("\n")[0])
        for oid, parents, date, subject in zip(*[iter(fields)] * 4, strict=True)
    ]


def changes(
    repository: Repository, pairs: Iterable[tuple[str, str]], paths: Sequence[str] = ()
) -> dict[str, dict[str, str | None]]:
    """What differs, by commit: path → blob, None where a path is removed or no regular file.

    `pairs` are (commit, commit to compare with), by full ids; each commit is first in one pair.
    Only these `paths` are compared, if there are any.
    """
    question = "".join(f"{current} {other}\n" for current, other in pairs).encode()
    options = ("--stdin", "-r", "-z", "--raw", "--no-abbrev", "--no-renames")
    listing = decoded(repository.git.run("diff-tree", *options, "--", *paths, stdin=question))
    fields = iter(listing.split("\0")[:-1])
    by_commit: dict[str, dict[str, str | None]] = {}
    here: dict[str, str | None] = {}
    for field in fields:
        if field.startswith(":"):
            _, mode, _, oid, _ = field.split(" ")
            here[next(fields)] = oid if mode.startswith(_REGULAR) else None
        else:
            here = by_commit[field] = {}
    return by_commit
