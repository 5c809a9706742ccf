"""A lock of an older sigclock, with the signatures that its recorded interfaces have now."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from sigclock.interface.hash_schemes import HASH_SCHEMES, Signatures
from sigclock.interface.snapshot import Task
from sigclock.lock import ledger
from sigclock.lock.lock import Acceptance, Account, Lock


def rehashed(lock: Lock) -> Lock:
    """The lock; what has another signature by a newer hash scheme is recorded under both.

    A task whose signature is that of no scheme keeps it: its classes are newer than the signature.
    """
    if not lock.is_older or len(HASH_SCHEMES) == 1:
        return lock
    snapshot, shared = lock.snapshot, Signatures(lock.snapshot.definitions)
    tasks, accounts = dict(snapshot.tasks), dict(lock.ledger)
    for name, task in snapshot.tasks.items():
        signatures = shared.seen_by(task)
        now, *before = signatures.all(task.outputs, task.sdk)
        if task.signature not in before:
            continue
        tasks[name] = msgspec.structs.replace(task, signature=now)
        if name in accounts:
            names = _names(task, now, signatures)
            accounts[name] = renamed(accounts[name], names)
    replaced = msgspec.structs.replace(snapshot, tasks=tasks)
    return msgspec.structs.replace(lock, snapshot=replaced, ledger=accounts)


def renamed(account: Account, names: Mapping[str, str]) -> Account:
    """The account, in which signatures stand under their new names as well; both mean the same."""
    issued = {
        version: frozenset(names[old] for old in signatures if old in names)
        for version, signatures in account.issued.items()
    }
    known = {version: new for version, new in issued.items() if new}
    words = frozenset(Acceptance(*pair) for pair in names.items())
    return ledger.both(account, Account(known, words)) if known else account


def linked(account: Account, signature: str, older: frozenset[str]) -> Account:
    """The account, in which a task's signatures by `older` schemes mean the same as its own.

    Not one of which the account says already what it is by a newer scheme: there are sources that
    only the newer one tells apart.
    """
    found = older & frozenset[str]().union(*account.issued.values()) if older else older
    settled = {word.baseline for word in account.accepted if not word.reason}
    words = frozenset(Acceptance(each, signature) for each in found - settled)
    return ledger.both(account, Account({}, words)) if words else account


def older_names(task: Task, signatures: Signatures, *, inputs: bool = False) -> frozenset[str]:
    """The signatures of a task by older schemes, as the ledger has them.

    `signatures` are those over the definitions that the task sees.
    """
    if len(HASH_SCHEMES) == 1:
        return frozenset()
    outputs = signatures.all(task.outputs, task.sdk)
    if not inputs:
        return frozenset(outputs[1:])
    pairs = [f"{o}+{i}" for o in outputs for i in signatures.all(task.inputs, task.sdk)]
    return frozenset([*outputs[1:], *pairs[1:]])


def _names(task: Task, now: str, signatures: Signatures) -> dict[str, str]:
    """Old names to new ones, also with the inputs where those are tracked."""
    inputs = signatures.all(task.inputs, task.sdk)
    tracked = {f"{task.signature}+{each}": f"{now}+{inputs[0]}" for each in inputs}
    return {task.signature: now, **tracked}
