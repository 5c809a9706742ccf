"""A cached task that has no output."""

from __future__ import annotations

from collections.abc import Iterator

from sigclock.interface.snapshot import Sdk, VoidKind
from sigclock.verdict.case import Case, Fact
from sigclock.verdict.finding import Finding, Level, Rule

RULE = Rule(
    id="void-cached",
    level=Level.ERROR,
    summary="A cached task has no output: local and remote disagree on whether it runs.",
    help=(
        "Locally flytekit caches a task without outputs: the second call is skipped, side "
        "effects and all. On a Flyte 1 cluster the backend answers CACHE_DISABLED and runs the "
        "task every time. A missing return annotation counts as no output too: a value that is "
        "returned is dropped. Either remove the caching, or return a value that stands for the "
        "work, such as a path or a count, and annotate it."
    ),
    before="""\
@task(cache=True, cache_version="1.0")
def publish(table: str) -> None:
    upload(table)
""",
    after="""\
@task  # runs every time, locally as well
def publish(table: str) -> None:
    upload(table)
""",
    level_key="void",
    heading="Cached tasks without output",
)

READS = frozenset({Fact.CACHED, Fact.TASK, Fact.SITE})


def find(case: Case) -> Iterator[Finding]:
    """A finding for each such task; on Flyte 2, where backends differ, a warning."""
    for task in case.cached:
        if task.task.void:
            kind = task.site.void.value if task.site.void else "no output"
            shown = f"`{kind}`" if task.site.void is VoidKind.NONE else kind
            first = task.task.sdk is Sdk.FLYTEKIT
            remote = "remote never caches it" if first else "there is nothing to serve"
            yield RULE.finding(
                task.site.returns or task.site.location,
                f"{task.name} is cached and returns nothing ({shown}): "
                f"local skips its body from the second call on, {remote}",
                task=task.name,
                level=Level.ERROR if first else Level.WARNING,
            )
