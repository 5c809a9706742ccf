"""`sigclock cache`, on caches that the real flytekit filled and on such as nobody should have."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from oracles import guarded
from oracles.guarded import Step
from support.projects import Project

from sigclock.cli.commands import cache
from sigclock.cli.main import main
from sigclock.errors import SigclockError
from sigclock.guard import entries, eviction, notes
from sigclock.guard.judgement import State
from sigclock.project.projects import Overrides

if TYPE_CHECKING:
    from types import FrameType

#: Neither has types.
diskcache: Any = import_module("diskcache")
LiteralMap: Any = import_module("flyteidl.core.literals_pb2").LiteralMap

STATS = "from dataclasses import dataclass\n\n@dataclass\nclass Stats:\n"
TODAY = "    mean: float\n    count: int = 0\n    label: str = ''\n"
FLOW = """\
from flytekit import task
from stats import Stats

@task(cache=True, cache_version="1.0")
def fit(x: int) -> Stats:
    return Stats(mean=0.5)
"""
#: What `Stats` had at one time or another.
OLDER = [
    "    mean: float\n",
    "    mean: float\n    count: int = 0\n",
    "    mean: float\n    label: str = ''\n",
    "    mean: float\n    count: str = '0'\n    label: str = ''\n",
    *(f"{TODAY}    part_{number}: int = 0\n" for number in range(15)),
]
#: Each with ten inputs of its own, in one process after the other.
RUNS = """
import importlib, shutil, sys
for number, parts in enumerate({parts!r}):
    open("stats.py", "w").write({head!r} + parts)
    for name in ("stats", "flow"):
        sys.modules.pop(name, None)
    importlib.invalidate_caches()
    flow = importlib.import_module("flow")
    for x in range(10):
        flow.fit(x=10 * number + x)
