"""Flyte 2's own cache key moves where the product says so, and the product sees what it misses."""

from __future__ import annotations

import pytest
from support.installed import is_installed

from differential.flyte_pairs import TASK, Observations, flyte_pairs
from differential.pairs import Pair
from differential.test_flytekit import InMemory
from sigclock.interface.remote_key import remote_view
from sigclock.interface.snapshot import Sdk
from sigclock.tasks.extract import extract

#: Types of pydantic that are other types with constraints.
CONSTRAINED = [
    "annotated",
    "bounds",
    "int",
    "list",
    "number",
    "path",
    "set",
    "text",
    "uuid",
]
#: Edits that move the key by what the product does not record; no stored value is wrong by them.
UNRECORDED = {
    "class:alias-changed": "the alias is in the JSON schema",
    "class:aliased": "the alias is in the JSON schema",
    "class:config-added": "a model's title is in its JSON schema",
    "class:default-changed": "defaults are in the JSON schema",
    "class:default-given": "defaults are in the JSON schema",
    "class:final": "a default comes with it",
    "class:constrained": "constraints are in the JSON schema",
    "class:described": "descriptions are in the JSON schema",
    "class:docstring-added": "pydantic takes the docstring for a description",
    "class:factory": "the field is not required any more",
    **{f"class:{kind}-constrained": "constraints are in the JSON schema" for kind in CONSTRAINED},
}

needs_flyte = pytest.mark.skipif(not is_installed("flyte"), reason="Flyte 2 is not installed")


def remote(tree: dict[str, str]) -> str:
    found = extract(InMemory(tree)).snapshot
    return remote_view(found.tasks[TASK].outputs, found.definitions, Sdk.FLYTE)


def signature(tree: dict[str, str]) -> str:
    return extract(InMemory(tree)).snapshot.tasks[TASK].signature


def signature_changes(pair: Pair) -> bool:
    return signature(pair.before) != signature(pair.after)


@needs_flyte
def test_flyte_imports_every_pair(on_flyte: Observations) -> None:
    assert [(seen.pair.id, seen.errors) for seen in on_flyte if seen.errors] == []


@needs_flyte
def test_the_key_is_predicted_to_move_exactly_where_it_does(on_flyte: Observations) -> None:
    wrong = {
        seen.edit
        for seen in on_flyte
        if seen.moved != (remote(seen.pair.before) != remote(seen.pair.after))
    }
    assert wrong == {*UNRECORDED}


@needs_flyte
def test_what_is_not_recorded_is_no_hazard(on_flyte: Observations) -> None:
    due = [seen.pair.id for seen in on_flyte if seen.edit in UNRECORDED and seen.pair.hazard]
    assert due == []


def test_a_signature_changes_exactly_where_a_bump_is_due() -> None:
    wrong = [pair.id for pair in flyte_pairs() if signature_changes(pair) != pair.hazard]
    assert wrong == []


@needs_flyte
def test_changes_of_pickled_classes_are_seen_though_the_key_stays(on_flyte: Observations) -> None:
    unseen = {seen.pair.id for seen in on_flyte if seen.pair.hazard and not seen.moved}
    assert unseen >= {
        "attrs:field-added/direct",
        "msgspec:field-added/direct",
        "plain:field-added/direct",
        "set-dataclass:field-added/direct",
    }
