"""Two tasks with the same Flyte name."""

from __future__ import annotations

from collections.abc import Iterator

from sigclock.verdict.case import Case, Fact
from sigclock.verdict.finding import Finding, Level, Rule

RULE = Rule(
    id="duplicate-task",
    level=Level.ERROR,
    summary="Two tasks of one project have the same Flyte name.",
    help=(
        "Flyte's caches know a task by its name alone, so two cached tasks of one name share "
        "entries and serve each other's results. A second definition in one module does this "
        "silently: the last one wins as an attribute, and both wrote to the cache. Where not both "
        "are cached it is only a note. The branches of one "
        "`if` or `try` do not count: only one of them exists at a time. Nor do tasks of different "
        "files, such as scripts that are deployed one by one, if none is cached under a version "
        "of its own. Rename one of the two."
    ),
    before="""\
@task(cache=True, cache_version="1.0")
def fit(path: str) -> Stats: ...

@task(cache=True, cache_version="1.0")
def fit(rows: Rows) -> Stats: ...
""",
    after="""\
@task(cache=True, cache_version="1.0")
def fit(path: str) -> Stats: ...

@task(cache=True, cache_version="1.0")
def fit_rows(rows: Rows) -> Stats: ...
""",
)

READS = frozenset({Fact.NAMESAKES, Fact.CACHED, Fact.SITE})


def find(case: Case) -> Iterator[Finding]:
    """A finding for each task but the first of its name; only a note if not both are cached."""
    if not case.namesakes:
        return
    cached = {task.site.location for task in case.cached}
    for task in case.namesakes:
        message = f"Flyte gives the name {task.name} to this task and to the one at {task.first}"
        level = None if {task.location, task.first} <= cached else Level.INFO
        yield RULE.finding(task.location, message, task=task.task, level=level)
