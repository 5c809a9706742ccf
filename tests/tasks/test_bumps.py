# ruff: noqa: E501 - a row is a line

from __future__ import annotations

import functools
from typing import NamedTuple

import pytest
from oracles import flyte_dump, flytekit_dump
from oracles.forkserver import TOGETHER
from support.locks import lock_of
from support.memory import InMemory

from sigclock.lock.schemes import SCHEMES
from sigclock.source import Edit
from sigclock.tasks.extract import extract
from sigclock.verdict.plan import Plan, Policy, plan
from sigclock.verdict.rewrite import rewrite
from tasks import flyte_rows, flytekit_rows

Tree = dict[str, str]

#: What a task gives, before and after.
RETYPED = (
    ("-> int:", "-> float:"),
    ("-> tuple[int", "-> tuple[float"),
    ("-> 'int'", "-> 'float'"),
    ("'tuple[int", "'tuple[float"),
    ("-> None: ...", "-> bool: return True"),
    ("def t(): ...", "def t() -> bool: return True"),
    ("def t(x): ...", "def t(x) -> bool: return True"),
    ("-> typing.Tuple[()]: return ()", "-> bool: return True"),
    ("{'o': int}", "{'o': float}"),
    ("o=str", "o=float"),
    ("{'o': str}", "{'o': float}"),
    ("var='o'", "var='p'"),
    ("results=FlyteFile", "results=str"),
    ("a: int", "a: float"),
    ("-> P: return P(1", "-> P: return P(2.0"),
)

POLICIES = ("one policy", "several policies", "cache policies list")
POLICY = "the version comes from a cache policy"
PIECES = "the version at m.py:9 is not edited: it is written in several pieces"


class Bumped(NamedTuple):
    """The tree after the edits, the edits, and the versions that the plan chose."""

    tree: Tree
    edits: tuple[Edit, ...]
    versions: dict[str, str]
    refusals: dict[str, str]


def retyped(tree: Tree) -> Tree:
    return {
        path: functools.reduce(lambda t, pair: t.replace(*pair), RETYPED, text)
        for path, text in tree.items()
    }


def bumped(tree: Tree, scheme: str) -> Bumped:
    changed = retyped(tree)
    made: Plan = plan(lock_of(tree), extract(InMemory(changed)), {}, Policy(scheme))
    after = dict(changed)
    for path in {edit.path for edit in made.edits}:
        edits = [edit for edit in made.edits if edit.path == path]
        after[path] = rewrite(changed[path].encode(), edits).decode()
    # Of two tasks of one name, the SDK shows the last; the others have an @ in their key.
    versions = {
        name: decision.next_version
        for name, decision in made.decisions.items()
        if decision.next_version is not None and "@" not in name
    }
    refusals = {n: d.refusal.reason for n, d in made.decisions.items() if d.refusal}
    return Bumped(after, made.edits, versions, refusals)


@functools.cache
def flytekit_bumps(scheme: str) -> dict[str, tuple[Bumped, flytekit_dump.Dump]]:
    rows = {row: bumped(tree, scheme) for row, tree in FLYTEKIT.items()}
    dumps = flytekit_dump.dump([one.tree for one in rows.values()], TOGETHER)
    return dict(zip(rows, zip(rows.values(), dumps, strict=True), strict=True))


@functools.cache
def flyte_bumps(scheme: str) -> dict[str, tuple[Bumped, flyte_dump.Dump]]:
    rows = {row: bumped(tree, scheme) for row, tree in FLYTE.items()}
    dumps = flyte_dump.dump([one.tree for one in rows.values()], TOGETHER)
    return dict(zip(rows, zip(rows.values(), dumps, strict=True), strict=True))


#: Sources that make the literal hard to find.
HARD = {
    "the same literal twice in one line": "@task(cache=True, deprecated='1', cache_version='1')\ndef t() -> int: return 1",
    "several edits in one file": "@task(cache=True, cache_version='1')\ndef t() -> int: return 1\n@task(cache=True, cache_version='7')\ndef u() -> int: return 1",
    "many lines and comments": "@task(\n    cache=True,  # '1'\n    # cache_version='1'\n    cache_version=(\n        '1'\n    ),\n)\ndef t() -> int: return 1",
    "characters of several bytes": "@task(cache=True, deprecated='häßlich 版', cache_version='1')\ndef t() -> int: return 1",
    "raw prefix": "@task(cache=True, cache_version=r'1')\ndef t() -> int: return 1",
    "three quotes": '@task(cache=True, cache_version="""1""")\ndef t() -> int: return 1',
    "a form feed": "\x0c\n@task(cache=True, cache_version='1')\ndef t() -> int: return 1",
    "tabs": "if True:\n\t@task(cache=True,\tcache_version='1')\n\tdef t() -> int: return 1",
    "escapes": "@task(cache=True, cache_version='\\x31')\ndef t() -> int: return 1",
    "leading zeros": "@task(cache=True, cache_version='2024.01')\ndef t() -> int: return 1",
    "a tag": "@task(cache=True, cache_version='v1.2.3')\ndef t() -> int: return 1",
    "a release": "@task(cache=True, cache_version='release-7')\ndef t() -> int: return 1",
    "ten follows nine": "@task(cache=True, cache_version='0.0.9')\ndef t() -> int: return 1",
    "two digits": "@task(cache=True, cache_version='1.10')\ndef t() -> int: return 1",
    "no number": "@task(cache=True, cache_version='abc')\ndef t() -> int: return 1",
    "two decorators, one constant": "V = '1'\n@task(cache=True, cache_version=V)\ndef t() -> int: return 1\n@task(cache=True, cache_version=V)\ndef u() -> str: return ''",
}

