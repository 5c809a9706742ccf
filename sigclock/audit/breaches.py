"""The judgement of a timeline: each version that served two signatures, and to which caches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise
from typing import Literal

import msgspec

from sigclock.audit.timeline import Stretch, by_version
from sigclock.interface.change import Change
from sigclock.interface.diff import Comparison
from sigclock.interface.hash_schemes import Signatures
from sigclock.interface.snapshot import CacheKind, Sdk, Task
from sigclock.lock import ledger
from sigclock.lock.lock import Account
from sigclock.lock.rehash import linked, older_names
from sigclock.lock.schemes import increment
from sigclock.tasks.file_reader import Declared
from sigclock.verdict.finding import Outcome, Prediction, Tool
from sigclock.verdict.prediction import predict

Ending = Literal["silent", "raises"]
BreachState = Literal["live", "ended", "harmless"]
Accounts = Mapping[str, Account]
#: Whether a project's one task stored what the other one stores, by the names in a commit's tree.
IsAlike = Callable[[str, Task, Task, str], bool]


class Moment(msgspec.Struct, frozen=True):
    """A commit; `number` counts the walked commits, parents first."""

    number: int
    commit: str
    date: str
    subject: str


class Served(msgspec.Struct, frozen=True):
    """A signature that a version stood for: from `since` up to, but without, `until`.

    `until` is None at the tip. `following` tells what came then. `since` is None for what no walked
    commit shows, but the lock recorded.
    """

    signature: str
    since: Moment | None
    until: Moment | None
    following: str


class Switch(msgspec.Struct, frozen=True):
    """Where a version went from one signature to another, and what caches made of it.

    It is compared with `beside` where that stood on another branch at the same time.
    """

    at: Moment
    changes: tuple[Change, ...]
    prediction: Prediction
    beside: Moment | None = None


class Breach(msgspec.Struct, frozen=True):
    """One (task, version) that served several signatures, none of them accepted as the same.

    `root` is the name under which caches know it, maybe an older one than `task`. `live` tells that
    the tip stands on it still; then `next_version`, if it is a literal, was never issued, else
    `ended_by` is what came after it, at `ended_at`. `laptop` and `cluster` are the caches that may
    hold values of another shape than the code declared. `state` is `harmless` where neither does,
    as far as commits tell.
    """

    project: str
    root: str
    task: str
    path: str
    line: int
    sdk: Sdk
    version: str
    kind: CacheKind
    served: tuple[Served, ...]
    switches: tuple[Switch, ...]
    laptop: bool
    cluster: bool
    outcomes: tuple[Ending, ...]
    live: bool
    ended_by: str | None
    ended_at: Moment | None
    next_version: str | None
    state: BreachState


class Walked(msgspec.Struct, frozen=True):
    """What was looked at; `shallow` tells that this clone lacks what came before `first`."""

    first: str | None
    last: str | None
    commits: int
    merges: Literal["all parents", "first parent"]
    shallow: bool


class Summary(msgspec.Struct, frozen=True):
    """Counts: tasks that were ever cached, their versions, those that broke the invariant.

    `live`, `ended` and `harmless` are the breaches by state.
    """

    tasks: int
    versions: int
    breaches: int
    live: int
    ended: int
    harmless: int


class Audit(msgspec.Struct, frozen=True):
    """What `audit` has to say; its JSON is this, field for field. Live breaches stand first."""

    version: Literal[1]
    tool: Tool
    walked: Walked
    breaches: tuple[Breach, ...]
    summary: Summary
    notes: tuple[str, ...] = ()


def breaches(
    stretches: Mapping[str, Sequence[Stretch]],
    moments: Sequence[Moment],
    accounts: Accounts,
    is_alike: IsAlike = lambda _project, _before, _after, _commit: False,
) -> list[Breach]:
    """Every breach in the timelines of all projects; `accounts` has what the locks recorded.

    Caches know a task by its name alone, so it may be that of several projects. None is where each
    signature is alike the one before it, at the first and at the last commit.
    """
    places = {id(stretch): project for project, own in stretches.items() for stretch in own}
    everything = sorted(chain(*stretches.values()), key=lambda each: (each.since, each.name))
    versions: dict[str, set[str]] = {}
    for root, version, _ in by_version(everything):
        versions.setdefault(root, set()).add(version)
    all_breaches = []
    for root, version, group in by_version(everything):
        account = _linked(accounts.get(root, ledger.EMPTY), group)
        if _distinct(account, version, group):
            used = versions[root] | account.issued.keys()
            breach = _breach(places, group, moments, account, used, is_alike)
            if breach.switches or any(period.since is None for period in breach.served):
                all_breaches.append(breach)
    return all_breaches


def _linked(account: Account, group: Iterable[Stretch]) -> Account:
    """The account, in which the signatures that older schemes gave are those of the commits."""
    for task in (stretch.declared.task for stretch in group):
        older = older_names(task, Signatures(task.own_definitions))
        account = linked(account, task.signature, older)
    return account


def _distinct(account: Account, version: str, group: Iterable[Stretch]) -> bool:
    """Whether the version has several signatures, and no acceptance covers them."""
    for stretch in group:
        account = ledger.issue(account, version, stretch.declared.task.signature)
    return any(
        ledger.conflicts(account, version, signature)
        for signature in account.issued.get(version, frozenset())
    )


def _breach(
    places: Mapping[int, str],
    group: Sequence[Stretch],
    moments: Sequence[Moment],
    account: Account,
    used: Iterable[str],
    is_alike: IsAlike,
) -> Breach:
    last = max(
        group, key=lambda stretch: (stretch.until is None, stretch.until or 0, stretch.since)
    )
    task, version = last.latest.task, last.version or ""
    switches = tuple(_switches(places, group, moments, account, is_alike))
    live = last.until is None
    served = (*_served(group, moments), *_recorded(group, account, version))
    laptop = any(switch.prediction.local is Outcome.STALE for switch in switches)
    cluster = any(switch.prediction.remote is Outcome.STALE for switch in switches)
    reached = laptop or cluster or any(period.since is None for period in served)
    return Breach(
        project=places[id(last)],
        root=last.root,
        task=last.name,
        path=task.path,
        line=last.latest.rank[2],
        sdk=task.sdk,
        version=version,
        kind=task.cache.kind,
        served=served,
        switches=switches,
        laptop=laptop,
        cluster=cluster,
        outcomes=_outcomes(switches),
        live=live,
        ended_by=None if live else last.ended_by,
        ended_at=None if last.until is None else moments[last.until],
        next_version=increment(version, sorted(used), "")
        if live and task.cache.kind is CacheKind.PINNED
        else None,
        state=("live" if live else "ended") if reached else "harmless",
    )


def _outcomes(switches: Iterable[Switch]) -> tuple[Ending, ...]:
    outcomes = {switch.prediction.stale_outcome for switch in switches}
    order: tuple[Ending, Ending] = ("silent", "raises")
    return tuple(outcome for outcome in order if outcome in outcomes)


def _served(group: Iterable[Stretch], moments: Sequence[Moment]) -> Iterator[Served]:
    for stretch in group:
        until = None if stretch.until is None else moments[stretch.until]
        signature = stretch.declared.task.signature
        yield Served(signature, moments[stretch.since], until, stretch.ended_by)


def _recorded(group: Iterable[Stretch], account: Account, version: str) -> Iterator[Served]:
    """Signatures that the locks recorded and no walked commit shows."""
    tasks = [stretch.declared.task for stretch in group]
    shown = {task.signature for task in tasks}
    seen = ((task, Signatures(task.own_definitions)) for task in tasks)
    shown = shown.union(*(older_names(*pair) for pair in seen))
    issued = {signature.partition("+")[0] for signature in account.issued.get(version, frozenset())}
    for signature in sorted(issued - shown):
        yield Served(signature, None, None, "")


def _switches(
    places: Mapping[int, str],
    group: Sequence[Stretch],
    moments: Sequence[Moment],
    account: Account,
    is_alike: IsAlike,
) -> Iterator[Switch]:
    for before, after in pairwise(group):
        old, new = before.declared.task, after.declared.task
        if new.signature in ledger.equivalents(account, old.signature):
            continue
        last = len(moments) if after.until is None else after.until
        during = dict.fromkeys((moments[after.since].commit, moments[last - 1].commit))
        if all(is_alike(places[id(after)], old, new, commit) for commit in during):
            continue
        changes = output_changes(before.latest, after.declared)
        overlap = before.until is None or before.until > after.since
        beside = moments[before.since] if overlap else None
        foretold = prediction(before.latest, after.declared)
        yield Switch(moments[after.since], changes, foretold, beside)


def _comparison(before: Declared, after: Declared) -> Comparison:
    old, new = before.task.own_definitions, after.task.own_definitions
    return Comparison(old, new, after.locations)


def output_changes(before: Declared, after: Declared) -> tuple[Change, ...]:
    """How the outputs differ."""
    return tuple(_comparison(before, after).outputs(before.task, after.task, after.name))


def prediction(before: Declared, after: Declared) -> Prediction:
    """What the caches do if the code changes from `before` to `after`."""
    inputs = _comparison(before, after).inputs(before.task, after.task, after.name)
    changes = (*output_changes(before, after), *inputs)
    return predict(
        before.task, after.task, before.task.own_definitions, after.task.own_definitions, changes
    )


def assemble(
    tool: Tool,
    walked: Walked,
    breaches: Iterable[Breach],
    stretches: Iterable[Stretch],
    notes: Sequence[str],
) -> Audit:
    """The report: live breaches first, then the latest."""
    ordered = sorted(breaches, key=_order)
    pairs = {
        (stretch.root, stretch.version) for stretch in stretches if stretch.version is not None
    }
    summary = Summary(
        tasks=len({root for root, _ in pairs}),
        versions=len(pairs),
        breaches=len(ordered),
        live=sum(breach.state == "live" for breach in ordered),
        ended=sum(breach.state == "ended" for breach in ordered),
        harmless=sum(breach.state == "harmless" for breach in ordered),
    )
    return Audit(1, tool, walked, tuple(ordered), summary, tuple(notes))


def _order(breach: Breach) -> tuple[int, int, str, str, str]:
    numbers = [served.since.number for served in breach.served if served.since is not None]
    rank = ("live", "ended", "harmless").index(breach.state)
    return (rank, -max(numbers), breach.project, breach.task, breach.version)


def compared(switch: Switch) -> str:
    """With what a signature is compared, if that is not what stood there before."""
    other = switch.beside
    return f", compared with {other.commit[:10]} on another branch" if other else ""


def exposed(breach: Breach) -> str:
    """Which caches may hold values of another shape, and how that shows."""
    where = [
        name
        for name, is_in in (("local caches", breach.laptop), ("the remote cache", breach.cluster))
        if is_in
    ]
    if not where:
        return "no cache, for the SDK's own keys moved"
    how = {"silent": "silently", "raises": "with an exception"}
    endings = " or ".join(how[outcome] for outcome in breach.outcomes)
    return " and ".join(where) + (f", {endings}" if endings else "")
