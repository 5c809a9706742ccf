"""Two spellings of one type have one signature, two types have two; nothing else comes into it."""

from __future__ import annotations

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from support.memory import InMemory

from python.spellings import NODES, Node, meaning, written
from sigclock.tasks.extract import extract

thorough = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def signature(tree: dict[str, str]) -> str:
    return extract(InMemory(tree)).snapshot.tasks["app.flow.produce"].signature


def signed(data: st.DataObject, node: Node) -> str:
    return signature(data.draw(written(node)))


@thorough
@given(NODES, st.data())
def test_two_spellings_of_a_type_have_one_signature(node: Node, data: st.DataObject) -> None:
    assert signed(data, node) == signed(data, node)


@thorough
@given(NODES, NODES, st.data())
def test_two_types_have_two_signatures(one: Node, other: Node, data: st.DataObject) -> None:
    assume(meaning(one) != meaning(other))
    assert signed(data, one) != signed(data, other)


@thorough
@given(NODES, st.data())
def test_every_spelling_is_resolved(node: Node, data: st.DataObject) -> None:
    tree = data.draw(written(node))
    found = extract(InMemory(tree)).snapshot.tasks["app.flow.produce"]
    assert "Unresolved" not in repr(found.outputs)
