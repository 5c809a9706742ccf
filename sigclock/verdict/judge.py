"""Plan + changes + policy → findings: what a person is told, and how badly."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from sigclock.interface.change import Change
from sigclock.interface.reachability import Reach, reach_of
from sigclock.interface.remote_key import is_pickled
from sigclock.interface.snapshot import CacheKind, Extraction, Sdk, Waiver
from sigclock.interface.types import Type, Unresolved, spell
from sigclock.python.types.annotations import REASONS
from sigclock.source import Location
from sigclock.tasks.declaration import follows
from sigclock.verdict import unrecognized, wording
from sigclock.verdict.finding import Finding, Level, Outcome, TaskReport
from sigclock.verdict.plan import Decision, Plan
from sigclock.verdict.prediction import is_unseen, swapped
from sigclock.verdict.rules import RULES

_ONLY_REMOTE = (Outcome.HIT, Outcome.MISS)


class Judgement(msgspec.Struct, frozen=True):
    """What configuration says of findings: level of `void-cached`, and rules on and off."""

    void: Level | None = None
    void_off: bool = False
    select: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()


def judge(
    plan: Plan, extraction: Extraction, reports: Mapping[str, TaskReport], judgement: Judgement
) -> list[Finding]:
    """Every finding about tasks and files, waivers applied, sorted."""
    raised = [*_of_problems(extraction)]
    shared = _Classes(reach_of(extraction.snapshot))
    for decision in plan.decisions.values():
        held = decision.task.held
        classes = shared
        if held:
            classes = _Classes(Reach({**extraction.snapshot.definitions, **held}))
        raised += _of_task(decision, extraction, reports[decision.name], classes)
    raised += _of_shared(plan)
    raised += unrecognized.raised(extraction)
    raised = [finding for finding in raised if _is_on(finding, judgement)]
    kept, unused = _waive(raised, extraction)
    kept += [finding for finding in unused if _is_on(finding, judgement)]
    return sorted((_levelled(finding, judgement) for finding in kept), key=order)


def order(finding: Finding) -> tuple[str, int, str, str]:
    """Reports are sorted by place."""
    return (finding.path, finding.line, finding.rule, finding.message)


def finding(
    rule: str,
    location: Location,
    message: str,
    *,
    task: str | None = None,
    level: Level | None = None,
    subject: str = "",
    fixed: bool = False,
) -> Finding:
    """A finding whose fingerprint knows rule, task (else path) and subject, never a line."""
    identity = "\0".join((rule, task or location.path, subject))
    fingerprint = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return Finding(
        rule,
        level or RULES[rule].level,
        task,
        location.path,
        location.line,
        message,
        fingerprint,
        fixed,
    )


# -- tasks -----------------------------------------------------------------------------------


def _of_problems(extraction: Extraction) -> Iterator[Finding]:
    for problem in extraction.problems:
        yield finding(problem.rule, problem.location, problem.message, task=problem.task)


def _of_task(
    decision: Decision, extraction: Extraction, report: TaskReport, classes: _Classes
) -> Iterator[Finding]:
    task, site = decision.task, extraction.sites[decision.name]
    if not task.cached:
        return
    if decision.due:
        yield _due(decision, extraction, report)
    elif message := _not_literal(decision, extraction):
        yield finding(
            "version-not-literal", site.location, message, task=decision.name, level=Level.INFO
        )
    if task.void:
        yield _void(decision, extraction)
    for part in classes.reach.unresolved(task.outputs):
        why = REASONS.get(part.reason, part.reason)
        message = (
            f"{decision.name} returns `{part.spelling}`, which cannot be followed: {why}; "
            "it is compared by spelling"
        )
        yield finding(
            "unresolved-type", site.location, message, task=decision.name, subject=part.spelling
        )
    yield from _opaque(decision, extraction, classes)
    yield from _swapped(decision, extraction, report)
    told = list(_stale_inputs(decision, extraction, report))
    yield from told
    hit_and_miss = (report.prediction.local, report.prediction.remote) == _ONLY_REMOTE
    if hit_and_miss and (not told or len(told) < len(report.changes)):
        yield _remote_only(decision, extraction, report)


def _due(decision: Decision, extraction: Extraction, report: TaskReport) -> Finding:
    """Stale where the last locked pair had this version, reused where another pair had."""
    name, version = decision.name, decision.task.cache.version
    site = extraction.sites[name]
    location = site.version.location if site.version else site.location
    outputs = [change for change in report.changes if change.path.startswith("outputs")]
    base = decision.baseline
    since_lock = (
        base is not None
        and base.cache.version == version
        and base.signature != decision.task.signature
    )
    what = f'version "{version}" was issued with other outputs before'
    if since_lock:
        what = _summary(outputs) or "its outputs have another structure"
    if decision.refusal.startswith("the version"):
        message = f"{name}: {what}; {decision.refusal}, so change it by hand"
        return finding("version-not-literal", location, message, task=name)
    if since_lock and report.prediction.local is Outcome.STALE:
        message = f'{name}: {what}; under "{version}" {wording.foretell(report.prediction)}'
        rule = "stale-cache"
    elif since_lock:
        message = (
            f'{name}: {what}; "{version}" names the old outputs, though {report.prediction.reason}'
        )
        rule = "version-reused"
    else:
        message = f"{name}: {what}"
        rule = "version-reused"
    return finding(rule, location, message, task=name, fixed=decision.next_version is not None)


def _summary(changes: Sequence[Change], most: int = 3) -> str:
    """The first few changes in one line."""
    told = [_told(change) for change in changes[:most]]
    more = len(changes) - most
    return "; ".join(told) + (f"; and {more} more" if more > 0 else "")


def _told(change: Change) -> str:
    """`field count: int added to m.Stats (models.py:12), reached by outputs.o0`."""
    where = f" ({change.location})" if change.location else ""
    path = wording.reach(change)
    return wording.describe(change, _plain) + where + (f", reached by {path}" if path else "")


def _plain(text: str) -> str:
    return wording.shorten(text, 80)


def _not_literal(decision: Decision, extraction: Extraction) -> str:
    version = extraction.sites[decision.name].version
    cache = decision.task.cache
    if follows(cache):
        return ""
    if cache.kind is CacheKind.AUTOMATIC:
        return f"{decision.name}: the version comes from a policy ({cache.version})"
    if cache.kind is CacheKind.UNKNOWN:
        return f"{decision.name} may be cached, and its version cannot be read: {cache.version}"
    if version is None:
        return (
            f"{decision.name}: the version is computed ({cache.version}); sigclock cannot bump it"
        )
    return (
        f"{decision.name}: {version.refusal}; sigclock will not bump it" if version.refusal else ""
    )


def _void(decision: Decision, extraction: Extraction) -> Finding:
    site, task = extraction.sites[decision.name], decision.task
    kind = site.void.value if site.void else "no output"
    cluster = (
        "the cluster never caches it" if task.sdk is Sdk.FLYTEKIT else "there is nothing to serve"
    )
    message = (
        f"{decision.name} is cached and returns nothing ({kind}): "
        f"a laptop skips its body on the second call, {cluster}"
    )
    level = Level.ERROR if task.sdk is Sdk.FLYTEKIT else Level.WARNING
    return finding("void-cached", site.location, message, task=decision.name, level=level)


class _Classes:
    """What tasks reach: one for those that see the tree's classes as they are."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self._opaque: dict[Type, bool] = {}
        self._sent: set[tuple[str, tuple[Type, ...]]] = set()

    def is_opaque(self, type_: Type) -> bool:
        """Pickled, and of a class whose change the cluster would miss."""
        if type_ not in self._opaque:
            known = not isinstance(type_, Unresolved)
            self._opaque[type_] = known and is_pickled(type_, self.reach.definitions, self._sent)
        return self._opaque[type_]