shutil.copytree("../.flyte", {place!r})
"""


class Cached(Project):
    """A repository with a cache beside it."""

    @property
    def folder(self) -> Path:
        return self.path.parent / "home/.flyte/local-cache"

    def stored(self) -> Any:
        return diskcache.Cache(str(self.folder))

    def put(self, key: str, value: object) -> None:
        with closing(self.stored()) as store:
            store.set(key, value)

    def look(self) -> cache.Result:
        return cache.run(str(self.path), Overrides())

    def states(self) -> list[State]:
        return [one.state for one in self.look().judged]

    def keys(self) -> set[str]:
        with closing(self.stored()) as store:
            assert store.check() == []
            return set(store)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Cached:
    place = tmp_path_factory.mktemp("made")
    return Cached.of(place / "repo", {"stats.py": STATS + TODAY, "flow.py": FLOW})


@pytest.fixture
def repo(made: Cached, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cached:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return made.copied(tmp_path / "repo")


def record(**parts: object) -> bytes:
    """What flytekit stores for a dataclass."""
    literals = LiteralMap()
    binary = literals.literals["o0"].scalar.binary
    binary.tag, binary.value = "msgpack", msgspec.msgpack.encode(parts)
    return bytes(literals.SerializeToString())


def blob(uri: str) -> bytes:
    literals = LiteralMap()
    literals.literals["o0"].scalar.blob.uri = uri
    return bytes(literals.SerializeToString())


def key(number: int, name: str = "flow.fit", version: str = "1.0") -> str:
    return f"{name}-{version}-{number:032x}"


WHOLE = {"mean": 0.5, "count": 0, "label": ""}
MISSING = {"mean": 0.5}


def test_of_200_runs_under_20_signatures_just_those_of_the_others_go(repo: Cached) -> None:
    place = str(repo.folder.parent)
    code = RUNS.format(parts=[*OLDER, TODAY], head=STATS, place=place)
    ((outcome,),) = guarded.run([[Step(code, {"flow.py": FLOW}, "off")]])
    assert outcome.printed == ()
    assert Counter(repo.states()) == {State.OTHER: 190, State.FITS: 10}
    before = repo.keys()
    gone = {one.entry.key for one in repo.look().certain}
    assert eviction.evict(repo.folder, [one.entry for one in repo.look().certain]) == 190
    assert (repo.keys(), repo.states()) == (before - gone, [State.FITS] * 10)


def test_each_entry_is_told_by_what_is_known_of_it(repo: Cached) -> None:
    today = repo.look().tasks["flow.fit"].signature.name
    repo.put(key(0), record(**WHOLE))
    repo.put(key(1), record(**MISSING))
    repo.put(key(2, version=f"1.0+sigclock.{today}"), record(**WHOLE))
    repo.put(key(3, version="1.0+sigclock.s1.0123456789abcdef"), record(**WHOLE))
    repo.put(key(4, version="1.0+sigclock.l1.0123456789abcdef"), record(**WHOLE))
    repo.put(key(5, version="0.9"), record(**MISSING))
    repo.put(key(6), blob("/nowhere/at/all"))
    repo.put(key(7), LiteralMap)
    repo.put(key(8), b"\xff\xff")
    repo.put(key(9), record(**WHOLE, more=1))
    repo.put(key(10), LiteralMap().SerializeToString())
    assert repo.states() == [
        State.FITS,
        State.OTHER,
        State.TODAY,
        State.APART,
        State.OBJECTS,
        State.VERSION,
        State.DANGLING,
        State.UNREAD,
        State.UNREAD,
        State.OTHER,
        State.OTHER,
    ]


@pytest.mark.parametrize(
    "text",
    [
        STATS + TODAY + "    class Config:\n        omit_default = True\n",
        STATS + TODAY + "\n@dataclass\nclass More(Stats):\n    more: int = 0\n",
        STATS + TODAY + 'LOG = {"extra": "allow"}\n',
    ],
    ids=["left out", "a subclass", "more than declared"],
)
def test_what_something_else_explains_stays(repo: Cached, text: str) -> None:
    repo.write("stats.py", text)
    parts = MISSING if "omit" in text else {**WHOLE, "more": 1}
    repo.put(key(0), record(**parts))
    assert repo.states() == [State.UNSURE]
    assert repo.look().certain == []


def test_a_part_that_is_not_stored_is_not_missed(repo: Cached) -> None:
    text = f"from typing import ClassVar\n{STATS}{TODAY}    scale: ClassVar[int] = 1\n"
    repo.write("stats.py", text)
    repo.put(key(0), record(**WHOLE))
    assert repo.states() == [State.FITS]


def test_names_that_it_does_not_know_are_only_counted(repo: Cached) -> None:
    others = [
        key(1, "other.fit"),
        key(2, "flow.fit2"),
        key(3, "flow"),
        "anything",
        "flow.fit-1.0-x",
    ]
    for other in others:
        repo.put(other, record(**MISSING))
    result = repo.look()
    assert (result.judged, result.contents.others) == ([], len(others))


def test_a_key_that_two_tasks_may_have_stored_is_nobodys(repo: Cached) -> None:
    """flytekit joins name, version and inputs by a dash, and any of them may have one."""
    shell = "from flytekit import TaskMetadata\nfrom flytekit.extras.tasks.shell import ShellTask\n"
    setting = 'metadata=TaskMetadata(cache=True, cache_version="{}")'
    made = f'ShellTask(name="{{}}", script="true", {setting})\n'
    repo.write(
        "flow.py", shell + "a = " + made.format("x", "1-2") + "b = " + made.format("x-1", "2")
    )
    repo.put(key(1, "x", "1-2"), record(**MISSING))
    repo.put(key(1, "x", "1-3"), LiteralMap().SerializeToString())
    result = repo.look()
    assert (result.judged, result.contents.others, {*result.tasks}) == ([], 2, {"x", "x-1"})


def test_an_eviction_that_is_killed_leaves_a_whole_cache(repo: Cached) -> None:
    for number in range(6):
        repo.put(key(number), record(**(MISSING if number % 2 else WHOLE)))
    repo.put(key(7), record(**MISSING, label="x" * 40_000))
    certain = [one.entry for one in repo.look().certain]
    assert len({entry.filename for entry in certain} - {None}) == 1
    kept = {key(0), key(2), key(4)}
    for lines in range(1, 60, 5):
        pid = os.fork()
        if pid == 0:
            sys.settrace(Killer(lines).trace)
            eviction.evict(repo.folder, certain)
            os._exit(0)
        os.waitpid(pid, 0)
        with closing(repo.stored()) as store:
            assert {*store} >= kept
            assert all(store[name] for name in store)
    eviction.evict(repo.folder, certain)
    assert {*repo.stored()} == kept


class Killer:
    """Ends the process at a line of the eviction."""

    def __init__(self, lines: int) -> None:
        self._left = lines

    def trace(self, frame: FrameType, event: str, _argument: object) -> Any:
        if frame.f_code.co_filename == eviction.__file__ and event == "line":
            self._left -= 1
            if not self._left:
                os.kill(os.getpid(), signal.SIGKILL)
        return self.trace


def test_a_run_that_stores_meanwhile_keeps_what_it_stored(repo: Cached) -> None:
    repo.put(key(1), record(**MISSING))
    certain = [one.entry for one in repo.look().certain]
    repo.put(key(1), record(**WHOLE))
    assert (eviction.evict(repo.folder, certain), repo.states()) == (0, [State.FITS])


def test_a_locked_database_is_said(repo: Cached, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "_PATIENCE", 0.05)
    repo.put(key(1), record(**MISSING))
    certain = [one.entry for one in repo.look().certain]
    with closing(sqlite3.connect(repo.folder / entries.DATABASE)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(SigclockError, match="cannot be changed: database is locked; 0 entries"):
            eviction.evict(repo.folder, certain)
    assert repo.keys() == {key(1)}


def test_a_foreign_form_of_the_cache_is_left_alone(repo: Cached) -> None:
    repo.folder.mkdir(parents=True)
    with closing(sqlite3.connect(repo.folder / entries.DATABASE)) as other:
        other.execute("CREATE TABLE Cache (rowid INTEGER PRIMARY KEY, name TEXT, content BLOB)")
    with pytest.raises(SigclockError, match="has a form that sigclock does not know"):
        repo.look()


def test_what_is_no_database_is_said(repo: Cached) -> None:
    repo.folder.mkdir(parents=True)
    (repo.folder / entries.DATABASE).write_bytes(b"no database, but long enough to be read as one")
    with pytest.raises(SigclockError, match="the local cache cannot be read"):
        repo.look()


def test_entries_of_flyte_2_are_counted(repo: Cached) -> None:
    repo.put("sigclock.test", "x")
    with closing(sqlite3.connect(repo.folder / entries.DATABASE)) as both:
        both.execute("CREATE TABLE task_cache (key TEXT PRIMARY KEY, value BLOB)")
        both.execute("INSERT INTO task_cache VALUES ('k', x'00')")
        both.commit()
    found = repo.look().contents
    assert (found.flyte_2, found.others) == (1, 1)


def test_without_a_cache_there_is_nothing(repo: Cached) -> None:
    assert repo.look().judged == []
    assert not repo.folder.exists()


def test_a_file_that_no_cache_writes_is_not_removed(repo: Cached, tmp_path: Path) -> None:
    precious = tmp_path / "home/precious"
    repo.put(key(1), record(**MISSING))
    precious.write_text("x", encoding="utf-8")
    with closing(sqlite3.connect(repo.folder / entries.DATABASE)) as forged:
        forged.execute("UPDATE Cache SET filename = '../../precious'")
        forged.commit()
    eviction.evict(repo.folder, [one.entry for one in repo.look().judged])
    assert precious.exists()


def test_nothing_is_removed_unasked(repo: Cached, capsys: pytest.CaptureFixture[str]) -> None:
    repo.put(key(1), record(**MISSING))
    with pytest.raises(SystemExit) as ended:
        main(["-C", str(repo.path), "cache", "--evict"])
    assert (ended.value.code, repo.keys()) == (2, {key(1)})
    capsys.readouterr()
    with pytest.raises(SystemExit):
        main(["-C", str(repo.path), "cache", "--format", "json"])
    (found,) = msgspec.json.decode(capsys.readouterr().out)
    assert (found["key"], found["state"], found["certain"]) == (key(1), "other", True)
    with pytest.raises(SystemExit) as ended:
        main(["-C", str(repo.path), "cache", "--evict", "--yes"])
    shown = capsys.readouterr().out
    assert (ended.value.code, repo.keys()) == (0, set())
    assert f"to remove: {key(1)}" in shown
    assert "1 entry removed" in shown


def test_the_notes_of_the_guard_name_what_changed(repo: Cached) -> None:
    text = notes.Notes("flow.fit", "1.0", {"s1.0123456789abcdef": ("o0: stats.Stats",)})
    repo.put(notes.key_of("flow.fit", "1.0"), msgspec.json.encode(text).decode())
    repo.put(key(3, version="1.0+sigclock.s1.0123456789abcdef"), record(**WHOLE))
    (one,) = repo.look().judged
    assert one.why.startswith("stats.Stats.count: int was added; ")
