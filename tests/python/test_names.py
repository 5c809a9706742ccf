"""A name in an annotation means what Python binds it to, wherever that is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from oracles import hints_dump
from support.memory import InMemory

from python.bound_names import Case, cases
from sigclock.interface.references import refs
from sigclock.interface.types import Type, spell
from sigclock.tasks.extract import Options, extract

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sigclock.interface.snapshot import Definition

CASES = cases()


def returned(case: Case) -> str:
    """What the task of a case returns: its only output, with the fields of each class."""
    found = extract(InMemory(case.tree), Options(case.roots)).snapshot
    tasks = [task for task in found.tasks.values() if task.function.endswith("produce")]
    ((output,),) = {task.outputs for task in tasks}
    return expanded(output.type, found.definitions, set())


def expanded(type_: Type, definitions: Mapping[str, Definition], told: set[str]) -> str:
    """A spelled type, the fields of each class behind its first mention."""
    text = spell(type_)
    for key in refs(type_):
        if key in told or not definitions[key].fields:
            continue
        told.add(key)
        fields = definitions[key].fields
        inside = ", ".join(f"{f.name}: {expanded(f.type, definitions, told)}" for f in fields)
        text = text.replace(key, f"{key}({inside})", 1)
    return text


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_a_name_means_what_it_is_bound_to(case: Case) -> None:
    assert returned(case) == case.type


def test_python_binds_the_names_as_the_cases_say() -> None:
    asked = [case for case in CASES if case.runs]
    told = hints_dump.dump([case.tree for case in asked])
    assert {case.id: case.type for case in asked} == {
        case.id: type_ for case, type_ in zip(asked, told, strict=True)
    }
