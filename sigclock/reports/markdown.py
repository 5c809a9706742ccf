"""The body of a pull-request comment: verdict, table by cause, details folded, every name inert."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from sigclock.interface.change import Change, ChangeKind
from sigclock.reports.causes import (
    MENDABLE,
    Cause,
    Remark,
    Story,
    goes_stale,
    misses,
    recomputes,
    remarks,
    stands,
    tally,
    tell,
)
from sigclock.reports.markdown_escape import SENTENCE, cell, code, prose
from sigclock.reports.markdown_parts import Part, fit
from sigclock.reports.style import PLAIN, Style
from sigclock.verdict.finding import (
    Bump,
    Finding,
    Level,
    Outcome,
    Placement,
    Prediction,
    Report,
    TaskReport,
)
from sigclock.verdict.rules import RULES
from sigclock.verdict.wording import count, describe, enumerate_names, foretell_side, split

#: How many names stand in a cell, and in a list.
_NAMED = 3
_LISTED = 200
_ICONS = {Level.ERROR: "❌", Level.WARNING: "⚠️", Level.INFO: "ℹ️"}  # noqa: RUF001 (an emoji)
_PLACEMENTS = {rule.id: rule.placement for rule in RULES.values()}
_OTHERS = "To look at"
#: The lists of rules that have one of their own.
_HEADINGS = {rule.id: rule.heading for rule in RULES.values() if rule.heading}


def render(report: Report, _style: Style = PLAIN, /) -> str:
    """The whole of it, for no project in particular."""
    return body(report)


def body(
    report: Report, limit: int | None = None, project: str = "", whole: str = "`sigclock diff`"
) -> str:
    """At most `limit` characters: rows are left out from the end, and it is said how many.

    `project` is the root of the one that this is about, and `whole` is where all can be read.
    """
    report = _settled(report)
    stories = tell(report)
    told = [remark for remark in remarks(report, stories) if not _is_told(remark, report)]
    shared = [bump for bump in report.bumps if _others(bump, report)]
    parts = [
        Part(_verdict(report, told, project)),
        *_next_step(report),
        *_table(report, stories, shared),
        *_shared(shared, report),
        *_listed(told),
        *_comings_and_goings(report),
        *_standing(report),
        *_notes(report.notes),
        *_details("Field by field, with the place of definition", stories),
    ]
    return fit(parts, limit, whole)


def _settled(report: Report) -> Report:
    """With the versions that this run wrote, which turn what was stale into what is computed."""
    written = {name for bump in report.bumps if bump.path in report.written for name in bump.tasks}
    tasks = [_rewritten(task) if task.name in written else task for task in report.tasks]
    return msgspec.structs.replace(report, tasks=tuple(tasks))


def _rewritten(task: TaskReport) -> TaskReport:
    never = task.prediction.remote is Outcome.NEVER
    pair = msgspec.structs.replace(task.cache_version, current=task.next_version)
    prediction = Prediction(Outcome.MISS, Outcome.NEVER if never else Outcome.MISS)
    return msgspec.structs.replace(task, cache_version=pair, prediction=prediction)


# -- the first lines ---------------------------------------------------------------------------


def _verdict(report: Report, told: Sequence[Remark], project: str) -> str:
    """One line: how bad it is, what goes stale, what recomputes, what else there is to mend."""
    stale = sum(map(goes_stale, report.tasks))
    again = sum(map(recomputes, report.tasks))
    left = [finding for remark in told for finding in remark.findings]
    errors, warnings = (tally(left, level) for level in (Level.ERROR, Level.WARNING))
    clear = f"no cache goes stale, {again} of {report.summary.cached} recompute"
    said = [
        *([f"{count(stale, 'cache')} {'goes' if stale == 1 else 'go'} stale"] if stale else []),
        *([f"{again} recompute{'s' * (again == 1)}"] if again and stale else []),
        *([clear if again > 1 else f"{clear}s"] if again and not stale else []),
        *([count(errors, "error")] if errors else []),
        *([count(warnings, "warning")] if warnings else []),
    ]
    worst = tally(report.findings, Level.ERROR)
    mark = "❌" if worst else "⚠️" if stale or warnings else "✅"
    where = f" in {code(project)}" if project else ""
    first, *rest = said or [_all_clear(report)]
    return f"{mark} **sigclock{where}: {', '.join([f'{first}**', *rest])}."


def _all_clear(report: Report) -> str:
    cached = report.summary.cached
    if not cached:
        return "no task is cached, and nothing is left to do"
    if report.summary.unrecognized:
        return f"{cached} hold, {report.summary.unrecognized} not judged"
    caches = "the one cache holds" if cached == 1 else f"all {cached} caches hold"
    return f"all clear, {caches}"


def _next_step(report: Report) -> Iterator[Part]:
    left = [item.rule for item in report.findings if stands(item) and item.level is Level.ERROR]
    others = [rule for rule in left if rule not in MENDABLE]
    if _is_due(report) or not MENDABLE.isdisjoint(left):
        rest = f" {code(f'sigclock explain {others[0]}')} tells about the rest." if others else ""
        yield Part(f"Run `sigclock update` and commit the source together with the lock.{rest}")
    elif others:
        yield Part(f"{code(f'sigclock explain {others[0]}')} tells how to mend it.")


def _is_due(report: Report) -> bool:
    return any(not bump.made and bump.path not in report.written for bump in report.bumps)


# -- the table ---------------------------------------------------------------------------------


def _table(report: Report, stories: Iterable[Story], shared: list[Bump]) -> Iterator[Part]:
    rows = [*_rows_of_stories(stories), *_rows_without_cause(report, shared)]
    if rows:
        head = "| task | what changed | version | laptop | cluster |\n|---|---|---|---|---|"
        yield Part(head, tuple(rows), noun="table row")


def _rows_of_stories(stories: Iterable[Story]) -> Iterator[str]:
    """A row for the tasks that return what changed, then one for those that only take it."""
    for story in sorted(stories, key=lambda story: not any(map(goes_stale, story.tasks))):
        changes = [cause.change for cause in story.causes]
        tasks = [task for task in story.tasks if task.cached and story.causes]
        giving = [task for task in tasks if task.outputs_changed]
        taking = [task for task in tasks if not task.outputs_changed and misses(task)]
        if giving:
            yield _row(giving, _lines([_short(change) for change in changes]))
        if taking:
            yield _row(taking, _lines([_taken(change) for change in changes]))


def _rows_without_cause(report: Report, shared: list[Bump]) -> Iterator[str]:
    """Caches that start anew though no part of the interface changed."""
    told = {name for bump in shared for name in _others(bump, report)}
    groups: dict[tuple[str, str], list[TaskReport]] = defaultdict(list)
    for task in report.tasks:
        if misses(task) and not task.changes and task.name not in told:
            moved = f"moved from {cell(task.previous_name)}" if task.previous_name else ""
            groups[moved or "nothing but the version", _version(task)].append(task)
    for (what, _), tasks in groups.items():
        yield _row(tasks, what)


def _row(tasks: list[TaskReport], what: str) -> str:
    versions = list(map(_version, tasks))
    if len(versions) > _NAMED + 1 or len(set(versions)) == 1:
        versions = list(dict.fromkeys(versions))
    cells = (
        _lines([cell(task.name) for task in tasks]),
        what,
        _lines(versions),
        _commonest(_foretold(task, "local") for task in tasks),
        _commonest(_foretold(task, "remote") for task in tasks),
    )
    return f"| {' | '.join(cells)} |"


def _lines(items: list[str]) -> str:
    """The first few, one below the other, and how many follow."""
    left = len(items) - _NAMED
    return "<br>".join([*items[:_NAMED], f"and {left} more"] if left > 1 else items)


def _short(change: Change) -> str:
    """One part as a diff of types: `Stats` + `count: int`."""
    owner = (change.definition or "").rpartition(".")[2]
    leaf = split(change)[1]
    if change.kind in {ChangeKind.FIELD_ADDED, ChangeKind.FIELD_REMOVED} and owner:
        sign, type_ = ("+", change.current) if change.current else ("-", change.baseline)
        return f"{cell(owner)} {sign} {cell(f'{leaf}: {type_}')}"
    part = cell(f"{owner}.{leaf}" if leaf != change.definition else leaf)
    if not owner:
        part = _of_the_task(change.path.partition(".")[0].removesuffix("s"), leaf)
    old, new = change.baseline, change.current
    if old is None or new is None:
        return f"{part}: {'+' if old is None else '-'} {cell(new or old or 'nothing')}"
    return f"{part}: {cell(old)} → {cell(new)}"


def _of_the_task(subject: str, leaf: str) -> str:
    """A part of the task's own interface; the only output has no name that a reader knows."""
    known = leaf.removeprefix("o0") if subject == "output" else leaf
    return f"{subject} {cell(known)}" if known and known != "outputs" else subject


