"""A version that names other outputs elsewhere in history."""

from __future__ import annotations

from collections.abc import Iterator

from sigclock.verdict.case import Case, TaskCase
from sigclock.verdict.due import DUE_FACTS, Due, cause, changed_since_lock, due, place
from sigclock.verdict.finding import Finding, Level, Rule

RULE = Rule(
    id="version-reused",
    level=Level.ERROR,
    summary="The cache_version was already issued with another output signature.",
    help=(
        "A version that once named another signature may still stand in a cache: locally "
        "where an older commit ran, or remotely for a task merged from another branch. Going back "
        "to it, or choosing it by hand on two branches, brings those entries back to life. "
        "`sigclock update` moves the task to a version that was never issued. A revert of the "
        "signature together with its version is fine and is not reported."
    ),
    before="""\
# "1.1" was issued on another branch, where fit returned a dict
@task(cache=True, cache_version="1.1")
def fit(path: str) -> Stats: ...
""",
    after="""\
@task(cache=True, cache_version="1.2")
def fit(path: str) -> Stats: ...
""",
    waivable=False,
    always_on=True,
    fixable=True,
)

READS = DUE_FACTS


def find(case: Case) -> Iterator[Finding]:
    """A finding for each due version for which local serves no outputs of the last lock."""
    for task in case.cached:
        if due(task) is Due.REUSED:
            yield RULE.finding(
                place(task),
                f"{task.name}: {cause(task)}{_though(task)}",
                task=task.name,
                addition=_though(task)[2:] if changed_since_lock(task) else None,
                fixed=task.version.next_version is not None,
            )


def _though(task: TaskCase) -> str:
    if not changed_since_lock(task):
        return ""
    version = task.task.cache.version
    return f'; "{version}" names the old outputs, though {task.prediction.reason}'
