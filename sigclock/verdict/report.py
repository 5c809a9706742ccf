"""Plan or pair of trees → report: tasks with changes and predictions, findings, counts."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

import msgspec

from sigclock import __version__
from sigclock.interface.change import Change, of_outputs
from sigclock.interface.diff import compare
from sigclock.interface.hash_schemes import signature
from sigclock.interface.moves import as_stored, moved_along
from sigclock.interface.reachability import Sameness, reach_for
from sigclock.interface.renames import match
from sigclock.interface.snapshot import CacheKind, Extraction, Sdk, Snapshot, Task
from sigclock.interface.types import Unresolved
from sigclock.lock import retention
from sigclock.lock.lock import Lock
from sigclock.python.types.classes import EXTERNAL_NAMES
from sigclock.source import SourceTree
from sigclock.verdict.decision import Decision
from sigclock.verdict.excerpts import excerpts
from sigclock.verdict.finding import (
    Bump,
    Finding,
    Level,
    Outcome,
    Prediction,
    Report,
    Status,
    Summary,
    TaskReport,
    Tool,
    VersionPair,
)
from sigclock.verdict.plan import Plan
from sigclock.verdict.prediction import predict, uncertain
from sigclock.verdict.unrecognized import unwaived


def of_plan(
    plan: Plan, lock: Lock, extraction: Extraction, left_out: Container[str] = ()
) -> dict[str, TaskReport]:
    """A report for each task of the tree and each locked task that it lacks.

    Those that are `left_out` by the configuration, or cannot be read, are no longer followed.
    """
    pairs = _Pairs(lock.snapshot, extraction)
    reports = {
        name: _reused(
            pairs.report(
                name,
                decision.baseline,
                decision.task,
                decision.previous_name,
                decision.next_version,
            ),
            decision,
        )
        for name, decision in plan.decisions.items()
    }
    paired = {decision.previous_name for decision in plan.decisions.values()}
    removed = frozenset(plan.removed)
    for name, task in lock.snapshot.tasks.items():
        if name in removed and name not in left_out:
            reports[name] = _removed(name, task)
        elif name not in reports and name not in paired:
            reports[name] = _unfollowed(name, task)
    return dict(sorted(reports.items()))


def _reused(report: TaskReport, decision: Decision) -> TaskReport:
    """Predict stale if the version was issued before: local may still have those."""
    known = decision.baseline is not None and decision.baseline.cache == decision.task.cache
    if not decision.due or decision.task.sdk is Sdk.FLYTE:
        return report
    if known and report.prediction.local is Outcome.HIT:
        reason = "the version was issued with other outputs too"
        prediction = Prediction(Outcome.UNKNOWN, report.prediction.remote, None, reason)
        return msgspec.structs.replace(report, prediction=prediction)
    if known:
        return report
    reason = "the version was issued with other outputs before"
    prediction = Prediction(Outcome.STALE, report.prediction.remote, None, reason)
    return msgspec.structs.replace(report, prediction=prediction)


def of_trees(
    baseline: Snapshot, current: Extraction, left_out: Container[str] = ()
) -> dict[str, TaskReport]:
    """A report for each task of two trees, compared without a lock.

    Those that are `left_out` by the configuration, or cannot be read, are no longer followed.
    """
    matching = match(baseline, current.snapshot)
    pairs = _Pairs(baseline, current)
    reports = {}
    for name, task in current.snapshot.tasks.items():
        previous = matching.previous.get(name)
        before = baseline.tasks.get(previous or name)
        if previous is not None and before is not None:
            before = moved_along(baseline, before, current.snapshot, task)
        reports[name] = pairs.report(name, before, task, previous)
    for name in matching.removed:
        task = baseline.tasks[name]
        lost = name in left_out or retention.is_unknown(name, task, current)
        reports[name] = _unfollowed(name, task) if lost else _removed(name, task)
    return dict(sorted(reports.items()))


def _as_before(before: Task | None, after: Task, current: Extraction) -> Task:
    """The task with its classes under former names that still lead to them."""
    if before is None or before.signature == after.signature or not current.former_names:
        return after
    return as_stored(current.snapshot, after, current.former_names)


class _Pairs:
    """Reports on tasks of two sides; tasks that are the same on both are not compared further."""

    def __init__(self, baseline: Snapshot, current: Extraction) -> None:
        self._baseline = baseline
        self._current = current
        self._same = Sameness(baseline, current.snapshot)

    def report(
        self,
        name: str,
        before: Task | None,
        after: Task,
        previous: str | None,
        next_version: str | None = None,
    ) -> TaskReport:
        site = self._current.sites[name]
        after = _as_before(before, after, self._current)
        same = before is not None and self._same.of(before, after)
        changes: tuple[Change, ...] = ()
        if before is not None and not same:
            changes = compare(self._baseline, before, self._current, after, name)
        # Under a new name both caches are empty, unless Flyte may still use the old name.
        stored = before if previous is None or site.ambiguous else None
        prediction = predict(
            stored,
            after,
            self._baseline.definitions_of(before) if before else {},
            self._current.snapshot.definitions_of(after),
            changes,
            site.ignored,
            same=same,
        )
        if before is not None and self._is_torn(before, after, changes):
            prediction = _unsure_of_remote(prediction)
        reach = reach_for(self._current.snapshot, after)
        unresolved = reach.unresolved(after.outputs)
        if after.cached and (unresolved or reach.may_hold_anything(after.outputs)):
            prediction = uncertain(prediction)
        changed = before is not None and before.signature != after.signature
        return TaskReport(
            name=name,
            path=after.path,
            line=site.location.line,
            sdk=after.sdk,
            status=_status(before, after, previous, changes),
            cached=after.cached,
            void=_void(after),
            cache_version=VersionPair(
                before.cache.version if before else None, after.cache.version, after.cache.kind
            ),
            outputs_changed=None if before and unresolved and not changed else changed,
            inputs_changed=any(change.path.startswith("inputs") for change in changes),
            previous_name=previous,
            changes=changes,
            prediction=prediction,
            next_version=next_version,
        )

    def _is_torn(self, before: Task, after: Task, changes: Sequence[Change]) -> bool:
        """Whether the lock has classes newer than the task's hash, as a merge of its text may."""
        if before.signature == after.signature or of_outputs(changes):
            return False
        definitions = self._baseline.definitions_of(before)
        return signature(before, definitions) != before.signature


