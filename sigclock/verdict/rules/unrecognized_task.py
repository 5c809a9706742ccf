"""Statements that may make cached tasks and could not be followed, one finding for each maker."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from sigclock.interface.unrecognized import Unrecognized
from sigclock.verdict.case import Case, Fact
from sigclock.verdict.finding import Finding, FindingPlace, Level, Rule, numbered
from sigclock.verdict.unrecognized import ID

#: How many places of one maker are named.
_NAMED = 3

RULE = Rule(
    id=ID,
    level=Level.WARNING,
    level_if_new=Level.ERROR,
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

READS = frozenset({Fact.UNRECOGNIZED})


def find(case: Case) -> Iterator[Finding]:
    """A finding for each maker, at its first place."""
    for sites in _by_maker(case.unrecognized).values():
        yield _finding(sites)


def _by_maker(sites: Iterable[Unrecognized]) -> dict[str, list[Unrecognized]]:
    groups: dict[str, list[Unrecognized]] = {}
    for site in sites:
        groups.setdefault(site.maker, []).append(site)
    return groups


def _finding(sites: Sequence[Unrecognized]) -> Finding:
    ordered = sorted(sites, key=lambda site: site.location)
    first = ordered[0]
    identities = numbered(site.identity for site in ordered)
    places = tuple(
        FindingPlace(place.path, place.line, _digest(ID, identity), place.column)
        for place, identity in zip((site.location for site in ordered), identities, strict=True)
    )
    finding = RULE.finding(first.location, _message(ordered))
    return msgspec.structs.replace(finding, fingerprint=_digest(ID, first.maker), places=places)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _message(sites: Sequence[Unrecognized]) -> str:
    first, others = sites[0], sites[1:]
    also = ""
    if others:
        named = ", ".join(str(site.location) for site in others[:_NAMED])
        left = len(others) - _NAMED
        also = f" (also at {named}{f' and {left} more' if left > 0 else ''})"
    if first.outside:
        return (
            f"`{first.shown}` may make a cached task that sigclock does not know{also}; add "
            f'`task-decorators = ["{first.maker}"]` to [tool.sigclock], or '
            f'`not-tasks = ["{first.maker}"]` if it is not Flyte\'s'
        )
    return (
        f"`{first.shown}` makes tasks that cannot be told from the source{also}; write them out "
        f"one by one, or add `# sigclock: ignore[{ID}] reason` to the statement"
    )
