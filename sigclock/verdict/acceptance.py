"""Acceptances: which changes of a signature a person may declare to be none. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

import msgspec

from sigclock.errors import UsageError
from sigclock.interface.change import Change, of_outputs
from sigclock.interface.diff import compare
from sigclock.interface.hash_schemes import Signatures, short, signature
from sigclock.interface.snapshot import Extraction, Snapshot, Task
from sigclock.lock import ledger
from sigclock.lock.lock import Acceptance, Account, Lock
from sigclock.lock.schemes import literal
from sigclock.source import Edit
from sigclock.verdict.decision import Decision, long_signature, tracked_signature
from sigclock.verdict.plan import Plan
from sigclock.verdict.wording import enumerate_names


class Proposal(msgspec.Struct, frozen=True):
    """Two signatures of a task that shall count as the same under `version`.

    `words` are the same two with all digits, where they are known. `undone` is the version of a
    bump that is not committed yet; `edit` takes the bump back.
    """

    task: str
    version: str
    baseline: str
    current: str
    changes: tuple[Change, ...]
    words: tuple[tuple[str, str], ...]
    undone: str | None = None
    edit: Edit | None = None


class Tree(msgspec.Struct, frozen=True):
    """The tree in which a change shall be accepted, with its plan and lock.

    `committed` is HEAD's snapshot; `inputs` tells whether the ledger tracks inputs.
    """

    extraction: Extraction
    plan: Plan
    lock: Lock
    committed: Snapshot
    inputs: bool = False


def propose(name: str, tree: Tree) -> Proposal:
    """The proposal to accept a task's change; `UsageError` if there is no change to accept.

    It is the change from HEAD to the tree; if there is none, the change from the lock to the tree.
    """
    decision = tree.plan.decisions.get(name)
    if decision is None:
        raise UsageError(
            f"{name} rests on a module that cannot be read",
            advice="`sigclock check` names it",
        )
    if not decision.task.cached or decision.task.cache.version is None:
        raise UsageError(
            f"{name} is not cached, so no cache can serve it an old value",
            advice="there is nothing to accept",
        )
    for snapshot in (tree.committed, tree.lock.snapshot):
        before = snapshot.tasks.get(name)
        if before is not None and before.cached and before.cache.version is not None:
            definitions = snapshot.definitions_of(before)
            old = tracked_signature(before, definitions, inputs=tree.inputs)
            if old.partition("+")[0] != decision.task.signature:
                return _proposal(decision, before, old, snapshot, tree)
    raise _unchanged(decision)


def _proposal(
    decision: Decision, before: Task, old: str, snapshot: Snapshot, tree: Tree
) -> Proposal:
    name, version = decision.name, before.cache.version or ""
    differences = compare(snapshot, before, tree.extraction, decision.task, name)
    changes = tuple(of_outputs(differences))
    if not decision.due and decision.task.cache.version == version:
        raise _unchanged(decision)
    sides = (before, snapshot), (decision.task, tree.extraction.snapshot)
    words = _words(*sides, inputs=tree.inputs) or ((old, decision.tracked),)
    if decision.task.cache.version == version:
        return Proposal(name, version, old, decision.tracked, changes, words)
    site = tree.extraction.sites[name].version
    if site is None or site.refusal:
        raise UsageError(
            f"{name} has the version {decision.task.cache.version!r} now, and had {version!r}: "
            "sigclock cannot put it back",
            advice=f"write {version!r} by hand, then accept again",
        )
    after = literal(site.literal, site.value, version, site.encoding)
    edit = Edit(site.location.path, site.span, site.literal, after)
    undone = decision.task.cache.version
    return Proposal(name, version, old, decision.tracked, changes, words, undone, edit)


def _words(
    before: tuple[Task, Snapshot], after: tuple[Task, Snapshot], *, inputs: bool
) -> tuple[tuple[str, str], ...]:
    """Two signatures as the ledger has them, or with all digits if the first scheme made both.

    Nothing if the first is not that of its recorded structure.
    """
    ends = []
    for task, snapshot in (before, after):
        definitions = snapshot.definitions_of(task)
        if signature(task, definitions) != task.signature:
            return ()
        long = long_signature(task, Signatures(definitions), inputs=inputs)
        ends.append((tracked_signature(task, definitions, inputs=inputs), long))
    (old, old_long), (new, new_long) = ends
    is_first = (short(old_long), short(new_long)) == (old, new)
    return ((old_long, new_long),) if is_first else ((old, new), (old_long, new_long))


def _unchanged(decision: Decision) -> UsageError:
    version = decision.task.cache.version or ""
    words = ledger.in_force(decision.account, version, decision.tracked)
    if words:
        return UsageError(
            f"{decision.name} has not changed since that was accepted: {words[0].reason}",
            advice="there is nothing more to accept",
        )
    if decision.due:
        return UsageError(
            f"{decision.name} stands on {version!r}, which was issued for another signature before",
            advice="only a change since the last commit can be accepted; run `sigclock update`",
        )
    return UsageError(f"{decision.name} has not changed", advice="there is nothing to accept")


def by_definitions(
    keys: Collection[str], proposals: Iterable[Proposal]
) -> tuple[list[Proposal], list[str]]:
    """The proposals that change in these classes only; the tasks that change elsewhere too."""
    alone: list[Proposal] = []
    mixed: list[str] = []
    for proposal in proposals:
        places = {change.definition for change in proposal.changes}
        if places and places.issubset(keys):
            alone.append(proposal)
        elif not places.isdisjoint(keys):
            mixed.append(proposal.task)
    return alone, mixed


def with_word(lock: Lock, proposals: Iterable[Proposal], reason: str) -> Lock:
    """The lock with the acceptances in its ledger, and the versions that they are for."""
    accounts: dict[str, Account] = dict(lock.ledger)
    for proposal in proposals:
        account = ledger.issue(
            accounts.get(proposal.task, ledger.EMPTY), proposal.version, proposal.baseline
        )
        for word in proposal.words:
            account = ledger.accept(account, Acceptance(*word, reason))
        accounts[proposal.task] = account
    return msgspec.structs.replace(lock, ledger=dict(sorted(accounts.items())))


def without(
    lock: Lock, tasks: Iterable[str], committed: Mapping[str, Account]
) -> tuple[Lock, list[str]]:
    """The lock without what was accepted for the tasks since; the tasks that had such words."""
    accounts: dict[str, Account] = dict(lock.ledger)
    taken = []
    for name in tasks:
        kept = committed.get(name, ledger.EMPTY).accepted
        if accounts[name].accepted - kept:
            accounts[name] = msgspec.structs.replace(
                accounts[name], accepted=accounts[name].accepted & kept
            )
            taken.append(name)
    return msgspec.structs.replace(lock, ledger=accounts), taken


def verify(proposals: Iterable[Proposal], before: Plan, after: Plan) -> None:
    """Refuse proposals that leave a task due: the version is burnt or others changed under it."""
    for proposal in proposals:
        decision = after.decisions[proposal.task]
        if decision.due:
            raise UsageError(
                f"{proposal.version!r} was issued for yet another signature of {proposal.task}",
                advice="two signatures can be accepted as one, not three: run `sigclock update`",
            )
    worse = [
        name
        for name, decision in after.decisions.items()
        if decision.due and not (name in before.decisions and before.decisions[name].due)
    ]
    if worse:
        raise UsageError(
            f"the version also serves {enumerate_names(worse)}, which changed as well",
            advice="accept them together, or give them a version of their own",
        )


def served(plan: Plan) -> dict[str, list[str]]:
    """The tasks whose version is valid only by an acceptance, by the reason of that."""
    tasks_by_reason: dict[str, list[str]] = defaultdict(list)
    for name, decision in sorted(plan.decisions.items()):
        version = decision.task.cache.version
        if not decision.task.cached or version is None or decision.due:
            continue
        for word in ledger.in_force(decision.account, version, decision.tracked):
            tasks_by_reason[word.reason].append(name)
    return {reason: list(dict.fromkeys(names)) for reason, names in sorted(tasks_by_reason.items())}