def _taken(change: Change) -> str:
    return f"input: {_short(change)}" if change.definition else _short(change)


def _version(task: TaskReport) -> str:
    pair = task.cache_version
    old, new = (cell(side or "none") for side in (pair.baseline, pair.current))
    shown = f"{old} → {new}" if pair.baseline != pair.current else new
    if task.next_version and task.next_version != pair.current:
        return f"{shown}, **due {cell(task.next_version)}**"
    if task.accepted:
        return f"{shown}, accepted: {prose(task.accepted)}".replace("|", "\\|")
    return shown


def _foretold(task: TaskReport, side: str) -> str:
    outcome = task.prediction.local if side == "local" else task.prediction.remote
    words = foretell_side(task.prediction, side)
    return f"**{words}**" if outcome is Outcome.STALE and not task.accepted else words


def _commonest(words: Iterable[str]) -> str:
    said = Counter(words).most_common()
    if len(said) == 1:
        return said[0][0]
    return "<br>".join(f"{text} ({number})" for text, number in said)


# -- what else recomputes, and findings --------------------------------------------------------


def _others(bump: Bump, report: Report) -> list[str]:
    """The tasks that recompute only because they share this literal."""
    changed = {task.name for task in report.tasks if task.outputs_changed}
    others = [name for name in bump.tasks if name not in changed]
    return others if len(others) < len(bump.tasks) else []