def _unsure_of_remote(prediction: Prediction) -> Prediction:
    """The same where the lock does not say what the outputs were."""
    if prediction.remote is not Outcome.STALE:
        return prediction
    reason = "the lock has a newer structure of the outputs than the version was issued for"
    return Prediction(prediction.local, Outcome.UNKNOWN, None, reason)


def _status(
    before: Task | None, after: Task, previous: str | None, changes: Sequence[Change]
) -> Status:
    if before is None:
        return "added"
    if previous is not None or before.path != after.path:
        return "moved"
    return "changed" if changes or before.cache != after.cache else "unchanged"


def _void(task: Task) -> bool | None:
    """Whether a task has no output; None where what it returns is not followed."""
    return None if any(isinstance(f.type, Unresolved) for f in task.outputs) else task.void


def _removed(name: str, task: Task) -> TaskReport:
    return TaskReport(
        name=name,
        path=task.path,
        line=1,
        sdk=task.sdk,
        status="removed",
        cached=task.cached,
        void=_void(task),
        cache_version=VersionPair(task.cache.version, None, CacheKind.DISABLED),
        outputs_changed=False,
        inputs_changed=False,
        previous_name=None,
        changes=(),
        prediction=predict(task, None, {}, {}, ()),
    )


def _unfollowed(name: str, task: Task) -> TaskReport:
    pair = VersionPair(task.cache.version, None, CacheKind.UNKNOWN)
    reason = "the task is no longer followed"
    return msgspec.structs.replace(
        _removed(name, task),
        status="changed",
        void=None,
        cache_version=pair,
        outputs_changed=None,
        prediction=Prediction(Outcome.UNKNOWN, Outcome.UNKNOWN, None, reason),
        followed=False,
    )


