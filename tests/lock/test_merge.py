from __future__ import annotations

import pytest
from msgspec.structs import replace
from support.locks import Sources, lock_of

from sigclock.interface.snapshot import Definition, Field, Member
from sigclock.interface.types import Name
from sigclock.lock import ledger, reader
from sigclock.lock.lock import Lock
from sigclock.lock.merge import Collision, Merged, merge

MODELS = "from dataclasses import dataclass\n@dataclass\nclass S:\n    a: int\n"
FIT = """\
from flytekit import task
from models import S
@task(cache=True, cache_version="{version}")
def fit(x: int) -> S: ...
"""


def sources(version: str = "1.0", *fields: str, **more: str) -> Sources:
    """`pipeline.fit`, which returns `S` with more fields than `a`, and other modules."""
    models = MODELS + "".join(f"    {name}: int\n" for name in fields)
    return {"models.py": models, "pipeline.py": FIT.format(version=version), **more}


BASE = lock_of(sources())
SCORE = FIT.replace("fit", "score").format(version="3")


def signature(lock: Lock, name: str = "pipeline.fit") -> str:
    return lock.snapshot.tasks[name].signature


def test_a_side_that_did_nothing_follows_the_other() -> None:
    changed = lock_of(sources("1.1", "b"), BASE)
    for merged in (merge(BASE, changed, BASE), merge(BASE, BASE, changed)):
        assert merged == Merged(changed)


def test_tasks_that_both_sides_added_are_there() -> None:
    ours = lock_of(sources(**{"one.py": SCORE}), BASE)
    theirs = lock_of(sources(**{"two.py": SCORE}), BASE)
    assert merge(BASE, ours, theirs) == Merged(
        lock_of(sources(**{"one.py": SCORE, "two.py": SCORE}))
    )


def test_two_classes_changed_apart_are_both_changed() -> None:
    ours = lock_of(sources("1.1", "b"), BASE)
    theirs = lock_of(sources("1.1", "c"), BASE)
    merged = merge(BASE, ours, theirs)
    whole = lock_of(sources("1.1", "b", "c"))
    assert merged.lock.snapshot == whole.snapshot


#: Another value for each part of a class, of which one side changed one and the other another.
PARTS: dict[str, object] = {
    "fields": (Field("b", Name("int")),),
    "members": (Member("A", "1"),),
    "parameters": ("T",),
    "bases": (Name("lib.Base"),),
    "target": Name("str"),
    "import_name": "models.S",
    "slots": True,
}


@pytest.mark.parametrize("part", [name for name in Definition.__struct_fields__ if name != "kind"])
def test_no_part_of_a_class_that_a_side_changed_is_lost(part: str) -> None:
    before = BASE.snapshot.definitions["models.S"]
    other = "slots" if part == "fields" else "fields"
    ours, theirs = (replace(before, **{name: PARTS[name]}) for name in (other, part))
    sides = (
        replace(BASE, snapshot=replace(BASE.snapshot, definitions={"models.S": one}))
        for one in (ours, theirs)
    )
    merged = merge(BASE, *sides).lock.snapshot
    assert merged.definitions["models.S"] == replace(ours, **{part: PARTS[part]})


def test_one_version_for_two_signatures_is_a_collision() -> None:
    ours = lock_of(sources("1.1", "b"), BASE)
    theirs = lock_of(sources("1.1", "c"), BASE)
    sides = [(signature(side),) for side in (ours, theirs)]
    (collision,) = merge(BASE, ours, theirs).collisions
    assert (collision, collision.apart) == (Collision("pipeline.fit", "1.1", *sides), True)


def test_what_only_the_merge_has_was_issued_by_no_side() -> None:
    """One side adds a field, the other a second task that returns the class, under one version."""
    ours = lock_of(sources("1.1", "b"), BASE)
    theirs = lock_of({**sources("1.0"), "more.py": sources("1.0")["pipeline.py"]}, BASE)
    (collision,) = merge(BASE, ours, theirs).collisions
    assert (collision.task, collision.apart) == ("more.fit", False)


def test_one_version_for_one_signature_is_none() -> None:
    changed = lock_of(sources("1.1", "b"), BASE)
    assert merge(BASE, changed, changed) == Merged(changed)


def test_versions_that_were_bumped_apart_are_all_issued() -> None:
    ours = lock_of(sources("1.1", "b"), BASE)
    theirs = lock_of(sources("1.2", "b"), BASE)
    merged = merge(BASE, ours, theirs)
    assert merged.collisions == ()
    assert [*merged.lock.ledger["pipeline.fit"].issued] == ["1.0", "1.1", "1.2"]


def test_a_removed_task_leaves_what_was_issued() -> None:
    gone = lock_of({}, BASE)
    assert merge(BASE, gone, BASE) == Merged(Lock(gone.snapshot, BASE.ledger))


def test_a_change_outlives_a_removal() -> None:
    changed = lock_of(sources("1.1", "b"), BASE)
    assert merge(BASE, lock_of({}, BASE), changed) == Merged(changed)


def test_a_version_burnt_before_is_no_new_collision() -> None:
    burnt = merge(BASE, lock_of(sources("1.1", "b"), BASE), lock_of(sources("1.1", "c"), BASE)).lock
    assert merge(burnt, burnt, burnt) == Merged(burnt)
    assert merge(BASE, burnt, BASE) == Merged(burnt)


def test_the_merged_lock_reaches_all_that_it_names() -> None:
    ours = lock_of({}, BASE)
    theirs = lock_of(sources("1.0", **{"other.py": SCORE}), BASE)
    merged = merge(BASE, ours, theirs).lock
    assert [*merged.snapshot.tasks] == ["other.score"]
    assert [*merged.snapshot.definitions] == ["models.S"]
    assert reader.loads(reader.dumps(merged)) == merged


@pytest.mark.parametrize("base", [BASE, None], ids=["with a base", "without one"])
def test_no_issued_pair_is_lost(base: Lock | None) -> None:
    ours = lock_of(sources("2.0", "b"), BASE)
    theirs = lock_of({"other.py": SCORE, "models.py": MODELS}, BASE)
    joined = ledger.join([ours.ledger, theirs.ledger])
    assert merge(base, ours, theirs).lock.ledger == joined
    assert merge(base, theirs, ours).lock.ledger == joined