def _shared(bumps: Iterable[Bump], report: Report) -> Iterator[Part]:
    rows = tuple(_shared_row(bump, _others(bump, report)) for bump in bumps)
    if rows:
        yield Part("**Also recompute, for they share a version**\n", rows, noun="version")


def _shared_row(bump: Bump, others: list[str]) -> str:
    kind, _, name = bump.holder.partition(" ")
    holder = f"{prose(kind)} {code(name)}" if name else f"the {prose(kind)}"
    place = code(f"{bump.path}:{bump.line}", SENTENCE)
    first = next(name for name in bump.tasks if name not in others)
    return (
        f"- {enumerate_names(others, _LISTED, code)}, with {code(first)}: {holder} at {place}, "
        f"{code(bump.baseline)} → {code(bump.current)}"
    )


def _is_told(remark: Remark, report: Report) -> bool:
    """Whether the table, or the command to run, says it already."""
    first = remark.first
    placement = _PLACEMENTS.get(first.rule)
    if placement is Placement.NEXT_STEP:
        return _is_due(report)
    tasks = {task.name for task in report.tasks if task.cached and (task.changes or misses(task))}
    return placement is Placement.TASK_TABLE and first.task in tasks


def _listed(told: Iterable[Remark]) -> list[Part]:
    """A list for each heading of a rule's own, then all others."""
    lists: dict[str, list[Remark]] = {heading: [] for heading in (*_HEADINGS.values(), _OTHERS)}
    for remark in told:
        if _PLACEMENTS.get(remark.first.rule) is not Placement.SHARED_VERSIONS:
            lists[_HEADINGS.get(remark.first.rule, _OTHERS)].append(remark)
    return [part for heading, found in lists.items() for part in _findings(heading, found)]


def _findings(title: str, told: list[Remark]) -> Iterator[Part]:
    rows = tuple(row for remark in told for row in _finding_rows(remark))
    if rows:
        yield Part(f"**{title}**\n", rows, noun="finding")


def _finding_rows(remark: Remark, shown: int = 5) -> Iterator[str]:
    yield from map(_finding_row, remark.findings[:shown])
    rest = [item.task or item.path for item in remark.findings[shown:]]
    if rest:
        names = enumerate_names(rest, 3, code)
        yield f"- the same ({code(remark.first.rule)}) holds for {names}"


def _finding_row(finding: Finding) -> str:
    place = code(f"{finding.path}:{finding.line}", SENTENCE)
    icon = _ICONS[finding.level]
    return f"- {icon} {code(finding.rule)} at {place}: {prose(finding.message)}"


def _comings_and_goings(report: Report) -> Iterator[Part]:
    groups: dict[str, list[str]] = {"Newly cached": [], "Removed": [], "No longer cached": []}
    for task in report.tasks:
        before = task.cache_version.baseline is not None and task.status != "added"
        now = task.cached and task.status != "removed"
        if now and not before:
            groups["Newly cached"].append(task.name)
        if before and not now:
            ended = "Removed" if task.status == "removed" else "No longer cached"
            groups[ended].append(task.name)
    rows = [
        f"{word}: {enumerate_names(names, _LISTED, code)}."
        for word, names in groups.items()
        if names
    ]
    if rows and report.baseline != "lock":
        yield Part("", tuple(rows), noun="line on tasks")


def _standing(report: Report) -> Iterator[Part]:
    number = sum(not finding.new for finding in report.findings)
    if number:
        yield Part(f"{count(number, 'finding')} stood at the base already.")


def _notes(notes: tuple[str, ...]) -> Iterator[Part]:
    if notes:
        yield Part("", tuple(f"- note: {prose(note)}" for note in notes), noun="note")


# -- details -----------------------------------------------------------------------------------


def _details(title: str, stories: Iterable[Story]) -> Iterator[Part]:
    cached = [
        story for story in stories if story.causes and any(task.cached for task in story.tasks)
    ]
    rows = tuple(row for story in cached for row in _story_rows(story))
    if rows:
        head = f"<details><summary>{title}</summary>\n"
        yield Part(head, rows, "\n\n</details>", "detail line")


def _story_rows(story: Story) -> Iterator[str]:
    names = enumerate_names([task.name for task in story.tasks], _LISTED, code)
    yield f"- {names}"
    for cause in story.causes:
        yield f"  - {describe(cause.change, code)}{_whereabouts(cause)}"


def _whereabouts(cause: Cause) -> str:
    place = cause.change.location
    at = f", defined at {code(str(place), SENTENCE)}" if place else ""
    by = f", reached by {enumerate_names(cause.reached_by, 2, code)}" if cause.reached_by else ""
    return at + by
