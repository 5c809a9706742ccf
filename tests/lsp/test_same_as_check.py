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
