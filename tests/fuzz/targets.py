"""What fuzzing feeds with bytes: each target takes any, and raises only for a bug of sigclock's."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from sigclock.errors import ConfigError, EditError, LockError
from sigclock.lock.lock import Lock
from sigclock.lock.reader import dumps, loads, split_conflict
from sigclock.project import baseline, config
from sigclock.python.names.syntax import UnreadableSource, parse_source
from sigclock.source import Edit, Span
from sigclock.tasks.extract import extract
from sigclock.verdict import plan
from sigclock.verdict.plan import Plan, Policy
from sigclock.verdict.rewrite import diff, rewrite

#: What the file under attack may import.
MODELS = b"""\
import enum
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
VERSION = "1.0"

class Mode(enum.Enum):
    FAST = "fast"

@dataclass
class Stats(Generic[T]):
    mean: float
    mode: Mode
    more: "list[Stats[T]]"
"""


class Tree(NamedTuple):
    """Files as they are stored."""

    files: dict[str, bytes]
    label: str = "worktree"

    def paths(self) -> list[str]:
        return sorted(self.files)

    def read(self, path: str) -> bytes:
        return self.files[path]


def of_source(data: bytes) -> None:
    """Lock it, change its types, and make what edits are due: literals change and nothing else."""
    lock = _planned(Lock(), data).lock
    written = dumps(lock)
    assert dumps(loads(written)) == written
    changed = data.replace(b"int", b"str").replace(b"float", b"int")
    done = _planned(lock, changed)
    try:
        bumped = rewrite(changed, [edit for edit in done.edits if edit.path == "flow.py"])
    except EditError:
        return
    diff("flow.py", changed, bumped)
    again = _planned(done.lock, bumped)
    assert not [edit for edit in again.edits if edit.path == "flow.py"], again.edits


def of_edit(data: bytes) -> None:
    """Any place of any file: either nothing is written, or the file reads as it did but there."""
    place, after, source = data[:2], data[2:6].strip(b"\0"), data[6:]
    start, size = place[:1], place[1:]
    at, length = int.from_bytes(start, "big"), int.from_bytes(size, "big") % 8
    edit = Edit("flow.py", Span(at, at + length), source[at : at + length], after)
    try:
        result = rewrite(source, [edit])
    except EditError:
        return
    assert result == source[:at] + after + source[at + length :]
    parse_source("flow.py", result)


def of_parser(data: bytes) -> None:
    """A file is read, or it is said why not."""
    with suppress(UnreadableSource):
        parse_source("flow.py", data)


def of_lock(data: bytes) -> None:
    """A lock is read as what it says, merged with any other, and written so that it can be read."""
    try:
        split_conflict(data)
        lock = loads(data)
    except LockError:
        return
    if lock.requires:
        return
    written = dumps(lock)
    assert dumps(loads(written)) == written
    for base in (None, OTHER, data, b"{"):
        for one, other in ((data, OTHER), (OTHER, data), (data, data)):
            merged = baseline.merged(base, one, other, "lock").lock
            assert loads(dumps(merged)).ledger == merged.ledger
    _planned(lock, FLOW)


def of_config(data: bytes) -> None:
    """A configuration, or an error that says where."""
    config.has_table(data)
    try:
        settings = config.load(data, "pyproject.toml")
    except ConfigError:
        return
    for path in ("a.py", "src/pkg/flow.py", "", "[", "é/\n.py"):
        settings.selects(path)


def _planned(lock: Lock, data: bytes) -> Plan:
    tree = Tree({"flow.py": data, "models.py": MODELS})
    return plan.plan(lock, extract(tree), {}, Policy())


FLOW = b"""\
from flytekit import task
from models import Stats, VERSION

@task(cache=True, cache_version=VERSION)
def fit(path: str) -> Stats[int]: ...

@task(cache=True, cache_version="1.0")
def sum_up(path: str) -> int: ...
"""
OTHER = dumps(_planned(Lock(), FLOW).lock)

TARGETS: dict[str, Callable[[bytes], None]] = {
    "source": of_source,
    "edit": of_edit,
    "parser": of_parser,
    "lock": of_lock,
    "config": of_config,
}
