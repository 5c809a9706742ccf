"""A forge merges the text of a lock: pull requests from one base, each with each.

All pairs of 60 pull requests with `SIGCLOCK_FULL=1`, else those of 12.
"""

from __future__ import annotations

from itertools import combinations
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import pytest
from support.amount import FULL
from support.git import Repo
from support.pull_requests import PullRequest, grown

from sigclock.lock import ledger, reader
from sigclock.project import baseline
from sigclock.source import LOCK_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence

COUNT = 60 if FULL else 12
#: Of the pairs without a task in common: two new blocks have the same neighbours, or a class that
#: no task reaches any more goes beside another that comes or goes.
CONFLICTS = 0.005
#: Of a pull request's lock.
LINES = 12


class Pair(NamedTuple):
    """Two pull requests; `merged` is the lock after both, None where its text conflicts."""

    one: PullRequest
    other: PullRequest
    merged: bytes | None

    @property
    def shares_a_task(self) -> bool:
        return not self.one.touched.isdisjoint(self.other.touched)


class Forge:
    """A bare repository with the base and a branch for each pull request."""

    def __init__(self, repo: Repo, base: dict[str, bytes], requests: Sequence[PullRequest]) -> None:
        self._repo = repo
        self.requests = requests
        branches = [("base", "", base)]
        branches += [
            (f"pr{n}", "from refs/heads/base\n", pr.files) for n, pr in enumerate(requests)
        ]
        stream = b"".join(_commit(name, parent, files) for name, parent, files in branches)
        repo.write("stream", stream)
        with (repo.path / "stream").open("rb") as file:
            repo.git("fast-import", "--quiet", stdin=file)

    def pairs(self) -> list[Pair]:
        numbered = combinations(enumerate(self.requests), 2)
        return [Pair(one, other, self._merged(n, m)) for (n, one), (m, other) in numbered]

    def lines(self) -> list[int]:
        """The changed lines of each pull request's lock."""
        shown = [
            self._repo.git("diff", "--numstat", "base", f"pr{n}", "--", LOCK_NAME)
            for n in range(len(self.requests))
        ]
        return [sum(map(int, line.split()[:2])) for line in shown if line]

    def _merged(self, one: int, other: int) -> bytes | None:
        options = ("--write-tree", "--name-only", "--no-messages")
        tree, *conflicts = self._repo.git(
            "merge-tree", *options, f"pr{one}", f"pr{other}", fails=True
        ).splitlines()
        if LOCK_NAME in conflicts:
            return None
        return (self._repo.git("cat-file", "blob", f"{tree}:{LOCK_NAME}") + "\n").encode()


def _commit(branch: str, parent: str, files: dict[str, bytes]) -> bytes:
    head = f"commit refs/heads/{branch}\ncommitter A <a@b> 1700000000 +0000\ndata 1\nx\n{parent}"
    body = [
        f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n"
        for path, data in files.items()
    ]
    gone = "deleteall\n"
    return (head + gone).encode() + b"".join(body) + b"\n"


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Forge:
    repo = Repo.init(tmp_path_factory.mktemp("forge") / "repo")
    return Forge(repo, *grown(COUNT))


def test_pull_requests_merged_as_text(forge: Forge) -> None:
    pairs = forge.pairs()
    apart = [pair for pair in pairs if not pair.shares_a_task]
    stopped = [(pair.one.kind, pair.other.kind) for pair in apart if pair.merged is None]
    assert len(stopped) <= len(apart) * CONFLICTS if FULL else len(stopped) <= 1, stopped
    for one, other, merged in pairs:
        if merged is not None:
            # Neither twice nor out of place, and nothing that either issued is lost.
            lock = reader.loads(merged)
            joined = ledger.join([one.lock.ledger, other.lock.ledger])
            assert ledger.join([joined, lock.ledger]) == lock.ledger, (one.kind, other.kind)
        else:
            sides = (one.files[LOCK_NAME], other.files[LOCK_NAME])
            assert baseline.merged(None, *sides, LOCK_NAME).lock.ledger


def test_a_pull_request_changes_few_lines_of_the_lock(forge: Forge) -> None:
    assert median(forge.lines()) <= LINES
