"""Source trees in which a task returns a type by a name, and what it means: `names/*.txt`.

A case starts at `=== its name`, with the file `flow.py`; a line `-> X` in it stands for the task,
which returns `X`. Other files follow after `--- path`; `a.py` and `b.py` hold a class `Stats`
unless the case says otherwise. `means:` gives the type, with the fields of each class behind its
first mention. `not run:` says why Python is not asked, `needs:` for the oldest that can parse it.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import NamedTuple

TASK = "@task\ndef produce(x: int) -> {}: ..."
SDK = "from flytekit import task\n"
FUTURE = "from __future__ import annotations\n"
STATS = {"a.py": "class Stats: ...\n", "b.py": "class Stats: ...\n"}
PLACE = Path(__file__).parent / "names"


class Case(NamedTuple):
    """A tree whose task `produce` returns `type`; `roots` are its configured source roots.

    `runs` is whether Python can be asked, `newer` whether the oldest Python cannot parse it.
    """

    id: str
    tree: dict[str, str]
    type: str
    roots: tuple[str, ...] = ()
    runs: bool = True
    newer: bool = False


def cases() -> list[Case]:
    """The cases that this Python can parse."""
    found = [
        (path.stem, text)
        for path in sorted(PLACE.glob("*.txt"))
        for text in re.split(r"^=== ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    ]
    return [_case(stem, text) for stem, text in found if _parses(text)]


def _parses(text: str) -> bool:
    needed = re.search(r"^needs: 3\.(\d+)$", text, re.MULTILINE)
    return needed is None or sys.version_info >= (3, int(needed[1]))


def _case(stem: str, text: str) -> Case:
    name, _, rest = text.partition("\n")
    body, _, settings = rest.partition("means: ")
    roots, body = _roots(body)
    flow, *others = re.split(r"^--- ", body, flags=re.MULTILINE)
    files = dict(other.split("\n", 1) for other in others)
    tree = {**STATS, "flow.py": flow, **files} if flow.strip() else files
    written = {path: _module(source) for path, source in tree.items()}
    type_, _, rest = settings.partition("\n")
    runs, newer = "not run: " not in rest, "needs: " in rest
    return Case(f"{stem}: {name}", written, type_, roots, runs, newer)


def _roots(body: str) -> tuple[tuple[str, ...], str]:
    if not body.startswith("roots: "):
        return (), body
    line, _, rest = body.partition("\n")
    return tuple(line.split()[1:]), rest


def _module(source: str) -> str:
    """The text of a file, the task written out and the SDK imported."""
    text = re.sub(r"^-> (.*)$", lambda found: TASK.format(found[1]), source, flags=re.MULTILINE)
    if "@task" not in text:
        return text
    head = FUTURE if text.startswith(FUTURE) else ""
    return f"{head}{SDK}{text.removeprefix(FUTURE)}"
