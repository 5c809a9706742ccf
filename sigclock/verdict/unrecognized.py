"""What may make tasks and could not be followed, told once for each maker."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sigclock.interface.snapshot import Extraction, Waiver
from sigclock.interface.unrecognized import Unrecognized
from sigclock.verdict.finding import Finding, FindingPlace
from sigclock.verdict.rules import RULES

RULE = "unrecognized-task"
#: How many places of one maker are named.
_NAMED = 3


def raised(extraction: Extraction) -> list[Finding]:
    """One finding a maker, at its first place, without the places that are waived."""
    return [_finding(sites) for sites in _by_maker(unwaived(extraction)).values()]


def unwaived(extraction: Extraction) -> tuple[Unrecognized, ...]:
    """What no waiver in its lines speaks of."""
    if not extraction.unrecognized:
        return ()
    waivers = _waivers(extraction)
    return tuple(site for site in extraction.unrecognized if not any(_waiving(site, waivers)))


def used_waivers(extraction: Extraction) -> set[int]:
    """The numbers of the waivers that are about something unrecognized."""
    waivers = _waivers(extraction)
    return {number for site in extraction.unrecognized for number in _waiving(site, waivers)}


_Waivers = Mapping[str, Sequence[tuple[int, Waiver]]]


def _waivers(extraction: Extraction) -> _Waivers:
    found: dict[str, list[tuple[int, Waiver]]] = {}
    for number, waiver in enumerate(extraction.waivers):
        if waiver.rule == RULE:
            found.setdefault(waiver.location.path, []).append((number, waiver))
    return found


def _waiving(site: Unrecognized, waivers: _Waivers) -> Iterator[int]:
    first, last = site.lines
    for number, waiver in waivers.get(site.location.path, ()):
        if first <= waiver.location.line <= last:
            yield number


def _by_maker(sites: Iterable[Unrecognized]) -> dict[str, list[Unrecognized]]:
    groups: dict[str, list[Unrecognized]] = {}
    for site in sites:
        groups.setdefault(site.maker, []).append(site)
    return groups


def _finding(sites: Sequence[Unrecognized]) -> Finding:
    ordered = sorted(sites, key=lambda site: (site.location.path, site.location.line))
    first = ordered[0]
    places = tuple(
        FindingPlace(site.location.path, site.location.line, _digest(RULE, site.identity))
        for site in ordered
    )
    identities = sorted({place.identity for place in places})
    return Finding(
        RULE,
        RULES[RULE].level,
        None,
        first.location.path,
        first.location.line,
        _message(ordered),
        _digest(RULE, first.maker, *identities),
        places=places,
    )


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
        f"one by one, or add `# sigclock: ignore[{RULE}] reason` to the statement"
    )
