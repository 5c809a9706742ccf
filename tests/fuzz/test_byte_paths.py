"""Under a name that is not UTF-8 a source declares what it declares under any other."""

from __future__ import annotations

from zlib import crc32

import pytest
from support.amount import is_drawn

from fuzz.seeds import seeds
from fuzz.targets import MODELS, Tree
from sigclock.interface.snapshot import Extraction
from sigclock.lock.lock import Lock
from sigclock.lock.reader import dumps, loads
from sigclock.tasks.extract import extract
from sigclock.verdict import plan
from sigclock.verdict.plan import Policy

#: Each with a name of the same spelling where a class is named in what is pickled.
ODD = {
    "fl\udcf6w.py": "fl_w.py",
    "d\udce9/flow.py": "d_/flow.py",
    "\udcff.py": "_.py",
    "a b\udc80\n.py": "a_b__.py",
    "flow\ufe0f.py": "flow_.py",
}
SOURCES = [data for data in seeds("source") if is_drawn(f"{crc32(data)}", 3)]


def extracted(path: str, data: bytes) -> Extraction:
    return extract(Tree({path: data, "models.py": MODELS}))


def declared(found: Extraction) -> list[tuple[object, ...]]:
    """All that is said of the tasks, but for the names that come from the path."""
    tasks = found.snapshot.tasks.values()
    facts = [(task.function, task.cache, task.void, task.sdk, task.signature) for task in tasks]
    unread = [(file.reason, file.location.line) for file in found.unreadable]
    return sorted((*facts, *unread), key=repr)


@pytest.mark.parametrize("path", ODD, ids=ascii)
def test_what_is_declared_does_not_depend_on_the_name(path: str) -> None:
    for data in SOURCES:
        if b"flow" in data:
            continue  # it imports itself
        found = extracted(path, data)
        assert declared(found) == declared(extracted(ODD[path], data)), data.decode()
        written = dumps(plan.plan(Lock(), found, {}, Policy()).lock)
        assert dumps(loads(written)) == written
