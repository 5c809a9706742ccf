"""A cached task whose outputs changed under a version that did not."""

from __future__ import annotations

from collections.abc import Iterator

from sigclock.source import Location
from sigclock.verdict import wording
from sigclock.verdict.case import Case, Fact
from sigclock.verdict.due import DUE_FACTS, Due, cause, due, place
from sigclock.verdict.finding import Finding, Level, Placement, Rule, TaskReport

RULE = Rule(
    id="stale-cache",
    level=Level.ERROR,
    summary="The output signature of a cached task changed and its cache_version did not.",
    help=(
        "flytekit's local key is the task's name, its cache_version and a hash of its inputs; "
        "the return type is not in it. Local therefore serves objects of the old shape, with "
        "new fields filled from their defaults, or crashes on them. Remote usually "
        "recomputes, but not where Flyte cannot see the structure: models inside Optional or "
        "Union, and pickled values. `sigclock update` bumps the version in the source. If the "
        "change means nothing to stored values, `sigclock accept` records that with a reason."
    ),
    before="""\
@dataclass
class Stats:
    mean: float
    count: int = 0  # new

@task(cache=True, cache_version="1.0")
def fit(path: str) -> Stats: ...
""",
    after="""\
@dataclass
class Stats:
    mean: float
    count: int = 0  # new

@task(cache=True, cache_version="1.1")
def fit(path: str) -> Stats: ...
""",
    waivable=False,
    always_on=True,
    fixable=True,
    placement=Placement.TASK_TABLE,
)

READS = DUE_FACTS | {Fact.CHANGES, Fact.PREDICTION}


def find(case: Case) -> Iterator[Finding]:
    """A finding for each version that is locked for other outputs, and what the caches will do."""
    for task in case.cached:
        if due(task) is Due.STALE:
            yield RULE.finding(
                place(task),
                f'{task.name}: {cause(task)}; under "{task.task.cache.version}" '
                f"{wording.foretell(task.prediction)}",
                task=task.name,
                addition="",
                fixed=task.version.next_version is not None,
            )


def never_locked(task: TaskReport, location: Location) -> Finding:
    """A task whose version the base's source issued with other outputs, though no lock has that."""
    what = wording.changed_outputs(task.changes)
    version = task.cache_version.current
    message = (
        f'{task.name}: {what}; the base has "{version}" for the old ones, though no lock says so, '
        f"and {wording.foretell(task.prediction)}"
    )
    return RULE.finding(location, message, task=task.name)
