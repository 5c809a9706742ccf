"""Nothing that Flyte 2's local cache serves wrongly is missed in silence, and little is missed.

Its key has the interface in it, so most changes are a miss there; pickles are what it cannot see.
"""

from __future__ import annotations

from functools import cache

import pytest
from oracles import flyte_cachehit
from support.amount import FULL, sample
from support.installed import is_installed

from differential.kinds import flyte_rows
from differential.verdicts import Verdict, verdicts

pytestmark = pytest.mark.skipif(not is_installed("flyte"), reason="Flyte 2 is not installed")

#: Bumps where the key stays and the old value is what the new code makes.
NEEDLESS = {
    "constants:walrus/literal-dataclass/respelled": "the value was not known before",
    "endings:list-tuple/dataclass/direct": "a stored list becomes a tuple",
    "endings:list-tuple/dataclass/list": "a stored list becomes a tuple",
    "endings:list-tuple/pydantic/direct": "a stored list becomes a tuple",
    "endings:list-tuple/pydantic/optional": "a stored list becomes a tuple",
    "stored:dataclass/alias-stored/aliases": "the same alias, given to the class",
    "stored:model/none/camel": "a generator that changes none of the names",
    "stored:model/none/serializer": "another form is stored, which pydantic reads back",
    "stored:model/serializer/none": "another form is stored, which pydantic reads back",
}
#: Something else is foretold of the key, or of how a call ends.
FORETOLD = {
    "constants:walrus/literal-dataclass/respelled": "the value was not known before",
    "endings:defaultdict/dataclass/direct": "the schema does not tell what such a dict holds",
    "forms:pydantic-v1": "Flyte 2 pickles models of pydantic's first version",
    "stored:dataclass/alias-stored/alias": "the schema has the alias, stored or not",
    "stored:dataclass/alias-stored/aliases": "the same alias, given to the class",
    "stored:model/none/camel": "a generator that changes none of the names",
    "stored:model/none/serialization-stored": "an alias for what is stored is in no schema",
    "stored:model/none/serializer": "a form that is stored is in no schema",
    "stored:model/serializer/none": "a form that is stored is in no schema",
}
RIGHT = 0.97


@cache
def seen() -> list[Verdict]:
    return verdicts(sample(flyte_rows(), lambda row: row.id, 100), flyte_cachehit.run)


def faults(of: str) -> set[str]:
    return {verdict.row.id.removeprefix("flyte:") for verdict in seen() if verdict.fault == of}


def drawn(known: dict[str, str]) -> set[str]:
    """The entries of a table that are in the sample."""
    return known.keys() & {verdict.row.id.removeprefix("flyte:") for verdict in seen()}


def test_nothing_is_missed_in_silence() -> None:
    assert faults("silent") == set()


def test_nothing_is_only_said() -> None:
    assert faults("said, not followed") == set()


def test_nothing_else_is_bumped_for_nothing() -> None:
    assert faults("needless") == drawn(NEEDLESS)


def test_what_is_foretold_comes() -> None:
    wrong = {verdict.row.id.removeprefix("flyte:") for verdict in seen() if verdict.foretold}
    assert wrong == drawn(FORETOLD)


def test_nearly_all_is_right() -> None:
    if FULL:
        assert len(seen()) > len(flyte_rows()) * RIGHT
