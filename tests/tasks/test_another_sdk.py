"""A new SDK is one module in `tasks/sdks/` and its place in `DIALECTS`, as the README says."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from readme import ROOT

if TYPE_CHECKING:
    from pathlib import Path

DIALECT = '''\
"""`@toy.job(memo=True, memo_version="1")`."""

from sigclock.interface.snapshot import Sdk
from sigclock.python.values.values import Called, Known, Partial
from sigclock.tasks.declaration import (
    DISABLED, Declaration, arguments, function_in, pinned_or_computed
)

MARKERS = (b"toy",)
HOMES = ("toy.",)


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


def test_a_new_sdk_is_one_module_and_one_line(tmp_path: Path) -> None:
    package = tmp_path / "sigclock"
    shutil.copytree(ROOT / "sigclock", package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "tasks" / "sdks" / "toy.py").write_text(DIALECT)
    table = package / "tasks" / "sdks" / "__init__.py"
    before = table.read_text()
    table.write_text(
        before.replace("sdks import flyte,", "sdks import toy, flyte,").replace(
            "= (flytekit,", "= (toy, flytekit,"
        )
    )

    arguments = [sys.executable, "-c", ASK, str(ROOT / "tests"), repr(PROJECT)]
    done = subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True, check=True)

    assert done.stdout.splitlines() == ["a.one 1", "a.three None", "a.two 2", "b.four 2"]
