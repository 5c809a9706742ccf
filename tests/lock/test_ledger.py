from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigclock.lock import ledger
from sigclock.lock.lock import Acceptance, Account

HASHES = st.sampled_from("ABCD")
ACCOUNTS = st.builds(
    Account,
    issued=st.dictionaries(
        st.sampled_from(["1.0", "1.1", "2"]), st.frozensets(HASHES, min_size=1), max_size=3
    ),
    accepted=st.frozensets(st.builds(Acceptance, HASHES, HASHES, st.just("why")), max_size=2),
)
LEDGERS = st.dictionaries(st.sampled_from(["m.fit", "m.score"]), ACCOUNTS, max_size=2)


def issued(**versions: str) -> Account:
    """`issued(v1="AB")`: the version `v1` was issued with the signatures A and B."""
    return Account({version: frozenset(hashes) for version, hashes in versions.items()})


def accepted(account: Account, *pairs: str) -> Account:
    """Each pair of hashes, such as `AB`, declared to mean the same."""
    for pair in pairs:
        account = ledger.accept(account, Acceptance(pair[0], pair[1], "why"))
    return account


@given(LEDGERS, LEDGERS, LEDGERS)
def test_ledgers_join_in_any_order_and_number(
    one: ledger.Accounts, two: ledger.Accounts, three: ledger.Accounts
) -> None:
    joined = ledger.join([one, two, three])
    assert joined == ledger.join([ledger.join([three, one]), two, one])
    assert joined == ledger.join([joined, two])


@given(LEDGERS, LEDGERS)
def test_a_join_only_grows(one: ledger.Accounts, other: ledger.Accounts) -> None:
    joined = ledger.join([one, other])
    for name, account in one.items():
        assert account.accepted <= joined[name].accepted
        assert all(hashes <= joined[name].issued[v] for v, hashes in account.issued.items())


@given(ACCOUNTS, HASHES)
def test_what_means_the_same_does_so_for_each(account: Account, signature: str) -> None:
    same = ledger.equivalents(account, signature)
    assert {ledger.equivalents(account, one) for one in same} == {same}


@pytest.mark.parametrize(
    ("account", "version", "signature", "conflicting"),
    [
        (issued(), "1", "A", ""),
        (issued(v1="A"), "v1", "A", ""),
        (issued(v1="A"), "v1", "B", "A"),
        (issued(v1="A"), "v2", "B", ""),
        (issued(v1="AB"), "v1", "A", "B"),
        (issued(v1="AB"), "v1", "C", "AB"),
        (accepted(issued(v1="A"), "AB"), "v1", "B", ""),
        (accepted(issued(v1="A"), "AB"), "v1", "C", "A"),
        (accepted(issued(v1="AB"), "AB"), "v1", "A", ""),
        (accepted(issued(v1="A"), "AB", "BC"), "v1", "C", ""),
        (accepted(issued(v1="AC"), "AB"), "v1", "B", "C"),
    ],
    ids=[
        "nothing issued", "the same", "another", "another under another version",
        "one of two: burnt", "none of two", "accepted", "something else was accepted",
        "two that are one", "accepted twice on", "one of two accepted",
    ],
)  # fmt: skip
def test_a_bump_is_due_exactly_when_a_version_names_something_else(
    account: Account, version: str, signature: str, conflicting: str
) -> None:
    assert ledger.conflicts(account, version, signature) == frozenset(conflicting)


def test_tracking_inputs_makes_no_bump_due() -> None:
    account = Account({"1": frozenset({"A"}), "2": frozenset({"A+x"})})
    assert [
        ledger.conflicts(account, version, signature)
        for version, signature in [("1", "A+x"), ("2", "A"), ("2", "A+y"), ("1", "B+x")]
    ] == [frozenset(), frozenset(), {"A+x"}, {"A"}]


def test_what_breaks_the_invariant_is_named() -> None:
    tracking = Account({"1": frozenset({"A", "A+x"})})
    same = accepted(issued(v1="AB"), "AB")
    book = {"m.fit": issued(v1="AB", v2="A"), "m.score": same, "m.track": tracking}
    assert ledger.broken(book) == [("m.fit", "v1", frozenset("AB"))]


def test_every_version_of_a_site_is_taken() -> None:
    assert ledger.issued_versions([issued(v1="A"), issued(v2="A", v3="B")]) == {"v1", "v2", "v3"}