FLYTEKIT = {
    row: flytekit_rows.ROWS[row] for row in flytekit_rows.ROWS.keys() - flytekit_rows.REFUSED
}
FLYTEKIT |= {row: {"m.py": f"{flytekit_rows.IMPORTS}{text}\n"} for row, text in HARD.items()}
FLYTEKIT |= {
    "carriage returns": {"m.py": FLYTEKIT["many lines and comments"]["m.py"].replace("\n", "\r\n")},
    "a byte order mark": {"m.py": "\ufeff" + FLYTEKIT["cached"]["m.py"]},
    "a coding cookie": {"m.py": "# -*- coding: utf-8 -*-\n" + FLYTEKIT["cached"]["m.py"]},
}
FLYTE = {row: flyte_rows.ROWS[row] for row in flyte_rows.ROWS.keys() - flyte_rows.REFUSED}

COMPUTED = {
    "conditional assignment": {"m.t": "the version is computed: 1"},
    "version from the environment": {"m.t": "the version is computed: os.environ.get(V, e)"},
    "version in an f-string": {"m.t": "the version is computed: 4-x"},
    "version in several pieces": {"m.t": PIECES},
    "version is a sum": {"m.t": "the version is computed: 4.1"},
}


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
@pytest.mark.parametrize("row", sorted(FLYTEKIT))
def test_flytekit_reports_the_version_that_was_written(row: str, scheme: str) -> None:
    done, dump = flytekit_bumps(scheme)[row]
    reported = {task.name: task.cache_version for task in dump.tasks}
    assert (dump.errors, {name: reported[name] for name in done.versions}) == ({}, done.versions)


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
@pytest.mark.parametrize("row", sorted(FLYTE))
def test_flyte_reports_the_version_that_was_written(row: str, scheme: str) -> None:
    done, dump = flyte_bumps(scheme)[row]
    reported = {task.name: task.version for task in dump.tasks}
    assert (dump.errors, {name: reported[name] for name in done.versions}) == ({}, done.versions)


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
@pytest.mark.parametrize("row", sorted(FLYTEKIT))
def test_all_other_bytes_stay_on_flytekit(row: str, scheme: str) -> None:
    done, _ = flytekit_bumps(scheme)[row]
    assert without_edits(retyped(FLYTEKIT[row]), done) == done.tree


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
@pytest.mark.parametrize("row", sorted(FLYTE))
def test_all_other_bytes_stay_on_flyte(row: str, scheme: str) -> None:
    done, _ = flyte_bumps(scheme)[row]
    assert without_edits(retyped(FLYTE[row]), done) == done.tree


def without_edits(before: Tree, done: Bumped) -> Tree:
    """The tree with each literal put in its place by hand."""
    after = {path: text.encode() for path, text in before.items()}
    for edit in sorted(done.edits, key=lambda edit: edit.span, reverse=True):
        data = after[edit.path]
        after[edit.path] = data[: edit.span.start] + edit.after + data[edit.span.end :]
    return {path: data.decode() for path, data in after.items()}


def test_a_version_that_flytekit_gets_computed_is_told_and_not_edited() -> None:
    bumps = {row: done for row, (done, _) in flytekit_bumps("increment").items()}
    told = {row: done.refusals for row, done in bumps.items() if done.refusals}
    assert told == COMPUTED | {row: {"m.t": POLICY} for row in POLICIES}


def test_whatever_is_pinned_on_flyte_is_bumped() -> None:
    reasons = {
        reason for done, _ in flyte_bumps("increment").values() for reason in done.refusals.values()
    }
    computed = {f"the version is computed: {version}" for version in ("1", "5-x", "v3")}
    assert reasons == {POLICY, *computed}


def test_the_versions_are_the_next_ones() -> None:
    assert {row: flytekit_bumps("increment")[row][0].versions["m.t"] for row in NEXT} == NEXT


NEXT = {
    "a release": "release-8",
    "a tag": "v1.2.4",
    "leading zeros": "2024.02",
    "no number": "abc.1",
    "ten follows nine": "0.0.10",
    "two digits": "1.11",
    "version is a float": "1.1",
    "version is an integer": "2",
    "version with spaces": " 2 ",
}


def signed(done: Bumped) -> dict[str, str]:
    tasks = extract(InMemory(done.tree)).snapshot.tasks
    return {name: tasks[name].signature[:12] for name in done.versions}


def test_the_version_is_the_signature_where_that_is_asked_for() -> None:
    rows = flytekit_bumps("signature") | flyte_bumps("signature")
    others = {row for row, (done, _) in rows.items() if done.versions != signed(done)}
    # One literal cannot be the signatures of two tasks; it is a hash of both.
    assert others == {"two decorators, one constant"}


def test_a_version_given_at_the_call_is_bumped_as_well() -> None:
    done, _ = flyte_bumps("increment")["override with a version"]
    assert [edit.after.decode() for edit in done.edits] == ["'4'", "'8'"]
