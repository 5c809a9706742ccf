"""The verdicts written for the pairs agree with what the real flytekit does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from differential.observed import Observations

#: Edits that move the remote key though every stored value is still right.
MOVES_ALONE = {
    "artifact-a->artifact-b": "the artifact's name is in the key",
    "artifact-a->artifact-k": "the artifact's partitions are in the key",
    "artifact-k->artifact-k2": "the artifact's partitions are in the key",
    "class:aware-constrained": "flytekit's key has a pickle for pydantic's own class of dates",
    "class:classvar-added": "flytekit lists an annotated ClassVar as a field",
    "class:final": "a Final field counts as a pickle",
    "class:initvar-added": "flytekit lists an InitVar as a field",
    "class:past-constrained": "flytekit's key has a pickle for pydantic's own class of dates",
    "class:union-order": "the members of a union count in order",
    "enum:reordered": "the values of an enum count in order",
    "enum:swapped": "the values of an enum count in order",
    "int->artifact-a": "the artifact's name is in the key",
    "optional-enum-field:reordered": "the values of an enum count in order",
    "str-enum:reordered": "the values of an enum count in order",
    "str-enum:swapped": "the values of an enum count in order",
    "union-int-str->union-str-int": "the members of a union count in order",
    "union-none-int->optional-int": "the members of a union count in order",
}

#: Edits after which the local answer is known to be wrong though, by the rules, no bump is due.
STALE_ALONE = {
    "enum:swapped": "only an enum's values count, so swapped names look like renamed members",
    "str-enum:swapped": "likewise",
}

#: Edits for which a bump is due by the rules, though the one call that is made does not show it.
DUE_UNSEEN = {
    "any->object": "the value at hand fits both",
    "class:int-enum-added": "the value at hand is a member of both",
    "class:into-package": "the old module still passes the class on, so the pickle finds it",
    "class:literal-added": "the value at hand is allowed by both",
    "class:out-of-flow": "the old module still imports the class, so the pickle finds it",
    "datetime->date": "the time of day is cut off, as the new code does",
    "literal-12->literal-123": "the value at hand is allowed by both",
    "literal-ab->literal-abc": "the value at hand is allowed by both",
    "literal-abc->literal-ab": "the value at hand is allowed by both",
    "set-dataclass:field-added": "the class attribute stands in for the missing field",
    "set-namedtuple:field-added": "the default stands in for the missing field",
}


def test_flytekit_imports_every_pair(on_flytekit: Observations) -> None:
    assert [(seen.pair.id, seen.errors) for seen in on_flytekit if seen.errors] == []


def test_a_remote_key_moves_only_where_a_bump_is_due_or_where_it_is_known_to(
    on_flytekit: Observations,
) -> None:
    moved = {seen.edit for seen in on_flytekit if seen.moved and not seen.pair.hazard}
    assert moved == {*MOVES_ALONE}


def test_the_local_cache_is_stale_only_where_a_bump_is_due_or_where_it_is_known_to_be(
    on_flytekit: Observations,
) -> None:
    stale = {seen.edit for seen in on_flytekit if seen.stale and not seen.pair.hazard}
    assert stale == {*STALE_ALONE}


def test_flytekit_shows_why_a_bump_is_due_or_it_is_known_that_it_does_not(
    on_flytekit: Observations,
) -> None:
    shown = {seen.edit for seen in on_flytekit if seen.moved or seen.stale}
    assert {seen.edit for seen in on_flytekit if seen.pair.hazard} - shown == {*DUE_UNSEEN}
