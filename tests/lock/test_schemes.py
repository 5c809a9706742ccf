from __future__ import annotations

import ast
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigclock.errors import EditError
from sigclock.lock.schemes import SCHEMES, increment, literal, signature

HASH = "0123456789abcdef" * 4

versions = st.one_of(
    st.text(),
    st.text(st.sampled_from("019. a-v\\'\"\n٣é")),
    st.from_regex(r"v?[0-9]{1,3}(\.[0-9]{1,3}){0,2}", fullmatch=True),
)


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.0", "1.1"),
        ("3", "4"),
        ("v1.2.3", "v1.2.4"),
        ("2024.01", "2024.02"),
        ("abc", "abc.1"),
        ("abc.1", "abc.2"),
        ("release-7", "release-8"),
        ("1.10", "1.11"),
        ("0.0.9", "0.0.10"),
        ("099", "100"),
        ("999", "1000"),
        ("1.0-rc", "1.1-rc"),
        (" 1 ", " 2 "),
        ("abc ", "abc.1 "),
        ("  ", "  1"),
        ("", "1"),
        ("v٣", "v٣.1"),
        ("1²", "2²"),
        ("9" * 10_000, "1" + "0" * 10_000),
        ("1a" * 10_000, "1a" * 9_999 + "2a"),
        ("X", "X.1"),
        ("abc\t", "abc\t.1"),
    ],
)
def test_increment(version: str, expected: str) -> None:
    assert increment(version, [], HASH) == expected


@pytest.mark.parametrize(
    ("version", "taken", "expected"),
    [
        ("1.0", ["1.1", "1.2", "1.4"], "1.3"),
        ("1", [" 2 "], "3"),
        (" 1 ", ["2"], " 3 "),
        ("abc", ["abc.1"], "abc.2"),
        ("1", ["X2", "2X"], "2"),
        ("X1", ["2"], "X2"),
        ("1", ["\t2"], "2"),
        ("\t1", ["2"], "\t2"),
    ],
)
def test_increment_skips_what_is_taken(version: str, taken: list[str], expected: str) -> None:
    assert increment(version, taken, HASH) == expected


def test_increment_is_fast_over_many_digits() -> None:
    taken = {str(number) for number in range(10_000)}
    start = time.process_time()
    increment("9" * 10_000, taken, HASH)
    increment("0", taken, HASH)

    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("version", "taken", "expected"),
    [
        ("1.0", [], HASH[:12]),
        ("1.0", [HASH[:12]], HASH[:13]),
        (HASH[:12], [], HASH[:13]),
        ("1.0", [HASH[:length] for length in range(64)], HASH),
        ("1.0", [HASH[:length] for length in range(65)], f"{HASH}.1"),
    ],
)
def test_signature(version: str, taken: list[str], expected: str) -> None:
    assert signature(version, taken, HASH) == expected


@given(st.sampled_from(sorted(SCHEMES)), versions, st.frozensets(versions))
def test_no_scheme_gives_what_is_taken(name: str, version: str, taken: frozenset[str]) -> None:
    following = SCHEMES[name](version, taken, HASH)

    assert following.strip(" ") not in {used.strip(" ") for used in (version, *taken)}


@pytest.mark.parametrize(
    ("before", "version", "expected"),
    [
        ('"1.0"', "1.1", '"1.1"'),
        ("'1.0'", "1.1", "'1.1'"),
        ('"""1.0"""', "1.1", '"""1.1"""'),
        ("u'1.0'", "1.1", "u'1.1'"),
        ("u'1'", "é2", r"u'\xe92'"),
        ("R'''1.0'''", "1.1", "R'''1.1'''"),
        (r"r'a\d1'", r"a\d2", r"r'a\d2'"),
        (r"R'a\d1'", r"a\d2", r"R'a\d2'"),
        (r"r'1'", "it's", r"'it\'s'"),
        (r"'a\\d1'", r"a\d2", r"'a\\d2'"),
        (r"'\x31'", "2", "'2'"),
        ("'it\"s 1'", 'it"s 2', "'it\"s 2'"),
        ("'é1'", "é2", "'é2'"),
        (r"'\xe91'", "é2", r"'\xe92'"),
        (r"'\n1'", "\n2", r"'\n2'"),
        ("'''\n1'''", "\n2", "'''\n2'''"),
        (r"'\ud8001'", "\ud8002", r"'\ud8002'"),
        ("1", "2", "2"),
        ("0x10", "17", "17"),
        ("1_000", "1001", "1001"),
        ("1", "007", '"007"'),
        ("1.0", "1.1", "1.1"),
        ("1.9", "1.10", '"1.10"'),
        ("1e16", "1e+17", '"1e+17"'),
        ("1", "9" * 10_000, f'"{"9" * 10_000}"'),
    ],
)
def test_literal(before: str, version: str, expected: str) -> None:
    assert literal(before.encode(), ast.literal_eval(before), version).decode() == expected


def test_literal_in_the_encoding_of_its_file() -> None:
    before = "'表1'".encode("shift_jis")

    assert literal(before, "表1", "表2", "shift_jis") == "'表2'".encode("shift_jis")


@pytest.mark.parametrize(
    ("before", "value"),
    [
        (b"'1' '.0'", "1.0"),
        (b"'1.0'", "1.1"),
        (b"1", 1.0),
        (b"True", True),
        (b"b'1'", b"1"),
        (b"f'1'", "1"),
        (b"('1')", "1"),
        (b"1j", 1j),
        (b"-1", -1),
        (b"1.0 # x", 1.0),
        (b"'\xe9'", "é"),
        (b"", None),
    ],
)
def test_literal_refuses(before: bytes, value: object) -> None:
    with pytest.raises(EditError):
        literal(before, value, "2")


def test_a_refused_literal_is_shown_as_far_as_is_useful() -> None:
    with pytest.raises(EditError) as caught:
        literal(b"f'" + b"1" * 100 + b"'", "1", "2")
    assert (caught.value.message, caught.value.advice) == (
        f"not one string or number literal: f'{'1' * 78}",
        "write the version as one plain literal, or change it by hand",
    )


@given(
    versions,
    st.sampled_from(["'1'", '"1"', '"""1"""', "'''1'''", "r'1'", "u'1'", "'é'", "1", "1.0"]),
)
def test_literal_reads_back(version: str, before: str) -> None:
    after = literal(before.encode(), ast.literal_eval(before), version).decode()

    assert str(ast.literal_eval(after)) == version
