"""A run that looked at nothing, though something is expected; found once the project is read."""

from __future__ import annotations

from sigclock.source import Location
from sigclock.verdict.finding import Finding, Level, Rule

RULE = Rule(
    id="nothing-to-judge",
    level=Level.WARNING,
    summary="The configuration or the lock expects what the tree does not have.",
    help=(
        "A run that looks at nothing finds nothing, so it must not pass for a clean one. The "
        "patterns of `include` and `exclude` leave no file, no task is left, or a source root or a "
        "name under `task-decorators` or `not-tasks` matches nothing: mostly a misspelled name or "
        "a folder that moved. It is an error where the lock has tasks. `verify` says so where the "
        "SDK is missing and nothing could be compared: give `--python` the project's interpreter."
    ),
    before="""\
# pyproject.toml: [tool.sigclock] include = ["pipelins/"]
@task(cache=True, cache_version="1.0")
def fit(path: str) -> Stats: ...
""",
    after="""\
# pyproject.toml: [tool.sigclock] include = ["pipelines/"]
@task(cache=True, cache_version="1.0")
def fit(path: str) -> Stats: ...
""",
    waivable=False,
)


def nothing(location: Location, message: str, subject: str, *, expected: bool) -> Finding:
    """The finding; an error if tasks are `expected`."""
    level = Level.ERROR if expected else None
    return RULE.finding(location, message, subject=subject, level=level)
