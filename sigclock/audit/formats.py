"""An audit as text, Markdown and JSON; breaches of one cause are one entry."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from sigclock.audit.breaches import Audit, Breach, BreachState, Moment, compared, exposed
from sigclock.interface.change import Change
from sigclock.reports.markdown_escape import code, prose
from sigclock.reports.paragraph import flowing
from sigclock.reports.style import PLAIN, Style
from sigclock.verdict.wording import count, describe, enumerate_names, foretell, inert

_SHORT = 10
_METASCHEMA = "https://json-schema.org/draft/2020-12/schema"
_STATES: tuple[BreachState, ...] = ("live", "ended", "harmless")
_NAMES = 8
#: How many causes of ended breaches are shown where only live ones count.
_ENDED = 10
_CHANGES = 4


def as_json(audit: Audit, _style: Style = PLAIN, /) -> str:
    """Field for field, in pure ASCII."""
    return json.dumps(msgspec.to_builtins(audit), indent=2, ensure_ascii=True) + "\n"


def schema() -> str:
    """The JSON Schema (2020-12) of `as_json`."""
    described = {"$schema": _METASCHEMA, "title": "sigclock audit", **msgspec.json.schema(Audit)}
    return json.dumps(described, indent=2) + "\n"


def as_text(audit: Audit, style: Style = PLAIN, /) -> str:
    """Live breaches first; of the ended ones only the latest few, unless `style` is verbose."""
    full = style.verbose > 0
    blocks = [
        *_entries(audit, "live", None),
        *_entries(audit, "ended", None if full else _ENDED),
        *_entries(audit, "harmless", None if full else 0),
        [*(f"note: {inert(note, 1000)}" for note in audit.notes), *_summary(audit)],
    ]
    text = "\n\n".join("\n".join(block) for block in blocks) + "\n"
    return flowing(text, style.width)


def as_markdown(audit: Audit, _style: Style = PLAIN, /) -> str:
    """A section for each state."""
    lines = ["## sigclock audit", "", *(prose(line) for line in _summary(audit)), ""]
    lines += [f"> {prose(note)}\n" for note in audit.notes]
    for state in _STATES:
        groups = _grouped(breach for breach in audit.breaches if breach.state == state)
        if groups:
            lines += [f"### {state.capitalize()}", "", *(_item(group) for group in groups), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


FORMATS: dict[str, Callable[[Audit, Style], str]] = {
    "text": as_text,
    "json": as_json,
    "markdown": as_markdown,
}


# -- entries -----------------------------------------------------------------------------------


def _grouped(breaches: Iterable[Breach]) -> list[list[Breach]]:
    """Breaches grouped by the commits and changes that caused them."""
    groups: dict[object, list[Breach]] = {}
    for breach in breaches:
        groups.setdefault(_cause(breach), []).append(breach)
    return list(groups.values())


def _cause(breach: Breach) -> object:
    switches = [
        (switch.at.commit, _change_lines(switch.changes), switch.prediction)
        for switch in breach.switches
    ]
    return (breach.version, breach.ended_by, breach.next_version, breach.ended_at, repr(switches))


def _entries(audit: Audit, state: BreachState, most: int | None) -> Iterator[list[str]]:
    groups = _grouped(breach for breach in audit.breaches if breach.state == state)
    for group in groups[:most]:
        yield list(_entry(group))
    left = groups[most:] if most is not None else []
    if left:
        kind = "that have ended" if state == "ended" else "that reached no cache"
        yield [f"... and {sum(map(len, left))} {kind} (--all shows them)"]


def _entry(group: Sequence[Breach]) -> Iterator[str]:
    first = group[0]
    names = enumerate_names([_name(breach) for breach in group], _NAMES)
    yield f'{first.state}: {names} served {_signatures(first)} under "{inert(first.version)}"'
    if len(group) == 1:
        yield f"    {inert(first.path)}:{first.line}"
    for switch in first.switches:
        yield f"    {_moment(switch.at)}{compared(switch)}"
        yield from (f"        {line}" for line in _change_lines(switch.changes))
        yield f"        {foretell(switch.prediction)}"
    yield from (f"    {line}" for line in _without_commit(first))
    yield f"    exposed: {exposed(first)}"
    yield f"    {_end(first)}"


def _item(group: Sequence[Breach]) -> str:
    first = group[0]
    names = enumerate_names([_name(breach) for breach in group], _NAMES, code)
    lines = [f"- {names}: {code(first.version)} served {_signatures(first)}"]
    for switch in first.switches:
        lines.append(
            f"  - {prose(_moment(switch.at) + compared(switch))}: "
            f"{prose('; '.join(_change_lines(switch.changes)))}"
        )
        lines.append(f"    ({prose(foretell(switch.prediction))})")
    lines += [f"  - {prose(line)}" for line in _without_commit(first)]
    lines += [f"  - exposed: {exposed(first)}; {prose(_end(first))}"]
    return "\n".join(lines)


def _name(breach: Breach) -> str:
    return f"{breach.project}:{breach.task}" if breach.project else breach.task


def _signatures(breach: Breach) -> str:
    return count(len({served.signature for served in breach.served}), "signature")


def _moment(moment: Moment) -> str:
    return f"{moment.commit[:_SHORT]} {moment.date[:10]} {inert(moment.subject, 72)}"


def _change_lines(changes: Sequence[Change]) -> list[str]:
    lines = [describe(change) for change in changes[:_CHANGES]]
    if len(changes) > _CHANGES:
        lines.append(f"and {len(changes) - _CHANGES} more changes")
    return lines or ["the structure that a stored value follows differs"]


def _without_commit(breach: Breach) -> Iterator[str]:
    for served in breach.served:
        if served.since is None:
            known = served.signature[:12]
            yield f"the lock recorded {known} too, which no commit walked here shows"


def _end(breach: Breach) -> str:
    if breach.live and breach.next_version is None:
        return f"the tip stands on it: its version is {breach.kind.value}, move what it comes from"
    if breach.live:
        return f'the tip stands on it: move to "{inert(breach.next_version or "")}"'
    at = f" at {_moment(breach.ended_at)}" if breach.ended_at else ""
    return f"ended{at}: {inert(breach.ended_by or '')}"


# -- the whole ---------------------------------------------------------------------------------


def _summary(audit: Audit) -> Iterator[str]:
    walked, total = audit.walked, audit.summary
    over = f"{count(walked.commits, 'commit')} ({walked.merges} of merges)"
    tasks, versions = count(total.tasks, "cached task"), count(total.versions, "version")
    if not total.tasks:
        yield f"No cached task over {over}: there is nothing to compare."
        return
    if not total.breaches:
        yield f"No version served two signatures: {versions} of {tasks} over {over}."
        return
    yield (
        f"{total.breaches} of {versions} of {tasks} served more than one signature over {over}: "
        f"{total.live} live, {total.ended} ended, {total.harmless} harmless."
    )
    if total.live:
        yield "Give each live task the version named above: its old one may hold either shape."
