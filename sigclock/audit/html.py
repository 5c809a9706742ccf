"""One page with every cached task's versions over time, stale ranges in red; it loads nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from html import escape
from importlib.resources import files
from string import Template

import msgspec

from sigclock.audit.breaches import Audit, Breach, Moment, compared, exposed
from sigclock.audit.timeline import Stretch
from sigclock.verdict.wording import count, describe, inert

#: Bars narrower than this, in percent of the whole time, show no version in them.
_LABELLED = 2.5
_THINNEST = 0.12
_SHORT = 10
_SHORT_CELL = ' class="short"'
#: What a letter of a tick needs, in percent.
_LETTER = 1.2
#: What is true since the last commit has so much of the whole time.
_NOW = 0.04
_DAY = 86_400.0
#: Days, or months, between two ticks, the finest first.
_DAYS = (1, 2, 7, 14)
_MONTHS = (1, 3, 6, 12, 24, 60, 120)
#: How many ticks there may be.
_MOST = 14


class _Scale(msgspec.Struct, frozen=True):
    """Converts dates to percent of the width."""

    first: float
    last: float

    def at(self, moment: Moment | None) -> float:
        if moment is None:
            return 100.0
        return min(max(self._percent(_seconds(moment)), 0.0), 100.0)

    def percent(self, day: datetime) -> float:
        """Also of what lies outside of it."""
        return self._percent(day.timestamp())

    def _percent(self, seconds: float) -> float:
        return (seconds - self.first) / max(self.last - self.first, 1.0) * 100


def page(
    audit: Audit,
    stretches: Mapping[str, Sequence[Stretch]],
    moments: Sequence[Moment],
    commits: str = "",
) -> str:
    """The whole page; every name is escaped, and there is no script.

    `commits` is the address at which a commit is shown if its id follows; "" if there is none.
    """
    scale = _scale(moments)
    template = Template(files("sigclock.audit").joinpath("page.html").read_text(encoding="utf-8"))
    return template.substitute(
        summary="\n".join(_opening(audit)),
        ticks="\n".join(_ticks(scale)),
        rows="\n".join(_rows(audit, stretches, moments, _Drawing(scale, commits))),
        breaches="\n".join(_table(audit.breaches)),
    )


def _scale(moments: Sequence[Moment]) -> _Scale:
    times = [_seconds(moment) for moment in moments] or [0.0]
    first, last = min(times), max(times)
    return _Scale(first, last + max((last - first) * _NOW, _DAY))


class _Drawing(msgspec.Struct, frozen=True):
    """Where a bar begins and ends, and where it leads to."""

    scale: _Scale
    commits: str


def _opening(audit: Audit) -> Iterator[str]:
    total, walked = audit.summary, audit.walked
    numbers = (
        (total.live, "still does" if total.live == 1 else "still do"),
        (total.ended, "has ended" if total.ended == 1 else "have ended"),
        (total.harmless, "reached no cache"),
    )
    parts = [f"{number} {verb}" for number, verb in numbers if number]
    link = f' (<a href="#stale">{", ".join(parts)}</a>)' if parts else ""
    yield (
        f"<p>{count(total.tasks, 'cached task')}, {count(total.versions, 'version')}, "
        f"{count(walked.commits, 'commit')} ({walked.merges} of merges). "
        f"{count(total.breaches, 'version') if parts else 'No version'} served more than one "
        f"signature{link}.</p>"
    )
    yield from (f"<p>{_text(note)}</p>" for note in audit.notes)


def _ticks(scale: _Scale) -> Iterator[str]:
    """As many as fit; where there is room for half of them, every other one is shown."""
    first, last = _date(scale.first), _date(scale.last)
    days = (last - first).days + 1
    step = next((n for n in _DAYS if days / n <= _MOST), None)
    ticks = list(_monthly(first, last) if step is None else _daily(first, last, step))
    shown = [(max(scale.percent(day), 0.0), label) for day, label in ticks]
    years = [
        number
        for number, (_, label) in enumerate(shown)
        if len(label) == len("2026") and label.isdigit()
    ]
    if len(shown) > 1 and shown[1][0] < _LETTER * len(shown[0][1]):
        # The first one says the month and the year; a year says more where they begin.
        del shown[0 if 1 in years else 1]
        years = [number - 1 for number in years if number]
    for number, (left, label) in enumerate(shown):
        kind = "tick minor" if (number - (years or [0])[0]) % 2 else "tick"
        yield f'<span class="{kind}" style="left:{left:.2f}%">{label}</span>'


def _daily(first: datetime, last: datetime, step: int) -> Iterator[tuple[datetime, str]]:
    """The beginnings of days, with the month at the first and where it begins."""
    day, month = first.replace(hour=0, minute=0, second=0, microsecond=0), 0
    while day <= last:
        yield day, f"{day.day} {day:%b}" if day.month != month else f"{day.day}"
        day, month = day + timedelta(days=step), day.month


def _monthly(first: datetime, last: datetime) -> Iterator[tuple[datetime, str]]:
    """The beginnings of months; the year at the first and where it begins."""
    months = (last.year - first.year) * 12 + last.month - first.month
    step = next((n for n in _MONTHS if months / n <= _MOST), _MONTHS[-1])
    since = first.year * 12 + first.month - 1
    for month in range(since - since % step, since + months + 1, step):
        day = datetime(month // 12, month % 12 + 1, 1, tzinfo=timezone.utc)
        is_first = month <= since
        named = f"{first:%b %Y}" if is_first and month % 12 else f"{day:%b}"
        yield day, f"{day.year}" if month % 12 == 0 else named


def _rows(
    audit: Audit,
    stretches: Mapping[str, Sequence[Stretch]],
    moments: Sequence[Moment],
    drawing: _Drawing,
) -> Iterator[str]:
    """A row for each task: live breaches first, then ended ones, then the rest by name."""
    tasks: dict[tuple[str, str], list[Stretch]] = {}
    for project, own in stretches.items():
        for stretch in own:
            if stretch.version is not None:
                tasks.setdefault((project, stretch.root), []).append(stretch)
    broken: dict[tuple[str, str], dict[str, Breach]] = {}
    for breach in audit.breaches:
        broken.setdefault((breach.project, breach.root), {})[breach.version] = breach
    rows = []
    for (project, root), own in tasks.items():
        breaches = broken.get((project, root), {})
        states = {breach.state for breach in breaches.values()}
        rank = 0 if "live" in states else 1 if breaches else 2
        rows.append((rank, project, root, own))
    for rank, project, root, own in sorted(rows, key=lambda row: row[:3]):
        kind = ("live", "ended", "fine")[rank]
        if all(stretch.until is not None for stretch in own):
            kind += " gone"
        name = _text(f"{project}:{own[-1].name}" if project else own[-1].name)
        yield f'<div class="row {kind}" role="row">'
        yield f'<div class="name" role="rowheader" title="{name}"><bdi>{name}</bdi></div>'
        yield '<div class="bars" role="cell">'
        yield from _bars(own, broken.get((project, root), {}), moments, drawing)
        yield "</div></div>"


def _bars(
    own: Sequence[Stretch],
    broken: Mapping[str, Breach],
    moments: Sequence[Moment],
    drawing: _Drawing,
) -> Iterator[str]:
    """A bar for each stretch; versions alternate in colour, a second signature is red."""
    first: dict[str, str] = {}
    shades: dict[str, int] = {}
    moved: set[str] = set()
    for stretch in own:
        version, signature = stretch.version or "", stretch.declared.task.signature
        if first.setdefault(version, signature) != signature:
            moved.add(version)
        shade = shades.setdefault(version, len(shades)) % 2
        stale = version in broken and version in moved
        since, until = (
            moments[stretch.since],
            None if stretch.until is None else moments[stretch.until],
        )
        left, right = drawing.scale.at(since), drawing.scale.at(until)
        width = max(right - left, _THINNEST)
        style = "stale" if stale else "ab"[shade]
        thin = "" if width >= _LABELLED else " thin"
        label = _text(version, 40) if width >= _LABELLED else ""
        when = f"from {_moment(since)} to {_moment(until)}"
        hint = _text(f'"{inert(version)}" {when}; signature {signature[:12]}')
        place = f"left:{min(left, 100 - _THINNEST):.2f}%;width:{width:.2f}%"
        tag, to = "span", ' role="img"'
        if drawing.commits:
            tag, to = "a", f' href="{escape(drawing.commits + since.commit, quote=True)}"'
        attributes = f'class="{style}{thin}"{to} style="{place}" title="{hint}" aria-label="{hint}"'
        yield f"<{tag} {attributes}>{label}</{tag}>"


def _table(breaches: Iterable[Breach]) -> Iterator[str]:
    rows = list(breaches)
    if not rows:
        return
    heads = ("Task", "Version", "What changed under it", "Exposed", "End")
    named = "".join(f'<th scope="col">{head}</th>' for head in heads)
    yield '<table id="stale"><caption>Versions that served more than one signature</caption>'
    yield f"<tr>{named}</tr>"
    for row in rows:
        changes = "<br>".join(
            f"{_text(_moment(switch.at) + compared(switch))}: "
            f"{_text('; '.join(map(describe, switch.changes)), 600)}"
            for switch in row.switches
        )
        move = f'move to "{row.next_version}"' if row.next_version else "move its version"
        end = f"live; {move}" if row.live else f"{row.ended_by}"
        at = f" at {_moment(row.ended_at)}" if row.ended_at else ""
        cells = [row.task, row.version, None, exposed(row), end + at]
        texts = [changes if cell is None else _text(cell) for cell in cells]
        shown = "".join(
            f'<td data-head="{head}"{_SHORT_CELL if len(text) <= _SHORT else ""}>{text}</td>'
            for head, text in zip(heads, texts, strict=True)
        )
        yield f"<tr>{shown}</tr>"
    yield "</table>"


def _moment(moment: Moment | None) -> str:
    return f"{moment.commit[:_SHORT]} ({moment.date[:10]})" if moment else "now"


def _seconds(moment: Moment) -> float:
    # Newer Gits write `Z`, which Python 3.10 does not read.
    try:
        return datetime.fromisoformat(moment.date.replace("Z", "+00:00")).timestamp()
    except (ValueError, OverflowError):
        return 0.0


def _date(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)


def _text(text: str, limit: int = 300) -> str:
    return escape(inert(text, limit), quote=True)
