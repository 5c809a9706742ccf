"""Which unrecognized statements have no waiver."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sigclock.interface.snapshot import Extraction, Waiver
from sigclock.interface.unrecognized import Unrecognized

#: The rule that reports them.
ID = "unrecognized-task"


def unwaived(extraction: Extraction) -> tuple[Unrecognized, ...]:
    """The statements without a waiver on their lines."""
    if not extraction.unrecognized:
        return ()
    waivers = _waivers(extraction)
    return tuple(site for site in extraction.unrecognized if not any(_waiving(site, waivers)))


def used_waivers(extraction: Extraction) -> set[int]:
    """The numbers of the waivers that waive an unrecognized statement."""
    waivers = _waivers(extraction)
    return {number for site in extraction.unrecognized for number in _waiving(site, waivers)}


_Waivers = Mapping[str, Sequence[tuple[int, Waiver]]]


def _waivers(extraction: Extraction) -> _Waivers:
    by_path: dict[str, list[tuple[int, Waiver]]] = {}
    for number, waiver in enumerate(extraction.waivers):
        if waiver.rule == ID:
            by_path.setdefault(waiver.location.path, []).append((number, waiver))
    return by_path


def _waiving(site: Unrecognized, waivers: _Waivers) -> Iterator[int]:
    first, last = site.lines
    for number, waiver in waivers.get(site.location.path, ()):
        if first <= waiver.location.line <= last:
            yield number