class Counts(msgspec.Struct, frozen=True):
    """How many tasks and cached tasks there are, and how much could not be judged.

    The latter are unresolved parts of outputs, classes from outside the tree, statements that may
    make tasks, and notebooks, which are not read; `doubtful` cached tasks have such outputs, or a
    setting that cannot be read.
    """

    tasks: int = 0
    cached: int = 0
    unresolved: int = 0
    outside: int = 0
    unrecognized: int = 0
    notebooks: int = 0
    doubtful: int = 0

    def plus(self, other: Counts) -> Counts:
        return Counts(*(a + b for a, b in zip(self._numbers, other._numbers, strict=True)))

    def minus(self, other: Counts) -> Counts:
        return Counts(*(a - b for a, b in zip(self._numbers, other._numbers, strict=True)))

    @property
    def _numbers(self) -> tuple[int, ...]:
        return msgspec.structs.astuple(self)

    @property
    def uses_flyte(self) -> bool:
        """Whether the tree has tasks or statements that may make tasks."""
        return bool(self.tasks or self.unrecognized)


def counts(extraction: Extraction) -> Counts:
    """The counts of a project."""
    snapshot = extraction.snapshot

    def outside(task: Task) -> int:
        return len(reach_for(snapshot, task).outside(task.outputs, EXTERNAL_NAMES.packages))

    cached = [task for task in snapshot.tasks.values() if task.cached]
    unresolved = [len(reach_for(snapshot, task).unresolved(task.outputs)) for task in cached]
    unknown = [task.cache.kind is CacheKind.UNKNOWN for task in cached]
    return Counts(
        len(snapshot.tasks),
        len(cached),
        sum(unresolved),
        sum(map(outside, cached)),
        len(unwaived(extraction)),
        len(extraction.notebooks),
        sum(parts > 0 or hidden for parts, hidden in zip(unresolved, unknown, strict=True)),
    )


def assemble(  # noqa: PLR0913 - a keyword for each part of the report
    tasks: Iterable[TaskReport],
    findings: Sequence[Finding],
    counted: Iterable[Counts],
    *,
    baseline: str,
    current: str,
    bumps: Sequence[Bump] = (),
    notes: Sequence[str] = (),
    written: Sequence[str] = (),
    tree: SourceTree | None = None,
) -> Report:
    """The report of a run; fixed findings are not counted. From `tree` come its excerpts."""
    standing = [finding for finding in findings if not finding.fixed]
    tasks = sorted(tasks, key=lambda task: (task.path, task.name))
    return Report(
        version=2,
        tool=Tool("sigclock", __version__),
        baseline=baseline,
        current=current,
        tasks=tuple(tasks),
        findings=tuple(findings),
        summary=_summary(counted, standing),
        bumps=tuple(bumps),
        notes=tuple(notes),
        written=tuple(written),
        excerpts=excerpts(tasks, tree) if tree else (),
    )


def _summary(counted: Iterable[Counts], findings: Sequence[Finding]) -> Summary:
    """The sum; `counted` has the counts of each project."""
    projects = list(counted)
    return Summary(
        tasks=sum(project.tasks for project in projects),
        cached=sum(project.cached for project in projects),
        errors=sum(finding.level is Level.ERROR for finding in findings),
        warnings=sum(finding.level is Level.WARNING for finding in findings),
        unresolved=sum(project.unresolved for project in projects),
        outside=sum(project.outside for project in projects),
        unrecognized=sum(project.unrecognized for project in projects),
        notebooks=sum(project.notebooks for project in projects),
        doubtful=sum(project.doubtful for project in projects),
    )
