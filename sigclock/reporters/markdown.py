"""The body of a pull-request comment: verdict, table by cause, details folded, every name inert."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from sigclock.model.change import Change
from sigclock.model.finding import Bump, Finding, Level, Report, TaskReport
from sigclock.stories import MENDABLE, Cause, Remark, Story, remarks, stands, tally, tell
from sigclock.wording import count, describe, enumerate_names, foretell_one, inert, split

_CELL = 80
_LISTED = 200
_MESSAGE = 600
#: Room kept for the sentence on what was left out.
_RESERVE = 300

#: What needs no care inside a code span: no backtick, bracket pair, entity, mention, or comment.
_TAME = re.compile(r"(?=\S)[\w ,.:;()\[\]{}'\"=|+*/>?-]*(?<=\S)", re.ASCII)
_LINK = re.compile(r"//|www\.|-->", re.IGNORECASE)
_PLAIN = re.compile(r"[A-Za-z]+(?:['-][A-Za-z]+)*|[0-9]{1,4}|-*|→")
_EDGES = re.compile(r"^([(\"']*)(.*?)([)\"',.;:]*)$", re.DOTALL)
_QUOTED = re.compile(r"`([^`]+)`")


class _Part(msgspec.Struct, frozen=True):
    """A piece of the body that may be cut between two rows; `noun` names one of them."""

    head: str
    rows: tuple[str, ...] = ()
    tail: str = ""
    noun: str = ""


def render(report: Report, limit: int | None = None) -> str:
    """At most `limit` characters: rows are left out from the end, and it is said how many."""
    stories = tell(report)
    told = remarks(report, stories)
    outputs = [story for story in stories if _moves_outputs(story)]
    parts = [
        _Part(_verdict(report)),
        *_next_step(report),
        *_table(outputs),
        *_shared(report.bumps, told),
        *_findings("Cached tasks without output", _of(told, "void-cached")),
        *_findings("To look at", _not_told_yet(told, outputs)),
        *_standing(report),
        *_notes(report.notes),
        *_details("Field by field, with the place of definition", outputs),
        *_details("Inputs", [story for story in stories if _moves_inputs(story)]),
    ]
    return _fit(parts, limit)


def _code(text: str, limit: int = _CELL) -> str:
    """A code span that says `text` and nothing else."""
    shown = inert(text, limit) or " "
    if _TAME.fullmatch(shown) and not _LINK.search(shown):
        return f"`{shown}`"
    return f"<code>{''.join(map(_entity, shown))}</code>"


def _cell(text: str) -> str:
    """A code span for a table, where a bar ends the cell even inside a code span."""
    return _code(text).replace("|", "\\|")


def _entity(character: str) -> str:
    if character in " ," or character.isalnum() or not character.isascii():
        return character
    return f"&#{ord(character)};"


def _prose(text: str) -> str:
    """A sentence in which quoted parts and words that are not plain ones are code spans."""
    parts = _QUOTED.split(inert(text, _MESSAGE))
    told = [
        _code(part, _MESSAGE) if index % 2 else _words(part) for index, part in enumerate(parts)
    ]
    return "".join(told).replace("``", "` `")


def _words(text: str) -> str:
    return " ".join(_EDGES.sub(_word, word) for word in text.split(" "))


def _word(found: re.Match[str]) -> str:
    """A plain word as it is, anything else as code between its punctuation."""
    head, core, tail = found.groups()
    return found[0] if _PLAIN.fullmatch(core) else f"{head}{_code(core, _MESSAGE)}{tail}"


def _fit(parts: Iterable[_Part], limit: int | None) -> str:
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
        texts.append(f"Left out for length: {', '.join(left_out)}. `sigclock diff` shows all.")
    return "\n\n".join(texts) + "\n"


def _text(part: _Part, rows: tuple[str, ...]) -> str:
    return "\n".join(filter(None, (part.head, *rows))) + part.tail


def _rows_within(part: _Part, room: int) -> tuple[str, ...]:
    used = len(part.head) + len(part.tail) + 2
    for index, row in enumerate(part.rows):
        used += len(row) + 1
        if used > room:
            return part.rows[:index]
    return part.rows


def _moves_outputs(story: Story) -> bool:
    return any(task.cached and task.outputs_changed for task in story.tasks)


def _moves_inputs(story: Story) -> bool:
    cached = any(task.cached for task in story.tasks)
    return bool(story.causes) and cached and not _moves_outputs(story)


def _of(told: Iterable[Remark], rule: str) -> list[Remark]:
    return [remark for remark in told if remark.first.rule == rule]


def _not_told_yet(told: Iterable[Remark], outputs: list[Story]) -> list[Remark]:
    """What neither the table nor a section of its own says."""
    tasks = {task.name for story in outputs for task in story.tasks}
    return [
        remark
        for remark in told
        if remark.first.rule not in {"void-cached", "shared-version"}
        and not (remark.first.rule == "stale-cache" and remark.first.task in tasks)
    ]


def _verdict(report: Report) -> str:
    cached = report.summary.cached
    changed = sum(task.cached and task.outputs_changed for task in report.tasks)
    said = f"{changed} of {count(cached, 'cached task')} changed what they return"
    if not changed:
        said = f"{count(cached, 'cached task')}, and none changed what it returns"
    errors, warnings = (tally(report.findings, level) for level in (Level.ERROR, Level.WARNING))
    counts = [count(n, noun) for n, noun in ((errors, "error"), (warnings, "warning")) if n]
    mark = "❌" if errors else "⚠️" if warnings else "✅"
    return f"{mark} **sigclock:** {said}; {' and '.join(counts) or 'nothing is left to do'}."


def _next_step(report: Report) -> Iterator[_Part]:
    left = [item.rule for item in report.findings if stands(item) and item.level is Level.ERROR]
    due = any(bump.path not in report.written for bump in report.bumps)
    if due or not MENDABLE.isdisjoint(left):
        yield _Part("Run `sigclock update` and commit the source together with the lock.")
    others = [rule for rule in left if rule not in MENDABLE]
    if others:
        yield _Part(f"{_code(f'sigclock explain {others[0]}')} tells how to mend the rest.")


def _table(stories: list[Story]) -> Iterator[_Part]:
    if stories:
        head = "| task | what changed | version | laptop | cluster |\n|---|---|---|---|---|"
        yield _Part(head, tuple(map(_row, stories)), noun="table row")


def _row(story: Story) -> str:
    tasks = [task for task in story.tasks if task.cached]
    cells = (
        enumerate_names([task.name for task in tasks], quote=_cell),
        _lines([_short(cause.change) for cause in story.causes]),
        _lines(list(dict.fromkeys(map(_version, tasks)))),
        _commonest(foretell_one(task.prediction, "local") for task in tasks),
        _commonest(foretell_one(task.prediction, "remote") for task in tasks),
    )
    return f"| {' | '.join(cells)} |"


def _lines(items: list[str], shown: int = 3) -> str:
    more = [f"and {len(items) - shown} more"] if len(items) > shown else []
    return "<br>".join(items[:shown] + more)


def _short(change: Change) -> str:
    """One part as a diff of types: `count`: + `int`."""
    part = _cell(split(change)[1])
    old, new = change.baseline, change.current
    if old is None or new is None:
        return f"{part}: {'+' if old is None else '-'} {_cell(new or old or 'nothing')}"
    return f"{part}: {_cell(old)} → {_cell(new)}"


def _version(task: TaskReport) -> str:
    pair = task.cache_version
    old, new = (_cell(side or "none") for side in (pair.baseline, pair.current))
    if pair.baseline != pair.current:
        return f"{old} → {new}"
    return f"{new}, due {_cell(task.next_version)}" if task.next_version else f"{new} kept"


def _commonest(words: Iterable[str]) -> str:
    said = Counter(words).most_common()
    if len(said) == 1:
        return said[0][0]
    return "<br>".join(f"{text} ({number})" for text, number in said)


def _shared(bumps: tuple[Bump, ...], told: tuple[Remark, ...]) -> Iterator[_Part]:
    """Who recomputes because of a shared literal: as the bumps know it, else as the findings do."""
    rows = [
        f"- {_code(bump.holder)} at {_code(f'{bump.path}:{bump.line}', _MESSAGE)}, "
        f"{_code(bump.baseline)} → {_code(bump.current)}: "
        f"{enumerate_names(bump.tasks, _LISTED, _code)}"
        for bump in bumps
        if len(bump.tasks) > 1
    ] or [row for remark in _of(told, "shared-version") for row in _finding_rows(remark)]
    if rows:
        yield _Part("**One version, several tasks: all recompute**\n", tuple(rows), noun="version")


def _findings(title: str, told: list[Remark]) -> Iterator[_Part]:
    rows = tuple(row for remark in told for row in _finding_rows(remark))
    if rows:
        yield _Part(f"**{title}**\n", rows, noun="finding")


def _finding_rows(remark: Remark, shown: int = 5) -> Iterator[str]:
    yield from map(_finding_row, remark.findings[:shown])
    rest = [item.task or item.path for item in remark.findings[shown:]]
    if rest:
        names = enumerate_names(rest, 3, _code)
        yield f"- the same ({_code(remark.first.rule)}) holds for {names}"


def _finding_row(finding: Finding) -> str:
    place = _code(f"{finding.path}:{finding.line}", _MESSAGE)
    return f"- {finding.level.value} {_code(finding.rule)} at {place}: {_prose(finding.message)}"


def _standing(report: Report) -> Iterator[_Part]:
    number = sum(not finding.new for finding in report.findings)
    if number:
        yield _Part(f"{count(number, 'finding')} stood at the base already.")


def _notes(notes: tuple[str, ...]) -> Iterator[_Part]:
    if notes:
        yield _Part("", tuple(f"- note: {_prose(note)}" for note in notes), noun="note")


def _details(title: str, stories: list[Story]) -> Iterator[_Part]:
    rows = tuple(row for story in stories for row in _story_rows(story))
    if rows:
        head = f"<details><summary>{title}</summary>\n"
        yield _Part(head, rows, "\n\n</details>", "detail line")


def _story_rows(story: Story) -> Iterator[str]:
    names = enumerate_names([task.name for task in story.tasks], _LISTED, _code)
    yield f"- {names}"
    for cause in story.causes:
        yield f"  - {describe(cause.change, _code)}{_whereabouts(cause)}"


def _whereabouts(cause: Cause) -> str:
    place = cause.change.location
    at = f", defined at {_code(str(place), _MESSAGE)}" if place else ""
    by = f", reached by {enumerate_names(cause.reached_by, 2, _code)}" if cause.reached_by else ""
    return at + by
