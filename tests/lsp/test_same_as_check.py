"""What is judged in memory, edit by edit, is what `check` says of the saved tree."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from support.git import Repo
from support.projects import Project
from support.typing_edits import PROJECT, edited

from sigclock.cli.commands import check
from sigclock.lsp.judging import Judging
from sigclock.project.projects import Overrides

_FULL = os.environ.get("SIGCLOCK_FULL") == "1"
#: Seeds with the number of edits of each: 500 in all, or a sample.
_SESSIONS = [(seed, 50) for seed in range(10)] if _FULL else [(3, 12)]


@pytest.mark.parametrize(("seed", "edits"), _SESSIONS)
def test_each_edit_finds_what_check_finds(tmp_path: Path, seed: int, edits: int) -> None:
    project = Project(Repo.init(tmp_path / "r").path)
    project.write_all(PROJECT)
    project.update()
    project.commit("begin")
    chance = random.Random(seed)  # noqa: S311 - the same each time
    judging = Judging(project.path)
    buffers = {path: text.encode() for path, text in PROJECT.items()}
    judging.views({}, [], lambda: True)
    for step in range(edits):
        path = chance.choice([p for p in PROJECT if not p.endswith("__init__.py")])
        text = buffers[path].decode()
        text = edited(chance, text if chance.random() < 0.8 else PROJECT[path])
        buffers[path] = text.encode()
        project.write(path, text)
        if chance.random() < 0.04:
            project.update()
            project.commit("update")
            buffers = {path: project.read(path).encode() for path in PROJECT}
        shown = dict(chance.sample(sorted(buffers.items()), 3))
        told = judging.views(shown, PROJECT, lambda: True)
        expected = check.run(str(project.path), Overrides()).report.findings
        assert [one for view in told for one in view.findings] == list(expected), (step, path)
    assert judging.read_whole < edits


def test_a_reused_version_has_its_commits(tmp_path: Path) -> None:
    project = Project.of(tmp_path / "r", PROJECT)
    models = PROJECT["pkg/models.py"].replace("x: int", "x: str")
    project.write("pkg/models.py", models)
    project.update()
    project.commit("another x")
    judging = Judging(project.path)
    judging.views({}, [], lambda: True)
    for number in range(2):
        train = PROJECT["pkg/train.py"] + f"# {number}\n"
        (view,) = judging.views({"pkg/train.py": train.encode()}, [], lambda: True)
        project.write("pkg/train.py", train)
        expected = check.run(str(project.path), Overrides()).report.findings
        assert view.findings == list(expected)
        assert "in " in next(one.message for one in expected if one.rule == "version-reused")
    assert judging.read_whole == 1


def test_unsaved_edits_do_not_read_the_tree_again(tmp_path: Path) -> None:
    project = Project.of(tmp_path / "r", PROJECT)
    judging = Judging(project.path)
    judging.views({}, [], lambda: True)
    buffers = {path: text.encode() for path, text in PROJECT.items()}
    buffers["pkg/versions.py"] += b"MORE = 1\n"
    buffers["pkg/new.py"] = b"from pkg.models import Stats\n"
    judging.views(buffers, [], lambda: True)
    assert judging.read_whole == 2
    for number in range(3):
        buffers["pkg/new.py"] += b"# more\n"
        buffers["pkg/train.py"] += b"\nprint(SHARED)\n"
        buffers["pkg/models.py"] += f"    part{number}: int = 0\n".encode()
        (view,) = judging.views(buffers, [], lambda: True)
        assert "pkg.train.fit" in {finding.task for finding in view.findings}
    assert judging.read_whole == 2


def test_a_repository_without_tasks_is_read_once(tmp_path: Path) -> None:
    repo = Repo.init(tmp_path / "r")
    repo.write("plain.py", "x = 1\n")
    repo.commit()
    judging = Judging(repo.path)
    for number in range(3):
        (view,) = judging.views({"plain.py": b"x = %d\n" % number}, [], lambda: True)
        assert view.findings == []
    assert judging.read_whole == 1
