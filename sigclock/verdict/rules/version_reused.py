"""A version that names other outputs elsewhere in history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from sigclock.verdict.case import Case
from sigclock.verdict.due import DUE_FACTS, Due, cause, due, place
from sigclock.verdict.finding import Finding, Level, Rule
from sigclock.verdict.wording import enumerate_names

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
    """A finding for each due version that the last lock does not have for other outputs."""
    for task in case.cached:
        if due(task) is Due.REUSED:
            yield RULE.finding(
                place(task),
                f"{task.name}: {cause(task)}",
                task=task.name,
                fixed=task.version.next_version is not None,
            )


def issued_by(finding: Finding, commits: Sequence[str]) -> Finding:
    """The finding, which says in which commits the version was issued before."""
    message = f"{finding.message.removesuffix(' before')} in {enumerate_names(commits)}"
    return msgspec.structs.replace(finding, message=message)
