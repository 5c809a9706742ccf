"""A part of a return type that cannot be followed."""

from __future__ import annotations

from collections.abc import Iterator

from sigclock.python.types.annotations import REASONS
from sigclock.verdict.case import Case, Fact
from sigclock.verdict.finding import Finding, Level, Rule

RULE = Rule(
    id="unresolved-type",
    level=Level.WARNING,
    summary="A part of a cached task's return type cannot be followed and is compared by spelling.",
    help=(
        "The name comes from a call, a star import, or another construct that cannot be read "
        "without running the code. sigclock notices when its spelling changes, but not when its "
        "structure does, so the cache can go stale unseen. Import the class by name "
        "from a module of the tree, or give the alias a plain assignment."
    ),
    before="""\
Model = make_model("Model")

@task(cache=True, cache_version="1.0")
def fit(path: str) -> Model: ...
""",
    after="""\
from pipeline.models import Model

@task(cache=True, cache_version="1.0")
def fit(path: str) -> Model: ...
""",
)

READS = frozenset({Fact.CACHED, Fact.TASK, Fact.SITE, Fact.CLASSES})


def find(case: Case) -> Iterator[Finding]:
    """A finding for each such part that a cached task reaches, by its spelling."""
    for task in case.cached:
        for part in task.classes.reach.unresolved(task.task.outputs):
            why = REASONS.get(part.reason, part.reason)
            yield RULE.finding(
                task.site.returns or task.site.location,
                f"{task.name} returns `{part.spelling}`, which cannot be followed: {why}; "
                "it is compared by spelling",
                task=task.name,
                subject=part.spelling,
            )
