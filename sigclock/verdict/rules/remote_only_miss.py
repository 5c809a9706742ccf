"""A change that only the remote key sees."""

from __future__ import annotations

from collections.abc import Iterator

from sigclock.interface.change import Change
from sigclock.verdict import wording
from sigclock.verdict.case import Case, Fact, TaskCase
from sigclock.verdict.finding import Finding, Level, Outcome, Placement, Rule
from sigclock.verdict.prediction import is_unseen

RULE = Rule(
    id="remote-only-miss",
    level=Level.INFO,
    summary="Only the remote key moves: nothing is stale, remote recomputes once.",
    help=(
        "The remote key of Flyte 1 has the order of union members and of enum values, and the "
        "names of artifacts. That of Flyte 2 has defaults, class names and descriptions too. "
        "Stored values stay right, so no version is bumped. It is said because a costly task "
        "runs once more remotely; undo the change to keep the cache."
    ),
    before="""\
@task(cache=True, cache_version="1.0")
def fit(path: str) -> Optional[Stats]: ...
""",
    after="""\
# None first: another remote key, the same values
@task(cache=True, cache_version="1.0")
def fit(path: str) -> None | Stats: ...
""",
    placement=Placement.TASK_TABLE,
)

READS = frozenset(
    {Fact.CACHED, Fact.SITE, Fact.VERSION, Fact.CHANGES, Fact.PREDICTION, Fact.CLASSES}
)
_ONLY_REMOTE = (Outcome.HIT, Outcome.MISS)
_SERVED = (Outcome.HIT, Outcome.STALE)


def find(case: Case) -> Iterator[Finding]:
    """A finding for each change of inputs that the local key lacks; else one for each task."""
    for task in case.cached:
        unseen = _unseen_inputs(task)
        for change in unseen:
            yield RULE.finding(
                task.site.location,
                f"{task.name}: {wording.describe_fully(change)}; the local key has only the "
                "values that are passed, so local still hits; remote recomputes",
                task=task.name,
                subject=change.path,
            )
        hit_and_miss = (task.prediction.local, task.prediction.remote) == _ONLY_REMOTE
        if hit_and_miss and (not unseen or len(unseen) < len(task.changes)):
            what = wording.summary(task.changes) or "the order or the names of parts changed"
            message = f"{task.name}: {what}; nothing is stale, remote recomputes once"
            yield RULE.finding(task.site.location, message, task=task.name)


def _unseen_inputs(task: TaskCase) -> list[Change]:
    """The changes of inputs that the local key lacks, if the remote key changes."""
    local, remote = (
        outcome in _SERVED for outcome in (task.prediction.local, task.prediction.remote)
    )
    if remote or not local or task.version.next_version:
        return []
    ignored, definitions = task.site.ignored, task.classes.reach.definitions
    return [change for change in task.changes if is_unseen(change, ignored, definitions)]
