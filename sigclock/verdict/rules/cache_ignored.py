"""A cache setting that Flyte does not heed."""

from __future__ import annotations

from collections.abc import Iterator

from sigclock.interface.snapshot import Disregard, IgnoredSetting
from sigclock.verdict.case import Case, Fact
from sigclock.verdict.finding import Finding, Level, Rule

RULE = Rule(
    id="cache-ignored",
    level=Level.WARNING,
    summary="The task looks cached and is not: Flyte ignores the setting.",
    help=(
        "flytekit drops some cache arguments without a word: `cache_version` without `cache=True`, "
        "anything given to `@eager`, and `ContainerTask(cache=...)`. On Flyte 2 the behavior "
        "`override` writes entries and never reads them locally. The work is done again at "
        "each call. Write the caching where it counts (`cache=True`, or for a ContainerTask "
        "`metadata=TaskMetadata(...)`), or delete the argument."
    ),
    before="""\
@task(cache_version="1.0")
def fit(path: str) -> Stats: ...
""",
    after="""\
@task(cache=True, cache_version="1.0")
def fit(path: str) -> Stats: ...
""",
)

READS = frozenset({Fact.IGNORED})


def find(case: Case) -> Iterator[Finding]:
    """A finding for each such setting."""
    for ignored in case.ignored:
        message = f"{ignored.task}: {_why(ignored.setting)}"
        task = ignored.task if ignored.of_task else None
        subject = "" if ignored.of_task else ignored.task
        yield RULE.finding(ignored.location, message, task=task, subject=subject)


def _why(setting: IgnoredSetting) -> str:
    arguments, by = ", ".join(setting.arguments), setting.by
    match setting.why:
        case Disregard.NOT_SWITCHED_ON:
            return f"{arguments} without {by} is not caching"
        case Disregard.SWITCHED_OFF:
            return f"{arguments} with the behavior {by} is not caching"
        case Disregard.DROPPED:
            instead = f", {setting.instead} has them" if setting.instead else ""
            return f"{by} drops its cache arguments{instead}: {arguments} has no effect"
        case Disregard.OVERRIDDEN:
            return (
                f"it is not cached, and `{by}({arguments}=…)` does not cache it: local ignores "
                f"that, write `{setting.instead}` on the task"
            )
        case Disregard.STAYS_ON:
            return (
                f"it stays cached under `{by}({setting.instead})`: local ignores that, "
                "write it on the task"
            )
        case Disregard.NEVER_READ:
            return (
                f'the {arguments} "{by}" is written to the cache and never read from the local one'
            )
