"""What a walk read is not read again, and none of it is ever needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from support import kept

from audit.histories import audited
from audit.test_audit import FLOAT, INT, STR, history_of
from sigclock.cli.commands import audit
from sigclock.project.projects import Overrides

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from support.git import Repo

    from sigclock.git.log import Commit as Walked


class Stopping:
    """Interrupts after some commits, as a person does."""

    def __init__(self, after: int) -> None:
        self.after = after
        self.seen = 0

    def __call__(self, commits: Sequence[Walked]) -> AbstractContextManager[Iterable[Walked]]:
        return audit.unwatched(list(self._some(commits)))

    def _some(self, commits: Sequence[Walked]) -> Iterator[Walked]:
        yield from commits[: self.after]


def readings(repo: Repo) -> int:
    return len(kept.bodies(repo, "reading"))


def test_a_walk_goes_on_where_it_stopped(tmp_path: Path) -> None:
    states = [{"t": (str(number), number % 3)} for number in range(6)]
    repo = history_of(tmp_path, *states)
    audit.run(str(repo.path), Overrides(), watch=Stopping(3))
    assert readings(repo) == 3
    whole = audited(repo)
    assert readings(repo) == 6
    assert [audited(repo), readings(repo)] == [whole, 6]


@pytest.mark.parametrize("sound", [True, False])
def test_damaged_readings_change_no_verdict(tmp_path: Path, *, sound: bool) -> None:
    repo = history_of(tmp_path, {"t": ("1", INT)}, {"t": ("1", STR)}, {"t": ("1", FLOAT)})
    whole = audited(repo)
    first, second, third = kept.bodies(repo, "reading")
    kept.change(repo, first, lambda body: body.replace(b"int", b"str"), sound=False)
    kept.change(repo, second, lambda body: body[:40], sound=sound)
    kept.change(repo, third, lambda _: msgspec.msgpack.encode([b"{}", b"\0nonsense"]), sound=sound)
    assert audited(repo) == whole


def test_a_state_that_comes_back_is_not_read_again(tmp_path: Path) -> None:
    repo = history_of(tmp_path, *({"t": ("1", number % 2)} for number in range(8)))
    audited(repo)
    assert readings(repo) == 2
