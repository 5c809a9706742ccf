from __future__ import annotations

import pytest
from support.memory import InMemory

from sigclock.tasks.extract import extract
from sigclock.verdict.case import Case
from sigclock.verdict.rules import duplicate_task

TASK = "import flyte\nenv = flyte.TaskEnvironment('e')\n@env.task{}\nasync def t() -> int: ...\n"
PINNED = "(cache=flyte.Cache('auto', '1'))"
AUTOMATIC = "(cache='auto')"
LOCAL = (
    "import flyte\nenv = flyte.TaskEnvironment('e')\n"
    "def {}():\n    @env.task{}\n    async def t() -> int: ...\n"
)


def told(first: str, second: str) -> list[str]:
    found = extract(InMemory({"a.py": first, "b.py": second}))
    return [finding.message for finding in duplicate_task.find(Case(namesakes=found.namesakes))]


APART = {
    "scripts that are not cached": (TASK.format(""), TASK.format("")),
    "scripts under the hashes of their sources": (TASK.format(AUTOMATIC), TASK.format(AUTOMATIC)),
    "a script that is not cached": (TASK.format(AUTOMATIC), TASK.format("")),
    "functions": (LOCAL.format("one", PINNED), LOCAL.format("two", AUTOMATIC)),
}
SHARED = {
    "files": (TASK.format(PINNED), TASK.format(PINNED)),
    "files of which one may be cached later": (TASK.format(PINNED), TASK.format("")),
    "functions": (LOCAL.format("one", PINNED), LOCAL.format("two", PINNED)),
    "one file": (TASK.format("") + TASK.format("").partition("\n")[2], ""),
}


@pytest.mark.parametrize("row", APART)
def test_tasks_that_share_nothing_may_have_one_name(row: str) -> None:
    assert told(*APART[row]) == []


@pytest.mark.parametrize("row", SHARED)
def test_tasks_of_one_name_that_may_share_entries_are_told(row: str) -> None:
    (message,) = told(*SHARED[row])
    assert message.startswith("Flyte gives the name e.t to this task and to the one at a.py:")
