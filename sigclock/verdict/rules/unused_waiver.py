"""A waiver that waives nothing; found after all other rules."""

from __future__ import annotations

from collections.abc import Iterator

from sigclock.verdict.case import Case, Fact
from sigclock.verdict.finding import Finding, Level, Rule, numbered

RULE = Rule(
    id="unused-waiver",
    level=Level.WARNING,
    summary="An inline waiver silences nothing.",
    help=(
        "A waiver that no longer matches a finding hides the next one of its kind. Delete it. If "
        "it should have matched, it must stand on the task's decorator or signature and name "
        "the rule. `stale-cache` and `version-reused` cannot be waived: `sigclock accept` is the "
        "way to say that a change means nothing to the cache."
    ),
    before="""\
@task(cache=True, cache_version="1.0")  # sigclock: ignore[void-cached] only a log line
def fit(path: str) -> Stats: ...
""",
    after="""\
@task(cache=True, cache_version="1.0")
def fit(path: str) -> Stats: ...
""",
)

READS = frozenset({Fact.UNUSED_WAIVERS})


def find(case: Case) -> Iterator[Finding]:
    """A finding for each such waiver, by the rule that it names and its reason."""
    waivers = [unused.waiver for unused in case.unused_waivers]
    subjects = numbered(
        f"{waiver.location.path}\0{waiver.rule}\0{waiver.reason}" for waiver in waivers
    )
    for unused, subject in zip(case.unused_waivers, subjects, strict=True):
        named, location = unused.waiver.rule, unused.waiver.location
        certain = unused.rule is not None and unused.rule.is_certain
        level = Level.ERROR if certain or not named else None
        yield RULE.finding(location, _why(named, unused.rule), subject=subject, level=level)


def _why(named: str, rule: Rule | None) -> str:
    if not named:
        return "the waiver names no rule: write `# sigclock: ignore[RULE] reason`"
    if rule is None:
        return f"the waiver names `{named}`, which is not a rule (see `sigclock rules`)"
    if not rule.waivable:
        return f"`{named}` cannot be waived; `sigclock accept` declares a change harmless"
    return f"unused waiver of `{named}`"
