"""A run that looked at nothing says so, and fails where the lock has tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.gate_histories import LITERAL
from support.judged import judged
from support.locks import DictTree

from sigclock.lock.lock import Lock
from sigclock.project.coverage import missing

if TYPE_CHECKING:
    from support.locks import Sources

LOCK = judged(LITERAL).plan.lock
VENDOR = {**LITERAL, "step.py": "from vendor import step\n"}


def told(files: Sources, lock: Lock = LOCK) -> list[str]:
    """What is missing, with its level and without its place."""
    found = judged(files, lock)
    return [
        f"{finding.level.value}: {finding.message}"
        for finding in missing(found.project, found.extraction, lock, DictTree(files))
    ]


def configured(line: str, files: Sources = LITERAL) -> dict[str, str]:
    return {**files, "pyproject.toml": f"[tool.sigclock]\n{line}\n"}


NOTHING_LEFT = "include and exclude leave no Python file to look at"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('include = ["scr/"]', NOTHING_LEFT),
        ('exclude = ["*.py"]', NOTHING_LEFT),
        ('exclude = ["fit.py"]', "no task is left, and the lock has 1 task"),
        ('source-roots = ["scr"]', "source-roots: there is no Python file below 'scr'"),
        (
            'task-decorators = ["vendor.stop"]',
            "task-decorators: nothing here is called 'vendor.stop'",
        ),
        ('task-decorators = ["seller.*"]', "task-decorators: nothing here is called 'seller.*'"),
        ('not-tasks = ["seller.step"]', "not-tasks: nothing here is called 'seller.step'"),
    ],
)
def test_what_matches_nothing_is_an_error_where_tasks_are_locked(line: str, found: str) -> None:
    assert told(configured(line, VENDOR)) == [f"error: {found}"]


@pytest.mark.parametrize(
    "line",
    [
        'source-roots = ["."]',
        'include = ["*.py"]',
        'task-decorators = ["vendor.step", "vendor.*", "*.step"]',
        'not-tasks = ["vendor.step"]',
    ],
)
def test_what_matches_something_is_not_told(line: str) -> None:
    assert told(configured(line, VENDOR)) == []


def test_without_a_lock_it_is_a_warning() -> None:
    empty = configured('include = ["scr/"]')
    assert told(empty, Lock()) == [f"warning: {NOTHING_LEFT}"]
    assert told({"a.py": "", "pyproject.toml": "[tool.sigclock]\n"}, Lock()) == [
        "warning: there is no task here"
    ]


def test_a_repository_without_flyte_is_left_alone() -> None:
    assert told({"a.py": "import os\n"}, Lock()) == []
