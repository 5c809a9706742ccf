"""A file that does not decode or parse."""

from __future__ import annotations

from collections.abc import Iterator

from sigclock.verdict.case import Case, Fact
from sigclock.verdict.finding import Finding, Level, Rule

RULE = Rule(
    id="unreadable-source",
    level=Level.ERROR,
    summary="A file that may hold tasks does not decode or parse.",
    help=(
        "sigclock reads source without importing it. A file that this Python cannot "
        "parse, or that is not in its declared encoding, may hide a task whose signature "
        "changed. So it is reported, not skipped. Entries that the lock has for it "
        "are kept. Fix the file, exclude it in `[tool.sigclock]`, or run sigclock under the newer "
        "Python that the file is written for."
    ),
    before="""\
@task(cache=True, cache_version="1.0")
def fit(path: str) -> Stats
    ...
""",
    after="""\
@task(cache=True, cache_version="1.0")
def fit(path: str) -> Stats:
    ...
""",
)

READS = frozenset({Fact.UNREADABLE})


def find(case: Case) -> Iterator[Finding]:
    """A finding for each file that may hold tasks, or that such a file imports."""
    for file in case.unreadable:
        path = file.location.path
        why = "may hold tasks" if file.own else "is imported by tasks"
        message = f"{path} {why} and cannot be read: {file.reason}"
        # Nobody can tell what a further change of it does.
        yield RULE.finding(file.location, message, cause=file.digest)
