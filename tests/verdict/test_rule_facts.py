"""Each rule reads what it declares, so that a partial judgement knows what to look at."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from support.cases import CASES, PAST, names
from support.memory import InMemory

from sigclock.lock.lock import Lock
from sigclock.project.projects import Overrides, projects
from sigclock.tasks.extract import extract
from sigclock.verdict.case import Case, Fact, TaskCase
from sigclock.verdict.judge import Judgement, judge
from sigclock.verdict.plan import Policy, plan
from sigclock.verdict.report import of_plan
from sigclock.verdict.rules import JUDGING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sigclock.interface.snapshot import Extraction
    from sigclock.verdict.finding import Finding
    from sigclock.verdict.rules import RuleModule

Asked = dict[str, set[Fact]]


class Recording:
    """A case, or that of a task, that records which facts it was asked for."""

    def __init__(self, case: Case | TaskCase, asked: set[Fact]) -> None:
        self._case = case
        self._asked = asked

    def __getattr__(self, name: str) -> object:
        value = getattr(self._case, name)
        if name != "name":
            self._asked.add(Fact(name))
        return [Recording(task, self._asked) for task in value] if name == "cached" else value


def recorded(module: RuleModule, asked: Asked) -> SimpleNamespace:
    def find(case: Case) -> Iterator[Finding]:
        recording = Recording(case, asked.setdefault(module.RULE.id, set()))
        return module.find(cast("Case", recording))

    return SimpleNamespace(RULE=module.RULE, READS=module.READS, find=find)


def read(state: Path) -> Extraction:
    files = (path for path in state.rglob("*") if path.is_file() and path.suffix != ".pyc")
    tree = InMemory({path.relative_to(state).as_posix(): path.read_text("utf-8") for path in files})
    (project,) = projects(tree, Overrides())
    return extract(tree, project.options())


def judge_case(place: Path) -> None:
    lock = Lock()
    for state in PAST:
        lock = plan(lock, read(place / state), {}, Policy()).lock
    current = read(place / "current")
    decided = plan(lock, current, {}, Policy())
    judge(decided, current, of_plan(decided, lock, current), Judgement())


def test_each_rule_asks_for_what_it_declares_and_for_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: Asked = {}
    modules = tuple(recorded(module, asked) for module in JUDGING)
    monkeypatch.setattr("sigclock.verdict.judge.JUDGING", modules)
    for case in names():
        judge_case(CASES / case)
    assert asked == {module.RULE.id: set(module.READS) for module in JUDGING}


def test_every_attribute_of_a_case_is_a_fact() -> None:
    attributes = {*Case.__struct_fields__, *TaskCase.__struct_fields__} - {"name"}
    assert attributes == {fact.value for fact in Fact}
