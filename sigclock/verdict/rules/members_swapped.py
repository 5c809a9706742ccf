"""Members of an enum that exchanged their values."""

from __future__ import annotations

from collections.abc import Iterator

from sigclock.verdict import wording
from sigclock.verdict.case import Case, Fact
from sigclock.verdict.finding import Finding, Level, Rule
from sigclock.verdict.prediction import swapped

RULE = Rule(
    id="members-swapped",
    level=Level.WARNING,
    summary="Members of an enum changed places: stored values are read as other members.",
    help=(
        "Flyte 1 stores the value of a member, not its name. Where `RED` now has the value that "
        "`BLUE` had, an old result comes back as the other member. If the code was renamed with "
        "the enum, that is right; if its meaning changed, bump the cache_version by hand."
    ),
    before="""\
class Color(Enum):
    RED, BLUE = "r", "b"
""",
    after="""\
class Color(Enum):  # and another cache_version for what returns it
    RED, BLUE = "b", "r"
""",
)

READS = frozenset({Fact.CACHED, Fact.TASK, Fact.SITE, Fact.BASELINE, Fact.VERSION, Fact.CHANGES})


def find(case: Case) -> Iterator[Finding]:
    """A finding for each task for which local still serves the members' old meaning."""
    for task in case.cached:
        base, version = task.baseline, task.version.next_version or task.task.cache.version
        if base is None or base.cache.version != version:
            continue
        what = swapped(base, task.task, task.changes)
        if what:
            yield RULE.finding(
                task.site.location,
                f"{task.name}: {wording.summary(what)}; the enum has the same values as before, so "
                "no version moves, and a stored value is read as the member that has it now",
                task=task.name,
            )
