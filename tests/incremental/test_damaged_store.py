"""A store that is damaged, foreign, locked or half written costs time alone."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import kept
from support.amount import FULL
from support.focused import checked_project, settled_project, told
from support.projects import COUNT, FIT, STATS, Project

from sigclock.incremental import store
from sigclock.incremental.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

project, settled = checked_project, settled_project


def overwritten(file: Path, page: int, with_: bytes) -> None:
    with file.open("r+b") as opened:
        opened.seek(page * 8192)
        opened.write(with_)


def test_every_page_that_is_overwritten_costs_time_alone(
    settled: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled.edit("stats.py", "mean: float\n", f"mean: float\n{COUNT}")
    settled.git("add", "--all")
    whole = settled.copied(tmp_path / "whole")
    monkeypatch.setenv(store.SWITCH, "0")
    expected = (whole.check(), told(whole))
    monkeypatch.delenv(store.SWITCH)
    pages = range(kept.file(settled).stat().st_size // 8192)
    # The first one has the file's header and the tables.
    for page in pages if FULL else [0, *random.Random(5).sample(pages, 5)]:  # noqa: S311 - a sample
        for with_ in (b"\0" * 8192, bytes(range(256)) * 32):
            copy = settled.copied(tmp_path / "copy")
            overwritten(kept.file(copy), page, with_)
            assert (copy.check(), told(copy)) == expected
            shutil.rmtree(copy.path)


class KilledError(BaseException):
    """Ends a run wherever it is."""


def test_a_hook_that_is_killed_at_a_write_leaves_nothing_that_counts(
    settled: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed() -> Project:
        copy = settled.copied(tmp_path / "copy")
        copy.edit("stats.py", "mean: float\n", f"mean: float\n{COUNT}")
        copy.git("add", "--all")
        return copy

    write, writes = Store._write, [0]  # noqa: SLF001 - where a run can be killed

    def killed(self: Store, work: Callable[[sqlite3.Connection], object]) -> bool:
        writes[0] -= 1
        if writes[0] == 0:
            raise KilledError
        return write(self, work)

    monkeypatch.setattr(Store, "_write", killed)
    expected = told(changed())
    shutil.rmtree(tmp_path / "copy")
    every = range(1, -writes[0] + 1)
    for number in every if FULL else random.Random(7).sample(every, 2):  # noqa: S311 - a sample
        copy = changed()
        writes[0] = number
        with pytest.raises(KilledError):
            told(copy)
        copy.git("reset", "-q", "--hard")
        copy.edit("stats.py", "mean: float\n", f"mean: float\n{COUNT}")
        copy.git("add", "--all")
        assert told(copy) == expected
        shutil.rmtree(copy.path)


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(lambda file: file.write_bytes(b""), id="empty"),
        pytest.param(lambda file: file.write_bytes(b"words" * 5000), id="no-database"),
        pytest.param(lambda file: os.truncate(file, 8192), id="cut-after-a-page"),
        pytest.param(lambda file: os.truncate(file, 20_000), id="cut-within-a-page"),
        pytest.param(lambda file: kept.altered(file, "DROP TABLE entry"), id="no-table"),
        pytest.param(lambda file: kept.altered(file, "CREATE TABLE more (a)"), id="another-table"),
        pytest.param(
            lambda file: kept.altered(
                file, "CREATE TRIGGER t AFTER INSERT ON entry BEGIN DELETE FROM entry; END"
            ),
            id="a-trigger",
        ),
        pytest.param(lambda file: kept.altered(file, "UPDATE entry SET body = 'text'"), id="text"),
        pytest.param(
            lambda file: kept.altered(file, "UPDATE entry SET body = 7, digest = 7"), id="int"
        ),
    ],
)
def test_a_file_that_is_damaged_or_foreign_is_made_anew(
    project: Project, harm: Callable[[Path], object]
) -> None:
    harm(kept.file(project))
    project.write("stats.py", STATS + COUNT)
    assert project.bumped() == [("1.0", "1.1")]
    assert project.found() == []
    assert len(kept.bodies(project, "summaries")) >= 1


def test_the_file_of_another_repository_tells_nothing(project: Project, tmp_path: Path) -> None:
    other = Project.of(tmp_path / "other", {"stats.py": STATS + COUNT, "fit.py": FIT})
    other.check()
    shutil.copy(kept.file(other), kept.file(project))
    project.write("stats.py", STATS + COUNT)
    assert project.bumped() == [("1.0", "1.1")]


def test_a_file_that_is_locked_is_done_without(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_SECONDS", 0.0)
    with closing(sqlite3.connect(kept.file(project), isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        project.write("stats.py", STATS + COUNT)
        assert project.bumped() == [("1.0", "1.1")]
    assert len(kept.bodies(project, "summaries")) == 1


def test_a_python_without_sqlite_does_without(settled: Project, tmp_path: Path) -> None:
    (tmp_path / "sqlite3.py").write_text("raise ImportError\n")
    settled.edit("stats.py", "mean: float\n", f"mean: float\n{COUNT}")
    path = {"PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-m", "sigclock", "check", "-v", "--format", "concise"]
    done = subprocess.run(
        [*command[:4], "-v"],
        cwd=settled.path,
        env={**os.environ, **path},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stderr
    assert "re-used 0 of" in done.stderr
