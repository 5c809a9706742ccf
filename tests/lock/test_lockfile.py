from __future__ import annotations

import json
import re

import msgspec
import pytest
from support.lock_text import TEXT

from sigclock.errors import LockError, NewerLockError
from sigclock.interface.snapshot import (
    DISABLED,
    CacheKind,
    CacheSetting,
    Definition,
    Field,
    Member,
    Sdk,
    Snapshot,
    Task,
)
from sigclock.interface.types import Apply, Name, Parameter, Ref
from sigclock.lock.keys import ACCOUNT, DEFINITION, TASK_BLOCK, Table
from sigclock.lock.lines import mended
from sigclock.lock.lock import Acceptance, Account, Lock
from sigclock.lock.reader import accounts, dumps, loads, split_conflict
from sigclock.python.types.classes import KINDS

FIT = Task(
    sdk=Sdk.FLYTEKIT,
    path="src/pipeline/train.py",
    function="fit",
    cache=CacheSetting(CacheKind.PINNED, "1.10"),
    inputs=(Field("x", Name("int")), Field("a", Name("str"))),
    outputs=(Field("o0", Ref("pipeline.models.Stats")),),
    signature="c" * 8,
)
CLEAN = Task(Sdk.FLYTE, "src/pipeline/train.py", "clean", DISABLED, (), (), "d" * 8)
STATS = Definition(KINDS["dataclass"], fields=(Field("mean", Name("float")),))
PAGE = Definition(
    KINDS["pydantic"],
    fields=(Field("items", Apply("list", (Parameter("T"),))),),
    parameters=("T",),
    bases=(Ref("pipeline.models.Stats"), Name("abc.ABC")),
    import_name="pipeline.models.Page",
)
LOCK = Lock(
    Snapshot(
        {"pipeline.train.fit": FIT, "pipeline.train.clean": CLEAN},
        {
            "pipeline.models.Stats": STATS,
            "pipeline.models.Page": PAGE,
            "pipeline.models.Color": Definition(KINDS["enum"], members=(Member("RED", "'red'"),)),
            "pipeline.models.UserId": Definition(KINDS["newtype"], target=Name("int")),
        },
    ),
    {
        "pipeline.train.fit": Account(
            {"1.10": frozenset("c"), "1.9": frozenset("ba"), "1.9-rc": frozenset("a")},
            frozenset([Acceptance("b", "c", "only a rename")]),
        ),
        "pipeline.old.task": Account({"1": frozenset("a")}),
    },
)


EMPTY = dumps(Lock()).decode()


def test_dumps() -> None:
    assert dumps(LOCK).decode() == TEXT


def test_loads() -> None:
    assert loads(TEXT.encode()) == LOCK


def test_the_ledger_alone() -> None:
    for data in (TEXT, TEXT.replace("\n", "\r\n"), TEXT.replace("    ", "  ")):
        assert accounts(data.encode()) == dict(sorted(LOCK.ledger.items()))


@pytest.mark.parametrize(
    ("line", "beside"),
    [
        ('        "1.9": ["a", "b"]', '        "1.9": ["c"],\n'),
        ('      "issued": {\n        "1.10"', '      "issued": {},\n'),
        ('    "pipeline.train.fit": {', '    "pipeline.train.fit": {},\n'),
    ],
)
def test_the_ledger_alone_has_nothing_twice(line: str, beside: str) -> None:
    assert TEXT.count(line) == 1
    with pytest.raises(LockError, match="twice"):
        accounts(TEXT.replace(line, beside + line).encode())


def test_lines_tell_all_that_json_does() -> None:
    text = mended(TEXT)
    assert text is not None
    assert json.loads(text) == json.loads(TEXT)
    assert mended(TEXT.replace("],\n", "]\n").replace("},\n", "}\n")) == text


@pytest.mark.parametrize("cut", [TEXT[:-2], TEXT[2:], TEXT.replace('"1.9-rc": [', '"1.9-rc": ')])
def test_lines_that_are_not_ours_tell_nothing(cut: str) -> None:
    assert mended(cut) is None


def test_line_ends_of_windows_are_read() -> None:
    assert loads(TEXT.replace("\n", "\r\n").encode()) == LOCK


