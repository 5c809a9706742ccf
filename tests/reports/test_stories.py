"""Changes in words, and the grouping of tasks by what they have in common."""

from __future__ import annotations

import msgspec
import pytest
from report_samples import changed, report, task

from sigclock.interface.change import Change, ChangeKind
from sigclock.reports.causes import group_changes
from sigclock.verdict.finding import Bump, Outcome, Prediction, TaskReport
from sigclock.verdict.wording import describe, foretell, reach, shorten

K = ChangeKind
SAID = [
    (Change(K.OUTPUT_ADDED, "outputs.o1", None, "int"), "output o1 added: int"),
    (Change(K.OUTPUT_RENAMED, "outputs.b", "a", "b"), "output renamed: a → b"),
    (Change(K.BECAME_VOID, "outputs", "int", "None"), "the task returns nothing now, was int"),
    (
        Change(K.INPUT_ADDED, "inputs.x", None, "int", default=True),
        "input x added: int, with a default",
    ),
    (
        Change(K.FIELD_ADDED, "outputs.o0[].n", None, "int", None, "m.Stats"),
        "field n: int added to m.Stats",
    ),
    (
        Change(K.RETYPED, "outputs.o0.a.n", "int", "str", None, "m.Stats"),
        "field n of m.Stats retyped: int → str",
    ),
    (
        Change(K.UNION_MEMBER_ADDED, "outputs.o0", "A | B", "A | B | C"),
        "output o0 gained a union member: A | B → A | B | C",
    ),
    (
        Change(K.MEMBER_REVALUED, "outputs.o0.RED", "'r'", "'R'", None, "m.Color"),
        "member RED of m.Color revalued: 'r' → 'R'",
    ),
    (
        Change(K.CLASS_KIND_CHANGED, "outputs.o0", "dataclass", "pydantic", None, "m.Stats"),
        "m.Stats changed from dataclass to pydantic",
    ),
    (
        Change(K.COLUMN_ADDED, "outputs.o0['a.b']", None, "int"),
        "column of output o0['a.b'] added: int",
    ),
    (
        Change(K.ORDER_CHANGED, "outputs.o0", "RED BLUE", "BLUE RED", None, "m.Color"),
        "order within m.Color changed: RED BLUE → BLUE RED",
    ),
]


@pytest.mark.parametrize(("change", "said"), SAID, ids=[said for _, said in SAID])
def test_a_change_in_words(change: Change, said: str) -> None:
    assert describe(change) == said


@pytest.mark.parametrize("kind", ChangeKind)
def test_every_kind_of_change_has_words(kind: ChangeKind) -> None:
    assert describe(Change(kind, "outputs.o0.x", "int", "str", None, "m.Stats"))


def test_a_class_is_reached_by_its_path_and_a_field_by_its_class() -> None:
    field = Change(K.FIELD_ADDED, "outputs.o0.stats[].n", None, "int", None, "m.Stats")
    whole = Change(K.CLASS_RENAMED, "outputs.o0.stats[]", "m.A", "m.Stats", None, "m.Stats")
    assert [reach(field), reach(whole)] == ["outputs.o0.stats[]"] * 2


@pytest.mark.parametrize(
    ("prediction", "said"),
    [
        (Prediction(Outcome.HIT, Outcome.HIT), "local reuses its result; so does remote"),
        (
            Prediction(Outcome.STALE, Outcome.MISS, "raises"),
            "local crashes on the old object; remote recomputes",
        ),
        (
            Prediction(Outcome.HIT, Outcome.NEVER),
            "local reuses its result; remote never caches it",
        ),
    ],
)
def test_a_prediction_in_words(prediction: Prediction, said: str) -> None:
    assert foretell(prediction) == said


def test_what_is_long_loses_its_middle() -> None:
    assert shorten("a" * 500 + "b" * 500, 30) == "aaaaa[… 1000 characters …]bbbb"


def test_tasks_with_one_cause_are_one_story_however_they_reach_it() -> None:
    first = Change(K.FIELD_ADDED, "outputs.o0.n", None, "int", None, "m.Stats")
    second = msgspec.structs.replace(first, path="outputs.o0.stats[].n")
    own = Change(K.RETYPED, "outputs.o0", "int", "str")
    tasks = [_changed("a", first), _changed("b", second), _changed("c", own), task("d")]
    bumps = (_bump("c", "d"), _bump("a"), _bump("d"))
    assert [
        (
            [task.name for task in story.tasks],
            [cause.reached_by for cause in story.causes],
            story.bumps,
        )
        for story in group_changes(report(*tasks, bumps=bumps))
    ] == [
        (["a", "b"], [("outputs.o0", "outputs.o0.stats[]")], (bumps[1],)),
        (["c"], [()], (bumps[0],)),
        (["d"], [], (bumps[2],)),
    ]


def _changed(name: str, change: Change) -> TaskReport:
    return changed(task(name), change)


def _bump(*tasks: str) -> Bump:
    return Bump("t.py", 1, "decorator", "1", "2", tasks)
