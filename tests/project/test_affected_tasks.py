"""What a change can affect is judged alone as it is judged with all the rest.

The trees are dicts, so that histories can be long: here are renames, namesakes, constants, team
decorators, files that do not parse, trees that come back, and other configurations.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.amount import FULL
from support.shared_things import CONFIGS, SHARING

from sigclock.git.trees import ObjectTree, blob_id
from sigclock.incremental.affected import AffectsAllError, Move
from sigclock.incremental.readings import Readings
from sigclock.lock import patch, reader
from sigclock.lock.lock import Lock
from sigclock.project import analysis
from sigclock.project.analysis import Analysis, Scope
from sigclock.project.baseline import Baseline
from sigclock.project.projects import Project
from sigclock.project.settled_project import SettledProject, SettledTasks, settled
from sigclock.tasks.extract import extract
from sigclock.tasks.memory import Memory
from sigclock.verdict import rewrite

if TYPE_CHECKING:
    from sigclock.source import Edit

STEPS = 5_200 if FULL else 60
_STEPS_OF_A_HISTORY = 65 if FULL else 60


class History:
    """A project whose trees follow one another; `known` is what was kept of the last one."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - reproducible edits
        self.files: dict[str, bytes] = {}
        self.past: list[dict[str, bytes]] = []
        self.contents: dict[str, bytes] = {}
        self.lock: bytes | None = None
        self.known: SettledProject | None = None
        self.counted: Counter[str] = Counter()
        self.configure()

    def configure(self) -> None:
        """Another configuration; nothing is known of a tree under it."""
        config = self.chance.choice(CONFIGS)
        self.project = Project("", config, (), is_configured=True)
        self.known, self.readings = None, Readings(options=self.project.options())

    def change(self) -> None:
        """Change a few files, move one, or bring an earlier tree back."""
        step, chance = self.chance.random(), self.chance
        if step < 0.04:
            self.configure()
        elif step < 0.12 and self.past:
            self.files = dict(chance.choice(self.past[-14:]))
        elif step < 0.18 and self.files:
            path = chance.choice(sorted(self.files))
            name = path.rpartition("/")[2]
            self.files[chance.choice([f"moved_{name}", f"deep/{name}"])] = self.files.pop(path)
        else:
            for path in chance.sample(sorted(SHARING), chance.choice((0, 1, 1, 1, 2, 3))):
                text = chance.choice(SHARING[path])
                if text != "class (" or chance.random() < 0.3:
                    self.files.pop(path, None)
                    self.files.update({} if text is None else {path: text.encode()})
        for path in [path for path in sorted(self.files) if path.startswith("moved_")][5:]:
            del self.files[path]

    def judge(self) -> None:
        """Judge the tree as a whole and, if it can be, over what is known; and go on from there."""
        self.past.append(dict(self.files))
        blobs = {path: blob_id(data) for path, data in self.files.items()}
        self.contents.update((blobs[path], data) for path, data in self.files.items())
        tree = ObjectTree("index", blobs, self.contents.__getitem__)
        cold = self._whole(tree, Memory())
        part, alone = self._alone(tree, blobs)
        if alone is not None:
            assert told(alone) == told(cold)
        self.counted["alone" if alone else "whole"] += 1
        if self.chance.random() < 0.15:
            # Nobody commits this; what is known stays that of an earlier tree.
            return
        memory = Memory(blobs, self.known.state if self.known else None, self.readings)
        warm = self._whole(tree, memory)
        assert told(warm) == told(cold)
        self.known = None
        if cold.lock_data is not None or cold.outdated:
            after = cold.next_data if cold.outdated else self.lock or b""
            try:
                if part is not None and alone is not None:
                    self.known = part.settle(alone, blob_id(after))
                elif memory.state is not None:
                    self.known = settled(warm, memory.state, blob_id(after), {})
            except AffectsAllError:
                self.counted["not settled"] += 1
            self.lock = after
        self._write(cold)

    def _whole(self, tree: ObjectTree, memory: Memory) -> Analysis:
        extraction = extract(tree, self.project.options(), memory)
        lock = reader.loads(self.lock) if self.lock else Lock()
        baseline = Baseline(self.lock, lock, lock.ledger)
        return analysis.judge(self.project, baseline, extraction, tree, Scope(moves="new"))

    def _alone(
        self, tree: ObjectTree, blobs: dict[str, str]
    ) -> tuple[SettledTasks | None, Analysis | None]:
        if self.known is None or self.lock is None:
            return None, None
        stored = msgspec.msgpack.decode(msgspec.msgpack.encode(self.known), type=SettledProject)
        move = Move(stored.state, tree, blobs, self.contents.__getitem__)
        locks = {self.project.lock_path: patch.split(self.lock)}
        try:
            part = SettledTasks(stored, move, locks, self.lock, None, None, self.readings)
            return part, part.judge()
        except AffectsAllError:
            return None, None

    def _write(self, judged: Analysis) -> None:
        edits: dict[str, list[Edit]] = defaultdict(list)
        for edit in judged.plan.edits:
            edits[edit.path].append(edit)
        for path, of_file in edits.items():
            self.files[path] = rewrite.rewrite(self.files[path], of_file)


def told(judged: Analysis) -> tuple[object, ...]:
    """All that a hook says and writes."""
    lock = judged.next_data if judged.outdated else judged.lock_data
    plan = judged.plan
    return judged.findings, lock, plan.edits, plan.bumps, judged.counts


@pytest.mark.parametrize("seed", range(STEPS // _STEPS_OF_A_HISTORY))
def test_a_change_is_judged_alone_as_with_all_the_rest(seed: int) -> None:
    history = History(seed)
    for _ in range(_STEPS_OF_A_HISTORY):
        history.change()
        history.judge()
    assert history.counted["alone"], history.counted


def test_a_change_of_no_declaration_keeps_what_is_found_in_its_file() -> None:
    imports = b"from flytekit import task\nfrom team import made\n\n"
    text = imports + b"job = made(task)\n\n@task\ndef f(): ...\n"
    history = History(0)
    for more in (b"", b"# one\n", b"# two\n"):
        history.files = {"flow.py": text + more}
        history.judge()
    assert history.counted == {"whole": 1, "alone": 2}
