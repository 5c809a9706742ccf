"""Lock + code → what `update` would do: the bumps, the edits and the next lock. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import msgspec

from sigclock.interface.hash_schemes import Signatures
from sigclock.interface.moves import moved_along
from sigclock.interface.renames import Matching, match
from sigclock.interface.signature import combine
from sigclock.interface.snapshot import (
    CacheKind,
    CacheSetting,
    Extraction,
    Snapshot,
    Task,
    VersionSite,
)
from sigclock.lock import ledger, retention
from sigclock.lock.lock import REQUIRES, REVISION, Account, Lock
from sigclock.lock.rehash import linked, older_names
from sigclock.lock.schemes import SCHEMES, literal
from sigclock.source import Edit
from sigclock.verdict.decision import (
    Decision,
    Refusal,
    by_former_names,
    long_signature,
    tracked_signature,
)
from sigclock.verdict.finding import Bump

SiteKey = tuple[str, int]
Moves = Literal["none", "new", "all"]
"""Which versions move that another reference of the clone has issued otherwise."""


class Policy(msgspec.Struct, frozen=True):
    """What configuration and command say: the scheme, and whether literals may be bumped at all.

    `postponed` tasks were due before the change that is judged, so they alone make no bump.
    `moves` says which versions move that another reference of the clone has for another signature.
    """

    scheme: str = "increment"
    bump: bool = True
    bump_shared: bool = True
    track_inputs: bool = False
    postponed: frozenset[str] = frozenset()
    moves: Moves = "none"


class Ledgers(msgspec.Struct, frozen=True):
    """What was issued besides what the locks of this history say.

    `sources` has what sources issued whose lock may lag behind them. `elsewhere` has what other
    references of the clone issued: no version is chosen that is there. The next lock has `kept`.
    `locks` gives the locks that stand beside the tree's: HEAD's, and the one on disk.
    """

    sources: Mapping[str, Account] = {}
    elsewhere: Mapping[str, Account] = {}
    kept: Mapping[str, Account] = {}
    locks: Callable[[], Sequence[Lock]] = tuple


NO_LEDGERS = Ledgers()


class Plan(msgspec.Struct, frozen=True):
    """All that `update` would write, and why; `removed` are locked tasks that the tree lacks."""

    decisions: dict[str, Decision]
    removed: tuple[str, ...]
    lock: Lock
    edits: tuple[Edit, ...]
    bumps: tuple[Bump, ...]


def plan(
    lock: Lock,
    extraction: Extraction,
    visible: Mapping[str, Account],
    policy: Policy,
    ledgers: Ledgers = NO_LEDGERS,
) -> Plan:
    """Decide what to bump. `visible` is the join of all locks of this history.

    It counts for every task, and so do the other `ledgers`. But the next lock takes from them only
    what it must keep and what concerns new and due versions; and nothing from other references of
    the clone, so that it does not change because somebody else's branch moved.
    """
    extraction = retention.as_far_as_known(lock, extraction)
    matching = match(_present(lock, extraction), extraction.snapshot)
    locked = ledger.join([lock.ledger, visible])
    accounts = ledger.join([locked, ledgers.sources])
    decisions = _decide(lock, extraction, matching, accounts, policy)
    decisions = _taken(decisions, lock, extraction, ledgers.elsewhere, policy)
    bumps, edits, decisions = _bump(decisions, extraction, lock, ledgers, policy)
    next_lock = _next_lock(lock, extraction, decisions, ledgers.kept, locked)
    return Plan(decisions, matching.removed, next_lock, tuple(edits), tuple(bumps))


def _present(lock: Lock, extraction: Extraction) -> Snapshot:
    """The locked tasks without those whose current state is unknown."""
    tasks = lock.snapshot.tasks.items()
    known = {name: t for name, t in tasks if not retention.is_unknown(name, t, extraction)}
    return Snapshot(known, lock.snapshot.definitions)


def _decide(
    lock: Lock,
    extraction: Extraction,
    matching: Matching,
    accounts: Mapping[str, Account],
    policy: Policy,
) -> dict[str, Decision]:
    decisions: dict[str, Decision] = {}
    tree = extraction.snapshot
    shared = Signatures(tree.definitions)
    for name, task in tree.tasks.items():
        previous = matching.previous.get(name)
        account = accounts.get(name, ledger.EMPTY)
        baseline = lock.snapshot.tasks.get(previous or name)
        if previous is not None and baseline is not None:
            locked, baseline = baseline, moved_along(lock.snapshot, baseline, tree, task)
            if extraction.sites[name].ambiguous:
                # Flyte may go on calling it by its old name, so what was issued under that counts.
                issued = ledger.respelled(
                    accounts.get(previous, ledger.EMPTY), locked.signature, baseline.signature
                )
                account = ledger.both(account, issued)
        definitions = tree.definitions_of(task)
        tracked = tracked_signature(task, definitions, inputs=policy.track_inputs)
        conflicting: frozenset[str] = frozenset()
        if task.cached and task.cache.version is not None:
            older = older_names(task, shared.seen_by(task), inputs=policy.track_inputs)
            account = linked(account, tracked, older)
            conflicting = ledger.conflicts(account, task.cache.version, tracked)
        decision = Decision(name, task, baseline, previous, account, tracked, conflicting)
        if conflicting and extraction.former_names:
            decision = by_former_names(decision, extraction, inputs=policy.track_inputs)
        decisions[name] = decision
    return decisions


def _taken(
    decisions: dict[str, Decision],
    lock: Lock,
    extraction: Extraction,
    elsewhere: Mapping[str, Account],
    policy: Policy,
) -> dict[str, Decision]:
    """The same; a version that only another reference of the clone has otherwise is marked so.

    It is due where the policy moves it and it can be bumped.
    """
    updated = dict(decisions)
    served = _served(decisions, extraction)
    for name, decision in decisions.items():
        version, locked = decision.task.cache.version, lock.ledger.get(name, ledger.EMPTY)
        if not decision.task.cached or version is None or decision.due:
            continue
        is_new = decision.tracked not in locked.issued.get(version, frozenset())
        if policy.moves == "new" and not is_new:
            continue
        account = _with(decision.account, elsewhere, name)
        conflicting = ledger.conflicts(account, version, decision.tracked) - {decision.alike}
        if conflicting:
            site = extraction.sites[name].version
            together = served.get(_key(site), [name]) if site else [name]
            stays = policy.moves == "none" or _refusal(decision, site, together, policy)
            updated[name] = msgspec.structs.replace(
                decision,
                conflicting=frozenset() if stays else conflicting,
                taken_elsewhere=True,
            )
    return updated


def _with(account: Account, elsewhere: Mapping[str, Account], name: str) -> Account:
    """The account with what other references of the clone issued for the same task."""
    other = elsewhere.get(name)
    return account if other is None else ledger.both(account, other)


# -- bumps -----------------------------------------------------------------------------------


def _bump(
    decisions: dict[str, Decision],
    extraction: Extraction,
    lock: Lock,
    ledgers: Ledgers,
    policy: Policy,
) -> tuple[list[Bump], list[Edit], dict[str, Decision]]:
    """Edit each literal that a due task uses; all tasks that share it get the new version."""
    updated = dict(decisions)
    bumps: list[Bump] = []
    edits: list[Edit] = []
    served, shared = _served(decisions, extraction), Signatures(extraction.snapshot.definitions)
    for name, decision in decisions.items():
        if not decision.due or updated[name].next_version is not None:
            continue
        site = extraction.sites[name].version
        together = served.get(_key(site), [name]) if site else [name]
        refusal = _refusal(decision, site, together, policy)
        if refusal is not None or site is None:
            updated[name] = msgspec.structs.replace(decision, refusal=refusal)
            continue
        group = [decisions[task_name] for task_name in together]
        version = _standing(group, lock, ledgers) or _choose(
            group, shared, ledgers.elsewhere, policy
        )
        for task_name in together:
            updated[task_name] = msgspec.structs.replace(decisions[task_name], next_version=version)
        old, place, tasks = decision.task.cache.version or "", site.location, tuple(together)
        bumps.append(
            Bump(place.path, place.line, site.holder, old, version, tasks, column=place.column)
        )
        after = literal(site.literal, site.value, version, site.encoding)
        edits.append(Edit(site.location.path, site.span, site.literal, after))
    return bumps, edits, updated


def _key(site: VersionSite) -> SiteKey:
    return (site.location.path, site.span.start)


def _served(decisions: Mapping[str, Decision], extraction: Extraction) -> dict[SiteKey, list[str]]:
    """The cached tasks that use each literal, sorted."""
    served: dict[SiteKey, list[str]] = {}
    for name in sorted(decisions):
        site = extraction.sites[name].version
        if site is not None and decisions[name].task.cached:
            served.setdefault(_key(site), []).append(name)
    return served


def _refusal(
    decision: Decision, site: VersionSite | None, together: list[str], policy: Policy
) -> Refusal | None:
    """Why a due version is not bumped; None if it is bumped."""
    if obstacle := _obstacle(decision.task.cache, site):
        return Refusal(obstacle, by_hand=True)
    if site is not None and not policy.bump_shared and len(together) > 1:
        reason = f"the version at {site.location} is shared, and shared-versions is report"
        return Refusal(reason, by_hand=True)
    if decision.name in policy.postponed:
        return Refusal("it was due before this commit", by_hand=False)
    return None if policy.bump else Refusal("bumping is off", by_hand=False)


def _obstacle(cache: CacheSetting, site: VersionSite | None) -> str:
    """What keeps sigclock from editing a version; empty if nothing does."""
    if cache.kind is CacheKind.AUTOMATIC:
        return "the version comes from a cache policy"
    if cache.kind is CacheKind.UNKNOWN:
        return f"the version cannot be read: {cache.version}"
    if cache.kind is CacheKind.COMPUTED or site is None:
        return f"the version is computed: {cache.version}"
    return f"the version at {site.location} is not edited: {site.refusal}" if site.refusal else ""


def _standing(group: list[Decision], lock: Lock, ledgers: Ledgers) -> str | None:
    """The version that a lock has for these very signatures, where only the source fell back."""
    for other in (lock, *ledgers.locks()):
        tasks = [other.snapshot.tasks.get(decision.name) for decision in group]
        versions = {task.cache.version for task in tasks if task is not None and task.cached}
        version = next(iter(versions), None)
        if None in tasks or len(versions) != 1 or version is None:
            continue
        if all(_stands(decision, version, other, ledgers.elsewhere) for decision in group):
            return version
    return None


def _stands(decision: Decision, version: str, lock: Lock, elsewhere: Mapping[str, Account]) -> bool:
    """Whether a lock has the version for this signature, and nothing has it for another."""
    issued = lock.ledger.get(decision.name, ledger.EMPTY).issued.get(version, frozenset())
    account = _with(decision.account, elsewhere, decision.name)
    conflicting = ledger.conflicts(account, version, decision.tracked) - {decision.alike}
    return decision.tracked in issued and not conflicting


def _choose(
    group: list[Decision], shared: Signatures, elsewhere: Mapping[str, Account], policy: Policy
) -> str:
    """A version that no task of the group had (with `signature`: or only with this signature)."""
    scheme = SCHEMES[policy.scheme]
    tasks = [(decision.task, shared.seen_by(decision.task)) for decision in group]
    signatures = sorted({long_signature(*each, inputs=policy.track_inputs) for each in tasks})
    # A version for several signatures is named after all of them.
    whole = signatures[0] if len(signatures) == 1 else combine(signatures)
    reserved: set[str] = set()
    for decision in group:
        account = _with(decision.account, elsewhere, decision.name)
        for version, issued in account.issued.items():
            own = policy.scheme == "signature" and not (
                issued - ledger.equivalents(decision.account, decision.tracked)
            )
            if not own:
                reserved.add(version)
    return scheme(group[0].task.cache.version or "", reserved, whole)


# -- the next lock -----------------------------------------------------------------------------


def _next_lock(
    lock: Lock,
    extraction: Extraction,
    decisions: Mapping[str, Decision],
    kept: Mapping[str, Account],
    locked: Mapping[str, Account],
) -> Lock:
    settled: dict[str, Task] = {}
    locked_tasks: dict[str, Task] = {}
    before = ledger.join([lock.ledger, kept])
    accounts: dict[str, Account] = dict(before)
    for name, decision in decisions.items():
        task = _settled(decision)
        if task is not None:
            settled[name] = task
        elif decision.baseline is not None and decision.previous_name is None:
            locked_tasks[name] = decision.baseline
        account = _entry(decision, task, before.get(name, ledger.EMPTY), locked)
        if account != ledger.EMPTY:
            accounts[name] = account
    unknown = (n for n, t in lock.snapshot.tasks.items() if retention.is_unknown(n, t, extraction))
    locked_tasks.update(
        (name, lock.snapshot.tasks[name]) for name in unknown if name not in settled
    )
    return Lock(
        _joined(settled, locked_tasks, lock.snapshot, extraction),
        dict(sorted(accounts.items())),
        *((lock.revision, lock.requires) if lock.revision > REVISION else (REVISION, REQUIRES)),
    )


def _joined(
    settled: dict[str, Task],
    locked_tasks: dict[str, Task],
    locked: Snapshot,
    extraction: Extraction,
) -> Snapshot:
    """Tasks as the tree has them, those with shared definitions first; then tasks as locked."""
    tree = extraction.snapshot
    ordered = sorted(settled.items(), key=lambda item: (bool(item[1].own_definitions), item[0]))
    current = [(name, task, tree.definitions_of(task)) for name, task in ordered]
    older = [
        (name, task, locked.definitions_of(task)) for name, task in sorted(locked_tasks.items())
    ]
    return retention.snapshot([*current, *older])


def _entry(
    decision: Decision, settled: Task | None, locked: Account, others: Mapping[str, Account]
) -> Account:
    """The task's account in the next lock; `others` has what all locks of the history say."""
    if not decision.task.cached or decision.task.cache.version is None:
        return locked
    chosen = decision.next_version is not None
    if chosen or ledger.is_new(locked, decision.task.cache.version):
        locked = ledger.both(locked, decision.account)
    elif decision.due:
        # It stays as it is, so what only a source says is left to whoever moves it.
        locked = ledger.both(locked, others.get(decision.name, ledger.EMPTY))
    if settled is None or settled.cache.version is None:
        return locked
    own = {word for word in decision.account.accepted if not word.reason}
    locked = ledger.both(locked, Account({}, frozenset(own)))
    for signature in filter(None, (decision.alike, decision.tracked)):
        locked = ledger.issue(locked, settled.cache.version, signature)
    return locked


def _settled(decision: Decision) -> Task | None:
    """The task for the next lock; None if its version still names another signature."""
    if decision.next_version is not None:
        setting = CacheSetting(CacheKind.PINNED, decision.next_version)
        return msgspec.structs.replace(decision.task, cache=setting)
    return None if decision.due else decision.task
