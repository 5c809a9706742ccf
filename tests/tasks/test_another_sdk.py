"""A new SDK is one module in `tasks/sdks/` and its line in `SDKS`, as CONTRIBUTING says."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.extending import extended
from support.git import Repo
from support.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SDK = '''\
"""`@toy.job(memo=True, memo_version="1")`."""

from sigclock.interface.snapshot import Sdk
from sigclock.python.values.values import Called, Known, Partial
from sigclock.tasks.declaration import (
    DISABLED, Declaration, arguments, function_in, pinned_or_computed
)

MARKERS = (b"toy",)
HOMES = ("toy.",)
WORDS = ("job",)


def declare(call, decorators=frozenset(), /):
    inner = call.callee
    if isinstance(inner, Called):
        keywords = {**inner.keywords, **call.keywords}
        return declare(Called(inner.callee, call.args, keywords, call.path), decorators)
    function = function_in(arguments(call, ("fn",)).get("fn"))
    if function is None or not is_factory(inner):
        return None
    version = call.keywords.get("memo_version")
    setting = pinned_or_computed(version) if "memo" in call.keywords else DISABLED
    return Declaration(Sdk.FLYTEKIT, setting, version, function)


def is_factory(value, decorators=frozenset(), /):
    match value:
        case Called(callee) | Partial(callee):
            return is_factory(callee)
        case _:
            return isinstance(value, Known) and value.dotted == "toy.job"
'''
PROJECT = {
    "a.py": (
        "import functools, toy\n"
        "memoised = functools.partial(toy.job, memo=True, memo_version='2')\n"
        "@toy.job(memo=True, memo_version='1')\ndef one() -> int: ...\n"
        "@memoised\ndef two() -> int: ...\n"
        "@toy.job\ndef three() -> int: ...\n"
        "def five() -> int: ...\n"
        "def make():\n    return [toy.job(five, memo=True, memo_version='5')]\n"
    ),
    "b.py": "from a import memoised as mine\n@mine\ndef four() -> int: ...\n",
}
ASK = """\
import sys
sys.path.insert(0, sys.argv[1])
from support.memory import InMemory
from sigclock.tasks.extract import extract
for name, task in extract(InMemory(eval(sys.argv[2]))).snapshot.tasks.items():
    print(name, task.cache.version)
"""


SOURCE = """\
import toy

@toy.job(memo=True, memo_version="1.0")
def fit(path: str) -> float:
    return 0.0
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """That of a copy which knows the SDK."""
    line = '    _reader("flytekit"),'
    table = (line, f'    _reader("toy"),\n{line}')
    return extended(tmp_path / "copy", "tasks/sdks/toy.py", SDK, "tasks/sdks/__init__.py", table)


def test_its_tasks_are_found(tmp_path: Path, environment: dict[str, str]) -> None:
    arguments = [sys.executable, "-c", ASK, str(ROOT / "tests"), repr(PROJECT)]
    done = subprocess.run(
        arguments, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [
        *("a.five 5", "a.one 1", "a.three None", "a.two 2"),
        "b.four 2",
    ]


def test_its_versions_are_bumped(tmp_path: Path, environment: dict[str, str]) -> None:
    repo = Repo.init(tmp_path / "project")
    repo.write("fit.py", SOURCE)

    def sigclock(verb: str) -> int:
        arguments = [sys.executable, "-m", "sigclock", verb]
        return subprocess.run(
            arguments, cwd=repo.path, env=environment, capture_output=True, check=False
        ).returncode

    assert sigclock("update") == 0
    repo.commit("locked")
    changed = SOURCE.replace("-> float", "-> str")
    repo.write("fit.py", changed)
    assert [sigclock("check"), sigclock("update"), sigclock("check")] == [1, 0, 0]
    assert (repo.path / "fit.py").read_text() == changed.replace('"1.0"', '"1.1"')
