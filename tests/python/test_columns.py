"""The columns of a dataset, wherever they are written down."""

from __future__ import annotations

import pytest
from support.memory import InMemory

from sigclock.interface.types import spell
from sigclock.tasks.extract import extract

FLOW = """\
from collections import OrderedDict
from typing import Annotated
import pandas as pd
from flytekit import kwtypes, task
from flytekit.types.schema import FlyteSchema
from flytekit.types.structured import StructuredDataset

COLUMNS = {{"a": int, "b": str}}
FEW = kwtypes(a=int)

@task
def produce() -> {}: ...
"""
A, A_B = "{'a': int}", "{'a': int, 'b': str}"
FRAME = "Annotated[pandas.DataFrame, {}]"
SCHEMA = "Annotated[flytekit.FlyteSchema, {}]"
WITHOUT_B = "{k: v for k, v in COLUMNS.items() if k != 'b'}"
COMPUTED = "{k: v for k, v in zip('ab', (int, str))}"


@pytest.mark.parametrize(
    ("written", "resolved"),
    [
        ("Annotated[pd.DataFrame, kwtypes(a=int, b=str)]", FRAME.format(A_B)),
        ("Annotated[pd.DataFrame, kwtypes(**COLUMNS)]", FRAME.format(A_B)),
        ("Annotated[pd.DataFrame, FEW]", FRAME.format(A)),
        ("Annotated[pd.DataFrame, OrderedDict(COLUMNS)]", FRAME.format(A_B)),
        ("Annotated[pd.DataFrame, OrderedDict(a=int)]", FRAME.format(A)),
        ("FlyteSchema[COLUMNS]", SCHEMA.format(A_B)),
        ("FlyteSchema[{**FEW, 'b': str}]", SCHEMA.format(A_B)),
        (f"FlyteSchema[{WITHOUT_B}]", SCHEMA.format(A)),
        (f"FlyteSchema[{WITHOUT_B.replace('!=', '==')}]", SCHEMA.format("{'b': str}")),
        (f"FlyteSchema[OrderedDict({WITHOUT_B})]", SCHEMA.format(A)),
        (
            "FlyteSchema[{k: v for k, v in COLUMNS.items() if k not in ['b', 'c']}]",
            SCHEMA.format(A),
        ),
        ("FlyteSchema[{k: v for k, v in COLUMNS.items()}]", SCHEMA.format(A_B)),
    ],
)
def test_columns_are_read(written: str, resolved: str) -> None:
    assert output(written) == resolved


@pytest.mark.parametrize(
    ("written", "reads"),
    [
        (COMPUTED, ""),
        (
            "{k: v for k, v in COLUMNS.items() if v is int}",
            " [COLUMNS.items={'a': int, 'b': str}]",
        ),
        ("{k: int for k in 'ab'}", ""),
    ],
)
def test_columns_that_only_a_run_can_tell_are_said_to_be_unread(written: str, reads: str) -> None:
    unread = f"{{'*': Unresolved[{written + reads!r}, 'expression']}}"
    assert output(f"FlyteSchema[{written}]") == SCHEMA.format(unread)


def output(annotation: str) -> str:
    found = extract(InMemory({"flow.py": FLOW.format(annotation)})).snapshot
    return spell(found.tasks["flow.produce"].outputs[0].type)