def _opaque(decision: Decision, extraction: Extraction, classes: _Classes) -> Iterator[Finding]:
    parts = [spell(f.type) for f in decision.task.outputs if classes.is_opaque(f.type)]
    if parts:
        site = extraction.sites[decision.name]
        shown = ", ".join(f"`{wording.shorten(part, 80)}`" for part in parts)
        message = (
            f"{decision.name} returns {shown}, which Flyte pickles: "
            "the cluster will not notice a change inside it either"
        )
        yield finding("opaque-output", site.location, message, task=decision.name)


def _remote_only(decision: Decision, extraction: Extraction, report: TaskReport) -> Finding:
    what = _summary(report.changes) or "the order or the names of parts changed"
    message = f"{decision.name}: {what}; nothing is stale, the cluster recomputes once"
    return finding(
        "remote-only-miss", extraction.sites[decision.name].location, message, task=decision.name
    )


def _swapped(decision: Decision, extraction: Extraction, report: TaskReport) -> Iterator[Finding]:
    """Enums whose members changed places, where the laptop goes on to serve what they stood for."""
    base, version = decision.baseline, decision.next_version or decision.task.cache.version
    if base is None or base.cache.version != version:
        return
    what = swapped(base, decision.task, report.changes)
    if what:
        message = (
            f"{decision.name}: {_summary(what)}; the enum has the same values as before, so "
            "no version moves, and a stored value is read as the member that has it now"
        )
        site = extraction.sites[decision.name]
        yield finding("members-swapped", site.location, message, task=decision.name)


