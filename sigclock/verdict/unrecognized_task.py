"""The rule of what may make tasks and could not be followed, as a record."""

from __future__ import annotations

from sigclock.verdict.finding import Level, Rule

UNRECOGNIZED_TASK = Rule(
    id="unrecognized-task",
    level=Level.WARNING,
    summary="Something that may make a cached task cannot be followed, so it is not judged.",
    help=(
        "It carries cache arguments, or makes tasks, and sigclock cannot say of which functions: "
        "a decorator or a class from another package, a loop, a wrapper that cannot be followed. "
        "Such a task can go stale unseen. Name a maker of another package under `task-decorators` "
        "in [tool.sigclock] (`vendor.*` fits all of one package), or under `not-tasks` if it has "
        "nothing to do with Flyte. Write out what a loop or a wrapper makes, or put a waiver with "
        "a reason on that statement."
    ),
    before="""\
from vendor import step

@step(cache=True, cache_version="1.0")
def fit(path: str) -> Stats: ...
""",
    after="""\
# pyproject.toml: [tool.sigclock] task-decorators = ["vendor.step"]
from vendor import step

@step(cache=True, cache_version="1.0")
def fit(path: str) -> Stats: ...
""",
)