def test_an_empty_account_is_not_recorded() -> None:
    assert dumps(Lock(ledger={"m.f": Account()})).decode() == EMPTY


def test_held_definitions_hide_the_shared_ones() -> None:
    held = {"m.Old": STATS, "pipeline.models.Stats": PAGE}
    task = Task(Sdk.FLYTE, "m.py", "f", DISABLED, (), (Field("o0", Ref("m.Old")),), "e", held)
    lock = Lock(Snapshot({"m.f": task}, {"pipeline.models.Stats": STATS}))

    assert loads(dumps(lock)) == lock


def wrong(data: str | bytes) -> tuple[str, str]:
    with pytest.raises(LockError) as caught:
        loads(data.encode() if isinstance(data, str) else data)
    assert not isinstance(caught.value, NewerLockError)
    return caught.value.message, caught.value.location


@pytest.mark.parametrize(
    ("old", "new", "message", "place"),
    [
        (
            '"int"',
            "3",
            "expected a string, found a number",
            "$.tasks.'pipeline.train.fit'.inputs.x",
        ),
        (
            '"float"',
            '"float["',
            "not a type: 'float['",
            "$.definitions.'pipeline.models.Stats'.fields.mean",
        ),
        (
            '"enum"',
            '"emun"',
            f"expected {' or '.join(map(repr, KINDS))}, found 'emun'",
            "$.definitions.'pipeline.models.Color'.kind",
        ),
        (
            '"a": "str"',
            '"x": "str"',
            "the key stands here twice",
            "$.tasks.'pipeline.train.fit'.inputs.x",
        ),
        (
            '"pipeline.train.clean"',
            '"pipeline.train.fit"',
            "the key stands here twice",
            "$.tasks.'pipeline.train.fit'",
        ),
        ('"pipeline.old.task"', '"pipeline.train.fit"', "the key stands here twice", None),
        (
            '["a", "b"]',
            '["a", null]',
            "expected a string, found null",
            "$.tasks.'pipeline.train.fit'.issued.'1.9'[1]",
        ),
        (
            '["a", "b"]',
            '"a"',
            "expected an array, found a string",
            "$.tasks.'pipeline.train.fit'.issued.'1.9'",
        ),
        (
            '"outputs": {}',
            '"output": {}',
            "unknown key 'output'; did you mean 'outputs'?",
            "$.tasks.'pipeline.train.clean'.output",
        ),
        ('"revision": 2,', "", "the key 'revision' is missing", "$"),
        (
            '"revision": 2',
            '"revision": 2.5',
            "expected a whole number, found a number",
            "$.revision",
        ),
        (
            '"version": 2',
            '"version": true',
            "expected a whole number, found a boolean",
            "$.version",
        ),
        ('"version": 2', '"version": 0', "there is no version 0", "$.version"),
        ('"version": 2', '"version": NaN', "expected a whole number, found a number", "$.version"),
        ('"reason"', '"\\u001b[0m"', "unknown key '\\x1b[0m'", None),
    ],
)
def test_a_damaged_part_is_named(old: str, new: str, message: str, place: str | None) -> None:
    found, location = wrong(TEXT.replace(old, new, 1))

    assert found == message
    assert place is None or location == f".sigclock.lock: {place}"


@pytest.mark.parametrize(
    ("data", "message", "location"),
    [
        (b"", "the file is empty", ".sigclock.lock:1"),
        (b" \n", "the file is empty", ".sigclock.lock:2"),
        (b'{\n"a\xff"}', "not UTF-8: invalid start byte", ".sigclock.lock:2"),
        (b'{\n "a": }', "not JSON: Expecting value (column 7)", ".sigclock.lock:2"),
        (b"[" * 100_000, "nested too deeply", ".sigclock.lock:1"),
        (b"[]", "expected an object, found an array", ".sigclock.lock: $"),
        (b"{}", "the key 'version' is missing", ".sigclock.lock: $"),
    ],
)
def test_no_lock_at_all(data: bytes, message: str, location: str) -> None:
    assert wrong(data) == (message, location)


