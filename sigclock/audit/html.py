"""One page with every cached task's versions over time, stale ranges in red; it loads nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from html import escape

import msgspec

from sigclock.audit.breaches import Audit, Breach, Moment, exposed
from sigclock.audit.timeline import Stretch
from sigclock.verdict.wording import count, describe, inert

#: Bars narrower than this, in percent of the whole time, show no version in them.
_LABELLED = 2.5
_THINNEST = 0.12
_SHORT = 10
_TICKS = 12

_STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --paper: #fff; --line: #d8dee4; --aside: #59636e;
  --a: #b6d4f0; --b: #9cc2a8; --stale: #d1242f; --stale-ink: #fff; --bar-ink: #14324d; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --line: #30363d;
  --aside: #9198a1; --a: #1f4468; --b: #275a3b; --stale: #da3633; --bar-ink: #dbe9f6; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 110rem; padding: 1rem 1.5rem; color: var(--ink);
  background: var(--paper); font: 14px/1.4 system-ui, sans-serif; }
h1 { font-size: 1.3rem; margin: 0 0 .3rem; }
p { margin: .2rem 0 .6rem; color: var(--aside); max-width: 70rem; }
.key { display: inline-block; width: 1.6em; height: .8em; margin: 0 .3em 0 1em; }
.chart { display: grid; grid-template-columns: minmax(8rem, 30rem) 1fr; font-size: 12px; }
.head, .row { display: contents; }
.head > * { position: sticky; top: 0; background: var(--paper); z-index: 2; height: 1.6rem;
  border-bottom: 1px solid var(--line); }
.name { padding: 1px .6rem 1px 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
  direction: rtl; text-align: right; height: 18px; line-height: 16px; }
.name > bdi { direction: ltr; unicode-bidi: isolate; }
.live .name { color: var(--stale); font-weight: 600; }
.bars { position: relative; height: 18px; border-bottom: 1px solid var(--line); }
.row:hover > * { background: color-mix(in srgb, var(--a) 30%, transparent); }
.bars > span { position: absolute; top: 2px; height: 13px; overflow: hidden; white-space: nowrap;
  font-size: 10px; line-height: 13px; padding-left: 3px; color: var(--bar-ink);
  background: var(--a); border-left: 1px solid var(--paper); }
.bars > span.thin { padding: 0; min-width: 3px; border: 0; }
.bars > .b { background: var(--b); }
.bars > .stale { background: var(--stale); color: var(--stale-ink); z-index: 1; }
.bars > span.tick { top: 0; height: 100%; font-size: 11px; line-height: 1.6rem; padding-left: 3px;
  color: var(--aside); background: none; border-left: 1px solid var(--line); }
label { user-select: none; }
#only:checked ~ .chart .row.fine > * { display: none; }
table { border-collapse: collapse; margin-top: 1.5rem; font-size: 12px; }
td, th { text-align: left; vertical-align: top; padding: 2px 1.2rem 2px 0;
  border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


class _Scale(msgspec.Struct, frozen=True):
    """Converts dates to percent of the width."""

    first: float
    last: float

    def at(self, moment: Moment | None) -> float:
        if moment is None:
            return 100.0
        span = max(self.last - self.first, 1.0)
        return min(max((_seconds(moment) - self.first) / span * 100, 0.0), 100.0)


def page(
    audit: Audit, stretches: Mapping[str, Sequence[Stretch]], moments: Sequence[Moment]
) -> str:
    """The whole page; every name is escaped, and there is no script."""
    times = [_seconds(moment) for moment in moments] or [0.0]
    scale = _Scale(min(times), max(times))
    parts = [
        *_opening(audit),
        '<div class="chart"><div class="head"><div></div><div class="bars">',
        *_ticks(scale),
        "</div></div>",
        *_rows(audit, stretches, moments, scale),
        "</div>",
        *_table(audit.breaches),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _opening(audit: Audit) -> Iterator[str]:
    total, walked = audit.summary, audit.walked
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width">'
    yield f"<title>sigclock audit</title><style>{_STYLE}</style></head><body>"
    yield "<h1>Cache versions over time</h1>"
    yield (
        f"<p>{count(total.tasks, 'cached task')}, {count(total.versions, 'version')}, "
        f"{count(walked.commits, 'commit')} ({walked.merges} of merges). "
        f"{total.breaches} served more than one signature: {total.live} still do, "
        f"{total.ended} have ended, {total.harmless} reached no cache.</p>"
    )
    yield from (f"<p>{_text(note)}</p>" for note in audit.notes)
    yield '<input type="checkbox" id="only"><label for="only"> Only stale ones</label>'
    for name, style in (("a version", "a"), ("the next", "b"), ("stale", "stale")):
        yield f'<span class="key" style="background:var(--{style})"></span>{name}'


def _ticks(scale: _Scale) -> Iterator[str]:
    years = range(_year(scale.first), _year(scale.last) + 1)
    step = max(1, -(-len(years) // _TICKS))
    for year in years[::step]:
        start = datetime.fromisoformat(f"{year}-01-01T00:00:00+00:00").timestamp()
        left = (start - scale.first) / max(scale.last - scale.first, 1.0) * 100
        yield f'<span class="tick" style="left:{max(left, 0.0):.2f}%">{year}</span>'


def _rows(
    audit: Audit,
    stretches: Mapping[str, Sequence[Stretch]],
    moments: Sequence[Moment],
    scale: _Scale,
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
        name = _text(f"{project}:{own[-1].name}" if project else own[-1].name)
        yield f'<div class="row {kind}"><div class="name" title="{name}"><bdi>{name}</bdi></div>'
        yield '<div class="bars">'
        yield from _bars(own, broken.get((project, root), {}), moments, scale)
        yield "</div></div>"


def _bars(
    own: Sequence[Stretch],
    broken: Mapping[str, Breach],
    moments: Sequence[Moment],
    scale: _Scale,
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
        left, right = scale.at(since), scale.at(until)
        width = max(right - left, _THINNEST)
        style = "stale" if stale else "ab"[shade]
        thin = "" if width >= _LABELLED else " thin"
        label = _text(version, 40) if width >= _LABELLED else ""
        when = f"from {_moment(since)} to {_moment(until)}"
        hint = _text(f'"{inert(version)}" {when}; signature {signature[:12]}')
        place = f"left:{min(left, 100 - _THINNEST):.2f}%;width:{width:.2f}%"
        yield f'<span class="{style}{thin}" style="{place}" title="{hint}">{label}</span>'


def _table(breaches: Iterable[Breach]) -> Iterator[str]:
    rows = list(breaches)
    if not rows:
        return
    heads = ("Task", "Version", "What changed under it", "Exposed", "End")
    yield f"<table><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>"
    for row in rows:
        changes = "<br>".join(
            f"{_text(_moment(switch.at))}: {_text('; '.join(map(describe, switch.changes)), 600)}"
            for switch in row.switches
        )
        move = f'move to "{row.next_version}"' if row.next_version else "move its version"
        end = f"live; {move}" if row.live else f"{row.ended_by}"
        at = f" ({_moment(row.ended_at)})" if row.ended_at else ""
        cells = [row.task, row.version, None, exposed(row), end + at]
        texts = (changes if cell is None else _text(cell) for cell in cells)
        yield f"<tr>{''.join(f'<td>{cell}</td>' for cell in texts)}</tr>"
    yield "</table>"


def _moment(moment: Moment | None) -> str:
    return f"{moment.commit[:_SHORT]} ({moment.date[:10]})" if moment else "now"


def _seconds(moment: Moment) -> float:
    # Newer Gits write `Z`, which Python 3.10 does not read.
    try:
        return datetime.fromisoformat(moment.date.replace("Z", "+00:00")).timestamp()
    except (ValueError, OverflowError):
        return 0.0


def _year(seconds: float) -> int:
    return datetime.fromtimestamp(seconds).astimezone().year


def _text(text: str, limit: int = 300) -> str:
    return escape(inert(text, limit), quote=True)
