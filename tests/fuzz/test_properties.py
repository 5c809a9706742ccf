"""What holds for any module: of one piece each, over generated classes and tasks."""

from __future__ import annotations

import ast

from hypothesis import given, settings
from hypothesis import strategies as st
from support.amount import FULL
from support.memory import InMemory
from support.modules import PLAIN, STYLES, Module, Style, edited, modules, written

from sigclock.interface.change import Change, ChangeKind
from sigclock.interface.diff import compare
from sigclock.interface.snapshot import Extraction
from sigclock.lock.lock import Lock
from sigclock.lock.reader import dumps, loads
from sigclock.tasks.extract import extract
from sigclock.verdict import plan
from sigclock.verdict.plan import Plan, Policy
from sigclock.verdict.rewrite import rewrite

quick = settings(max_examples=60 if FULL else 25, deadline=None)
ALL_KINDS = ("dataclass", "pydantic", "enum", "attrs", "typeddict", "plain")
#: Facts about a class that is sent by structure which say nothing about what is stored.
COSMETIC = {ChangeKind.CLASS_RENAMED, ChangeKind.ORDER_CHANGED}

AnyModule = modules(ALL_KINDS)
Pairs = modules().flatmap(lambda one: st.tuples(st.just(one), edited(one)))


def read(module: Module, style: Style = PLAIN) -> Extraction:
    return extract(InMemory(written(module, style)))


def planned(lock: Lock, files: dict[str, str]) -> Plan:
    return plan.plan(lock, extract(InMemory(files)), {}, Policy())


def locked(module: Module, style: Style = PLAIN) -> Lock:
    return planned(Lock(), written(module, style)).lock


def changes(before: Extraction, after: Extraction) -> dict[str, list[Change]]:
    """What changed in each task's outputs."""
    tasks = before.snapshot.tasks
    return {
        name: [
            change
            for change in compare(before.snapshot, tasks[name], after, task, name)
            if change.path.startswith("outputs")
        ]
        for name, task in after.snapshot.tasks.items()
    }


def bumped(files: dict[str, str], done: Plan) -> dict[str, str]:
    """The files with the plan's edits made."""
    return {
        path: rewrite(text.encode(), [e for e in done.edits if e.path == path]).decode()
        for path, text in files.items()
    }


@quick
@given(AnyModule, STYLES)
def test_a_lock_is_read_as_it_was_written(module: Module, style: Style) -> None:
    lock = locked(module, style)
    assert loads(dumps(lock)) == lock


@quick
@given(AnyModule, STYLES)
def test_a_tree_differs_in_nothing_from_itself(module: Module, style: Style) -> None:
    found = read(module, style)
    assert not any(changes(found, found).values())


@quick
@given(AnyModule)
def test_nothing_in_a_module_is_left_unresolved(module: Module) -> None:
    found = read(module)
    assert (found.unreadable, found.namesakes, found.ignored) == ((), (), ())
    assert "Unresolved" not in dumps(locked(module)).decode()


SWAPPED = {
    ChangeKind.FIELD_ADDED: ChangeKind.FIELD_REMOVED,
    ChangeKind.MEMBER_ADDED: ChangeKind.MEMBER_REMOVED,
    ChangeKind.LITERAL_ADDED: ChangeKind.LITERAL_REMOVED,
    ChangeKind.BECAME_OPTIONAL: ChangeKind.BECAME_REQUIRED,
    ChangeKind.UNION_MEMBER_ADDED: ChangeKind.UNION_MEMBER_REMOVED,
}
SWAP = {**SWAPPED, **{new: old for old, new in SWAPPED.items()}}


@quick
@given(Pairs)
def test_swapping_sides_swaps_added_and_removed(pair: tuple[Module, Module]) -> None:
    before, after = map(read, pair)
    forth, back = changes(before, after), changes(after, before)
    for name, found in forth.items():
        seen = sorted((SWAP.get(one.kind, one.kind), one.current, one.baseline) for one in found)
        assert seen == sorted((one.kind, one.baseline, one.current) for one in back[name])


@quick
@given(Pairs, STYLES)
def test_signatures_differ_exactly_where_a_change_is_told(
    pair: tuple[Module, Module], style: Style
) -> None:
    before, after = read(pair[0]), read(pair[1], style)
    told = changes(before, after)
    for name, task in after.snapshot.tasks.items():
        differs = task.signature != before.snapshot.tasks[name].signature
        assert differs == any(one.kind not in COSMETIC for one in told[name]), told[name]


@quick
@given(modules(), STYLES)
def test_a_cosmetic_edit_never_bumps(module: Module, style: Style) -> None:
    done = planned(locked(module), written(module, style))
    assert (done.edits, [one.name for one in done.decisions.values() if one.due]) == ((), [])


@quick
@given(modules(), STYLES, STYLES)
def test_two_spellings_have_one_signature(module: Module, one: Style, other: Style) -> None:
    first, second = (read(module, style).snapshot.tasks for style in (one, other))
    assert {name: task.signature for name, task in first.items()} == {
        name: task.signature for name, task in second.items()
    }


@quick
@given(Pairs, STYLES)
def test_update_twice_is_update_once(pair: tuple[Module, Module], style: Style) -> None:
    files = written(pair[1], style)
    once = planned(locked(pair[0]), files)
    twice = planned(once.lock, bumped(files, once))
    assert (twice.edits, twice.lock) == ((), once.lock)
    assert not any(decision.due for decision in twice.decisions.values())


@quick
@given(Pairs, STYLES)
def test_after_a_bump_only_versions_differ(pair: tuple[Module, Module], style: Style) -> None:
    files = written(pair[1], style)
    after = bumped(files, planned(locked(pair[0]), files))
    assert {path: _without_versions(text) for path, text in after.items()} == {
        path: _without_versions(text) for path, text in files.items()
    }


@quick
@given(Pairs)
def test_a_bump_and_its_revert_leave_the_ledger_larger_only(pair: tuple[Module, Module]) -> None:
    lock = locked(pair[0])
    done = planned(lock, written(pair[1]))
    back = planned(done.lock, written(pair[0]))
    assert (back.edits, back.lock.snapshot) == ((), lock.snapshot)
    assert back.lock.ledger == done.lock.ledger


def _without_versions(text: str) -> str:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "cache_version":
            node.value = ast.Constant(None)
    return ast.dump(tree)