def _stale_inputs(
    decision: Decision, extraction: Extraction, report: TaskReport
) -> Iterator[Finding]:
    """The input changes that a laptop's key does not see, where the cluster's moves."""
    served = (Outcome.HIT, Outcome.STALE)
    laptop, cluster = report.prediction.local in served, report.prediction.remote in served
    if decision.next_version or cluster or not laptop:
        return
    ignored = extraction.sites[decision.name].ignored
    definitions = extraction.snapshot.definitions_of(decision.task)
    for change in report.changes:
        if is_unseen(change, ignored, definitions):
            message = (
                f"{decision.name}: {_told(change)}; the laptop's key has only the values that are "
                "passed, so it goes on to hit; the cluster recomputes"
            )
            yield finding(
                "remote-only-miss",
                extraction.sites[decision.name].location,
                message,
                task=decision.name,
                subject=change.path,
            )


def _of_shared(plan: Plan) -> Iterator[Finding]:
    for bump in plan.bumps:
        due = [name for name in bump.tasks if plan.decisions[name].due]
        others = [name for name in bump.tasks if name not in due]
        if others:
            message = (
                f'"{bump.baseline}" → "{bump.current}" is due for {_names(due)} and also '
                f"serves {_names(others)}, which recompute as well"
            )
            subject = ",".join(bump.tasks)
            yield finding(
                "shared-version", Location(bump.path, bump.line), message, subject=subject
            )


def _names(names: list[str], most: int = 5) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


# -- configuration and waivers -----------------------------------------------------------------


def _is_on(one: Finding, judgement: Judgement) -> bool:
    if judgement.select and one.rule not in judgement.select:
        return False
    off = one.rule == "void-cached" and judgement.void_off
    return one.rule not in judgement.ignore and not off


def _levelled(one: Finding, judgement: Judgement) -> Finding:
    if one.rule == "void-cached" and judgement.void is not None:
        return msgspec.structs.replace(one, level=judgement.void)
    return one


def _waive(raised: list[Finding], extraction: Extraction) -> tuple[list[Finding], list[Finding]]:
    """Findings without the waived ones, and a finding for each waiver that waived nothing."""
    used = unrecognized.used_waivers(extraction)
    kept = []
    written: dict[str, list[tuple[int, Waiver]]] = {}
    for i, waiver in enumerate(extraction.waivers):
        written.setdefault(waiver.location.path, []).append((i, waiver))
    for one in raised:
        waivers = [i for i, waiver in written.get(one.path, ()) if _covers(waiver, one, extraction)]
        used.update(waivers)
        if not waivers:
            kept.append(one)
    unused = [
        finding(
            "unused-waiver", w.location, _why_unused(w.rule), subject=f"{w.rule} {w.location.line}"
        )
        for i, w in enumerate(extraction.waivers)
        if i not in used
    ]
    return kept, unused


def _covers(waiver: Waiver, one: Finding, extraction: Extraction) -> bool:
    """Whether a waiver in the finding's file is of its rule, and on its lines."""
    if waiver.rule != one.rule or not RULES[waiver.rule].waivable or one.places:
        return False
    site = extraction.sites.get(one.task or "")
    first, last = site.lines if site else (one.line, one.line)
    return first <= waiver.location.line <= last


def _why_unused(rule: str) -> str:
    known = RULES.get(rule)
    if known is None:
        return f"the waiver names `{rule}`, which is no rule (see `sigclock rules`)"
    if not known.waivable:
        return f"`{rule}` cannot be waived; `sigclock accept` says that a change is none"
    return f"the waiver of `{rule}` waives nothing here"
