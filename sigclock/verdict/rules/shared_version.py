"""A literal that is bumped for a task and serves others too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sigclock.source import Location
from sigclock.verdict.case import Case, Fact
from sigclock.verdict.finding import Finding, Level, Placement, Rule

RULE = Rule(
    id="shared-version",
    level=Level.WARNING,
    summary="A bumped version literal serves other tasks too, and they recompute as well.",
    help=(
        "A constant, a functools.partial, a shared decorator or a Flyte 2 environment gives one "
        "version to several tasks. Bumping it for one of them empties the caches of all, though "
        "nothing about the others changed. Give the task a version of its own if the others are "
        'expensive. With `shared-versions = "report"` sigclock does not bump such literals.'
    ),
    before="""\
VERSION = "1.0"

@task(cache=True, cache_version=VERSION)
def load(path: str) -> Rows: ...

@task(cache=True, cache_version=VERSION)
def fit(rows: Rows) -> Stats: ...  # Stats changed
""",
    after="""\
VERSION = "1.0"

@task(cache=True, cache_version=VERSION)
def load(path: str) -> Rows: ...

@task(cache=True, cache_version="1.1")
def fit(rows: Rows) -> Stats: ...
""",
    placement=Placement.SHARED_VERSIONS,
)

READS = frozenset({Fact.BUMPS})


def find(case: Case) -> Iterator[Finding]:
    """A finding for each literal that also serves tasks that are not due."""
    for moved in case.bumps:
        bump, due = moved.bump, moved.due
        others = [name for name in bump.tasks if name not in due]
        if others:
            yield RULE.finding(
                Location(bump.path, bump.line, bump.column),
                f'"{bump.baseline}" → "{bump.current}" is due for {_names(due)} and also '
                f"serves {_names(others)}, which recompute as well",
                subject=",".join(bump.tasks),
            )


def _names(names: Sequence[str], most: int = 5) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