def test_advice_is_to_restore_it_or_to_merge() -> None:
    advice = []
    for data in (b"", f"<<<<<<< HEAD\n{EMPTY}=======\n{EMPTY}>>>>>>> theirs\n".encode()):
        with pytest.raises(LockError) as caught:
            loads(data)
        advice.append((caught.value.message, caught.value.advice))

    assert advice == [
        (
            "the file is empty",
            "restore it (git checkout -- .sigclock.lock), or remove it and run `sigclock update`",
        ),
        ("it has merge conflicts", "run `sigclock update`, which merges both sides"),
    ]


def newer(data: str) -> tuple[str, str]:
    with pytest.raises(NewerLockError) as caught:
        loads(data.encode())
    return caught.value.message, caught.value.advice


def test_a_newer_version_is_refused_with_the_release_that_reads_it() -> None:
    assert newer('{"version": 3, "requires": "sigclock >= 3.0", "x": []}') == (
        "the lock has version 3, which this sigclock does not know",
        "install sigclock >= 3.0",
    )


NEWER = TEXT.replace('"revision": 2', '"revision": 3').replace("0.2.0", "9.0")


def test_a_newer_revision_is_read_as_far_as_it_is_known() -> None:
    data = NEWER.replace('"sdk"', '"mood": {"a": 1}, "sdk"')
    lock = Lock(LOCK.snapshot, LOCK.ledger, revision=3, requires="sigclock >= 9.0")

    assert loads(data.encode()) == lock


def test_a_newer_revision_with_unknown_values_is_refused() -> None:
    assert newer(NEWER.replace('"enum"', '"riddle"')) == (
        "the lock has revision 3, which this sigclock does not know",
        "install sigclock >= 9.0",
    )


def test_a_newer_revision_is_never_written() -> None:
    with pytest.raises(NewerLockError):
        dumps(loads(NEWER.encode()))


@pytest.mark.parametrize(
    "name", ["\ud800", "\udcff.py", "\u202e", "\x1b[31m", "\x00", "é\x85\u2028", "😀", '"\\', ""]
)
def test_hostile_names_survive_and_do_not_show(name: str) -> None:
    lock = Lock(ledger={name: Account({name: frozenset([name])})})

    assert loads(dumps(lock)) == lock
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]", dumps(lock).decode())


def test_half_characters_that_json_would_join_are_refused() -> None:
    with pytest.raises(LockError):
        dumps(Lock(ledger={"\ud83d\ude00": Account({"1": frozenset("a")})}))


@pytest.mark.parametrize(
    ("data", "sides"),
    [
        pytest.param("a\nb\n", None, id="none"),
        pytest.param(
            "a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> x\nd\n", ("a\nb\nd\n", "a\nc\nd\n"), id="merge"
        ),
        pytest.param(
            "<<<<<<< HEAD\nb\n||||||| 1234\nz\n=======\n>>>>>>> x y\n", ("b\n", ""), id="diff3"
        ),
        pytest.param(
            "<<<<<<< a\r\nb\r\n=======\r\nc\r\n>>>>>>> x\r\nd", ("b\r\nd", "c\r\nd"), id="CRLF"
        ),
        pytest.param(
            "<<<<<<< a\nb\n||||||| o\n<<<<<<<<< t\n=========\n>>>>>>>>> t\n=======\nc\n>>>>>>> x",
            ("b\n", "c\n"),
            id="a conflict in the base",
        ),
        pytest.param("=======\n>>>>>>> x\n", None, id="no beginning"),
    ],
)
def test_split_conflict(data: str, sides: tuple[str, str] | None) -> None:
    found = split_conflict(data.encode())

    assert (found and tuple(side.decode() for side in found)) == sides


def test_a_conflict_without_end_is_refused() -> None:
    assert wrong("<<<<<<< HEAD\n{\n=======\n") == (
        "a merge conflict does not end",
        ".sigclock.lock",
    )


@pytest.mark.parametrize(
    ("struct", "table"), [(Task, TASK_BLOCK), (Account, ACCOUNT), (Definition, DEFINITION)]
)
def test_every_attribute_has_a_key(struct: type[msgspec.Struct], table: Table) -> None:
    """Or it would be lost on the way through the file."""
    assert set(struct.__struct_fields__) - {key.attribute or key.name for key in table} == set()
