"""An output that Flyte pickles."""

from __future__ import annotations

from collections.abc import Iterator

from sigclock.interface.types import spell
from sigclock.verdict import wording
from sigclock.verdict.case import Case, Fact
from sigclock.verdict.finding import Finding, Level, Rule

RULE = Rule(
    id="opaque-output",
    level=Level.WARNING,
    summary="Flyte pickles this output, so remote does not notice when its class changes.",
    help=(
        "A plain class, an attrs class, a set, bytes or a NewType travels as PythonPickle, and the "
        "remote key has nothing of its structure. After a change both caches serve "
        "the old object, and an attribute that it lacks fails later, far from the cause. sigclock "
        "follows what is visible in the source and bumps on it. Return a dataclass or a "
        "pydantic model to have Flyte store the structure."
    ),
    before="""\
class Model:
    def __init__(self, weights: list[float]) -> None:
        self.weights = weights

@task(cache=True, cache_version="1.0")
def fit(path: str) -> Model: ...
""",
    after="""\
@dataclass
class Model:
    weights: list[float]

@task(cache=True, cache_version="1.0")
def fit(path: str) -> Model: ...
""",
)

READS = frozenset({Fact.CACHED, Fact.TASK, Fact.SITE, Fact.CLASSES})


def find(case: Case) -> Iterator[Finding]:
    """A finding for each cached task with such outputs."""
    for task in case.cached:
        opaque = [spell(f.type) for f in task.task.outputs if task.classes.is_opaque(f.type)]
        if opaque:
            shown = ", ".join(f"`{wording.brief(part)}`" for part in opaque)
            yield RULE.finding(
                task.site.returns or task.site.location,
                f"{task.name} returns {shown}, which Flyte pickles: "
                "remote will not notice a change inside it either",
                task=task.name,
            )
