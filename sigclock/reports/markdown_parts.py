"""A Markdown text in parts, cut to a limit of characters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from sigclock.errors import SigclockError
from sigclock.reports.causes import count_standing, counted, is_open
from sigclock.reports.markdown_escape import prose
from sigclock.verdict.finding import Report
from sigclock.verdict.wording import count, shown_by_check

#: Characters reserved for the sentence about what is left out.
_RESERVE = 300


class Part(msgspec.Struct, frozen=True):
    """A piece of the body that may be cut between two rows; `noun` is the word for a row."""

    head: str
    rows: tuple[str, ...] = ()
    tail: str = ""
    noun: str = ""


def fit(parts: Iterable[Part], limit: int | None, whole: str) -> str:
    """At most `limit` characters: the last rows are left out; `whole` names where all are."""
    parts = list(parts)
    if limit is None:
        return "\n\n".join(_text(part, part.rows) for part in parts) + "\n"
    room = limit - _RESERVE - sum(len(part.head) + 2 for part in parts if not part.rows)
    texts: list[str] = []
    left_out: list[str] = []
    for part in parts:
        rows = _rows_within(part, room)
        if rows or not part.rows:
            texts.append(_text(part, rows))
        if rows:
            room -= len(texts[-1]) + 2
        if len(rows) < len(part.rows):
            left_out.append(count(len(part.rows) - len(rows), part.noun))
    if left_out:
        texts.append(f"Left out for length: {', '.join(left_out)}. {whole} shows all.")
    return "\n\n".join(texts) + "\n"


def _text(part: Part, rows: tuple[str, ...]) -> str:
    return "\n".join(filter(None, (part.head, *rows))) + part.tail


def _rows_within(part: Part, room: int) -> tuple[str, ...]:
    used = len(part.head) + len(part.tail) + 2
    for index, row in enumerate(part.rows):
        used += len(row) + 1
        if used > room:
            return part.rows[:index]
    return part.rows


def unjudged(error: SigclockError) -> str:
    """The whole body where a change cannot be judged."""
    where = f"`{error.location}`: " if error.location not in error.message else ""
    said = f"{prose(where + error.message)}; {prose(error.advice)}."
    return f"❌ **sigclock: this change cannot be judged**.\n\n{said}\n"


def asides(report: Report) -> Iterator[Part]:
    """What is only counted, and what stood before."""
    only = counted(filter(is_open, report.findings))
    if only:
        yield Part(f"Counted only: {only}.")
    standing = count_standing(report)
    if standing:
        before = f"{count(standing, 'finding')} stood at the base already"
        yield Part(f"{before}; {shown_by_check(standing)}.")
