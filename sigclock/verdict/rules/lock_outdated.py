"""A lock that `update` would change; found once the whole project is judged."""

from __future__ import annotations

from sigclock.source import Location
from sigclock.verdict.finding import Finding, Level, Placement, Rule

RULE = Rule(
    id="lock-outdated",
    level=Level.ERROR,
    summary="The lock does not describe this tree: `sigclock update` would change it.",
    help=(
        "`.sigclock.lock` is the ledger of the signatures that each cache_version was issued with. "
        "If it lags behind the source, the next change is compared with the wrong signature and "
        "a needed bump can be missed. Run `sigclock update` and commit the lock with the source; "
        "the Git hook (`sigclock hook install`) does so by itself."
    ),
    before="""\
# a new task, and no entry for it in .sigclock.lock
@task(cache=True, cache_version="1.0")
def score(stats: Stats) -> float: ...
""",
    after="""\
# sigclock update && git add .sigclock.lock
@task(cache=True, cache_version="1.0")
def score(stats: Stats) -> float: ...
""",
    fixable=True,
    placement=Placement.NEXT_STEP,
)


def outdated(path: str, *, missing: bool) -> Finding:
    """The finding about the lock at `path`."""
    why = "is not current: `sigclock update` changes it"
    if missing:
        why = "does not exist yet; `sigclock update` writes it"
    return RULE.finding(Location(path, 1), f"{path} {why}")
