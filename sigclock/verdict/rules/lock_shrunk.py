"""A lock that lost a version which the base's lock has; found where two trees are compared."""

from __future__ import annotations

from collections.abc import Sequence

from sigclock.source import Location
from sigclock.verdict.finding import Finding, Level, Placement, Rule
from sigclock.verdict.wording import enumerate_names

RULE = Rule(
    id="lock-shrunk",
    level=Level.ERROR,
    summary="The lock lost versions that it had before: the ledger only grows.",
    help=(
        "A version that was issued once may stand in a cache for ever, so the lock never forgets "
        "it. `git revert` and the button of a forge bring an old lock back, and so does a hand "
        "that takes entries out. Where history is not at hand (a shallow or partial clone), the "
        "version would be issued a second time. `sigclock update` restores what is missing; the "
        "Git hook does so by itself."
    ),
    before="""\
# in .sigclock.lock after `git revert`: {"1.0": ["2f0c"]}
@task(cache=True, cache_version="1.0")
def fit(path: str) -> Stats: ...
""",
    after="""\
# in .sigclock.lock after `sigclock update`: {"1.0": ["2f0c"], "1.1": ["81aa"]}
@task(cache=True, cache_version="1.0")
def fit(path: str) -> Stats: ...
""",
    fixable=True,
    placement=Placement.NEXT_STEP,
)


def shrunk(path: str, tasks: Sequence[str]) -> Finding:
    """The finding about the lock at `path`, which lost versions of `tasks`."""
    names = enumerate_names(tasks)
    message = (
        f"{path} lost versions that were issued before: {names}; `sigclock update` restores them"
    )
    return RULE.finding(Location(path, 1), message)
