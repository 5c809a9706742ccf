"""A version that sigclock cannot bump."""

from __future__ import annotations

from collections.abc import Iterator

from sigclock.interface.change import of_outputs
from sigclock.interface.snapshot import CacheKind
from sigclock.source import Location
from sigclock.tasks.declaration import follows
from sigclock.verdict import wording
from sigclock.verdict.case import Case, Fact, TaskCase
from sigclock.verdict.due import DUE_FACTS, Due, cause, changed_since_lock, due, place
from sigclock.verdict.finding import Finding, Level, Rule, TaskReport
from sigclock.verdict.prediction import is_respelled, may_be_same_version

RULE = Rule(
    id="version-not-literal",
    level=Level.ERROR,
    summary="The cache version is computed or automatic, so sigclock cannot bump it.",
    help=(
        "sigclock edits only a string that stands in the source and serves nothing but cache "
        "versions. An f-string, a call, an environment variable or a policy is left alone. It is "
        "an error when a bump is due, for only you can make it, and a note otherwise. Where "
        "outputs changed together with a version that cannot be read, it is a warning: both "
        "versions may be the same. Change what the version is computed from "
        "(for a policy: its salt), write a literal, or declare the change harmless with "
        "`sigclock accept`."
    ),
    before="""\
@task(cache=True, cache_version=f"{MAJOR}.0")
def fit(path: str) -> Stats: ...
""",
    after="""\
@task(cache=True, cache_version="2.0")
def fit(path: str) -> Stats: ...
""",
    always_on=True,
)

READS = DUE_FACTS | {Fact.CHANGES}
_WAY_OUT = "; change a text in it, or write a literal"


def find(case: Case) -> Iterator[Finding]:
    """A finding for each such version that is due, and a note for each other."""
    for task in case.cached:
        refusal = task.version.refusal
        if due(task) is Due.BY_HAND and refusal is not None:
            by_hand = f"{refusal.reason}, so change it by hand"
            yield RULE.finding(
                place(task),
                f"{task.name}: {cause(task)}; {by_hand}",
                task=task.name,
                addition=by_hand if changed_since_lock(task) else None,
            )
        elif moved := _may_be_stale(task):
            base, now = task.baseline, task.task
            both = base is not None and is_respelled(base, now)
            yield RULE.finding(
                place(task),
                f"{task.name}: {moved}{_WAY_OUT if both else ''}",
                task=task.name,
                level=Level.ERROR if both else Level.WARNING,
                cause=f"{now.cache.version}\0{now.signature}",
            )
        elif not task.version.due and (why := _obstacle(task)):
            message = f"{task.name}: {why}"
            yield RULE.finding(task.site.location, message, task=task.name, level=Level.INFO)


def respelled(task: TaskReport, location: Location) -> Finding:
    """A version that is computed in another way since the base, though the outputs changed too."""
    what, pair = wording.changed_outputs(task.changes), task.cache_version
    message = f"{task.name}: {what}; {_doubt(pair.baseline, pair.current)}{_WAY_OUT}"
    return RULE.finding(location, message, task=task.name)


def hidden(task: TaskReport, location: Location) -> Finding:
    """A task that the base's configuration reads, and this one does not."""
    what = wording.changed_outputs(task.changes)
    message = (
        f"{task.name}: {what}; the base reads this task, and the configuration here does "
        f'not, so nobody moves "{task.cache_version.current}": change it by hand, or leave the '
        "task out in a change of its own"
    )
    return RULE.finding(location, message, task=task.name)


def _doubt(before: str | None, now: str | None) -> str:
    return (
        f"its version was {before} and is {now} now: if both come to the same, the old object "
        "is served"
    )


def _may_be_stale(task: TaskCase) -> str:
    """Outputs changed, and whether the version did cannot be told; "" where it can."""
    base = task.baseline
    outputs = of_outputs(task.changes)
    if task.version.due or base is None or not base.cached or not outputs:
        return ""
    if not may_be_same_version(base, task.task):
        return ""
    return f"{wording.summary(outputs)}; {_doubt(base.cache.version, task.task.cache.version)}"


def _obstacle(task: TaskCase) -> str:
    cache, version = task.task.cache, task.site.version
    if follows(cache):
        return ""
    if cache.kind is CacheKind.UNKNOWN:
        return f"it may be cached, and its version cannot be read: {cache.version}"
    if cache.kind is CacheKind.AUTOMATIC:
        return f"the version comes from a policy ({cache.version})"
    if version is None:
        return f"the version is computed ({cache.version}); sigclock cannot bump it"
    return f"{version.refusal}; sigclock will not bump it" if version.refusal else ""
