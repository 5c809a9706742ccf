"""Edits over a tree that was judged whole are judged as the whole tree is, whatever its lock says.

The trees are dicts, and the lock lags behind them: versions are due, tasks are gone or new.
"""

from __future__ import annotations

import random
from collections import Counter

import msgspec
import pytest
from support.amount import FULL
from support.shared_things import CONFIGS, SHARING

from sigclock.git.trees import ObjectTree, blob_id
from sigclock.incremental.affected import AffectsAllError
from sigclock.lock import reader
from sigclock.lock.lock import Lock
from sigclock.lsp.judged import Edits, JudgedProject
from sigclock.lsp.judging import View
from sigclock.project import analysis
from sigclock.project.analysis import Analysis
from sigclock.project.baseline import Baseline
from sigclock.project.coverage import missing
from sigclock.project.projects import Project
from sigclock.python.names.modules import Modules
from sigclock.python.types.classes import EXTERNAL_NAMES
from sigclock.tasks.extract import extract
from sigclock.tasks.memory import Memory

SESSIONS, EDITS = (80, 40) if FULL else (2, 15)


class Session:
    """A project in an editor; `lock` was written some edits ago."""

    def __init__(self, seed: int = 0, files: dict[str, bytes] | None = None) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - the same each time
        config = self.chance.choice(CONFIGS)
        self.project = Project("", config, (), is_configured=True)
        self.files = files or {path: self._text(path) for path in sorted(SHARING)}
        self.lock: bytes | None = None
        self.counted: Counter[str] = Counter()

    def _text(self, path: str) -> bytes:
        return (self.chance.choice(SHARING[path]) or "").encode()

    def judged(self) -> JudgedProject:
        """The project as it is now, judged whole."""
        contents = {blob_id(data): data for data in self.files.values()}
        blobs = {path: blob_id(data) for path, data in self.files.items()}
        tree = ObjectTree("index", blobs, contents.__getitem__)
        memory, options = Memory(blobs), self.project.options()
        extraction = extract(tree, options, memory)
        lock = reader.loads(self.lock) if self.lock else Lock()
        known = Baseline(self.lock, lock, lock.ledger)
        found = analysis.judge(self.project, known, extraction, tree)
        lacking = tuple(missing(self.project, extraction, found.lock, tree))
        found = msgspec.structs.replace(found, missing=lacking)
        modules = Modules(tree, EXTERNAL_NAMES, options.layout)
        return JudgedProject(found, known, memory.state, tree, modules, dict)

    def run(self) -> None:
        """Edit a few files at a time, and hold what that affects against the whole."""
        before, base = dict(self.files), self.judged()
        for _ in range(EDITS):
            for path in self.chance.sample(sorted(SHARING), self.chance.choice((1, 1, 2))):
                self.files[path] = self._text(path)
            whole = self.judged()
            after = {path: data for path, data in self.files.items() if data != before[path]}
            try:
                part = base.part(Edits(before, after), lambda: True)
            except AffectsAllError as error:
                self.counted[str(error)] += 1
            else:
                self.counted["alone"] += 1
                assert told(View(base, part)) == told(View(whole))
            if self.chance.random() < 0.3:
                self.write(whole.analysis)
                before, base = dict(self.files), self.judged()

    def write(self, judged: Analysis) -> None:
        """Write the lock, or only that of another time."""
        if judged.outdated and self.chance.random() < 0.7:
            self.lock = judged.next_data


def told(view: View) -> tuple[object, ...]:
    """All that an editor may be told."""
    decided = {name: view.analysis_of(name).plan.decisions.get(name) for name in view.tasks}
    return view.findings, view.tasks, decided


@pytest.mark.parametrize("seed", range(SESSIONS))
def test_an_edit_is_judged_alone_as_with_all_the_rest(seed: int) -> None:
    session = Session(seed)
    session.run()
    assert session.counted["alone"], session.counted


def test_an_edit_that_changes_no_declaration_keeps_what_is_found() -> None:
    path, text = (
        "flow.py",
        b"from flytekit import task\nfrom team import made\n\njob = made(task)\n",
    )
    session = Session(files={path: text})
    base = session.judged()
    session.files = {path: text + b"# more\n"}
    part = base.part(Edits({path: text}, dict(session.files)), lambda: True)
    view = View(base, part)
    assert [finding.rule for finding in view.findings if finding.path == path] == [
        "unrecognized-task"
    ]
    assert view.findings == View(session.judged()).findings
