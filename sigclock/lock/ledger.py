"""The invariant: a version names one output signature, in all history that the ledger can see.

A ledger maps task names to accounts (`sigclock.lock.lock`). It only grows: ledgers of several
branches are joined, never subtracted. An acceptance makes two signatures count as the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sigclock.interface.hash_schemes import short
from sigclock.lock.lock import Acceptance, Account

Accounts = Mapping[str, Account]
EMPTY = Account()


def join(ledgers: Iterable[Accounts]) -> dict[str, Account]:
    """Everything that the ledgers record; commutative, associative, idempotent."""
    joined: dict[str, Account] = {}
    for ledger in ledgers:
        for name, account in ledger.items():
            known = joined.get(name)
            joined[name] = account if known is None else both(known, account)
    return dict(sorted(joined.items()))


def both(one: Account, other: Account) -> Account:
    """Everything that two accounts of one task record."""
    if one == other:
        return one
    versions = sorted({*one.issued, *other.issued})
    issued = {
        v: one.issued.get(v, frozenset()) | other.issued.get(v, frozenset()) for v in versions
    }
    return Account(issued, one.accepted | other.accepted)


def issue(account: Account, version: str, signature: str) -> Account:
    """The account with another pair of version and signature."""
    return both(account, Account({version: frozenset({signature})}))


def respelled(account: Account, old: str, new: str) -> Account:
    """The account of a task whose signature `old` is `new` under the names that it has now."""
    if old == new:
        return account
    issued = {
        version: frozenset(_respelled(signature, old, new) for signature in signatures)
        for version, signatures in account.issued.items()
    }
    return Account(issued, account.accepted)


def _respelled(signature: str, old: str, new: str) -> str:
    outputs, plus, inputs = signature.partition("+")
    return f"{new if outputs == old else outputs}{plus}{inputs}"


def accept(account: Account, acceptance: Acceptance) -> Account:
    """The account with an acceptance: two signatures count as the same."""
    return both(account, Account({}, frozenset({acceptance})))


def equivalents(account: Account, signature: str) -> frozenset[str]:
    """The signature and all that were accepted as the same, directly or through others."""
    same = {signature}
    while True:
        more = {
            other
            for acceptance in account.accepted
            for ends in [(short(acceptance.baseline), short(acceptance.current))]
            for one, other in (ends, ends[::-1])
            if one in same
        } - same
        if not more:
            return frozenset(same)
        same |= more


def in_force(account: Account, version: str, signature: str) -> list[Acceptance]:
    """The acceptances of a person without which the version would be due a bump."""
    issued = account.issued.get(version, frozenset())
    if all(_agree(other, signature) for other in issued):
        return []
    same = equivalents(account, signature)
    words = (word for word in account.accepted if word.reason)
    return sorted(word for word in words if short(word.baseline) in same)


def is_new(account: Account, version: str) -> bool:
    """Whether the version was never issued for this task."""
    return version not in account.issued


def conflicts(account: Account, version: str, signature: str) -> frozenset[str]:
    """The other signatures that the version was issued with; if there are any, a bump is due."""
    same = equivalents(account, signature)
    issued = account.issued.get(version, frozenset())
    return frozenset(
        signature for signature in issued if not any(_agree(signature, other) for other in same)
    )


def _agree(one: str, other: str) -> bool:
    """Whether two signatures of the ledger are the same.

    If only one of them tracks inputs too (`outputs+inputs`), only the outputs are compared, so
    that turning tracking on or off makes no bump due.
    """
    if "+" in one and "+" in other:
        return one == other
    return one.partition("+")[0] == other.partition("+")[0]


def issued_versions(accounts: Iterable[Account]) -> frozenset[str]:
    """Every version in any of the accounts."""
    return frozenset(version for account in accounts for version in account.issued)


def broken(ledger: Accounts) -> list[tuple[str, str, frozenset[str]]]:
    """Each (task, version, signatures) that breaks the invariant: the burnt versions."""
    return [
        (name, version, signatures)
        for name, account in sorted(ledger.items())
        for version, signatures in sorted(account.issued.items())
        if any(conflicts(account, version, signature) for signature in signatures)
    ]
