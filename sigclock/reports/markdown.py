"""The body of a pull-request comment: verdict, table by cause, details folded, every name inert."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

import msgspec

from sigclock.interface.change import Change, ChangeKind
from sigclock.reports.causes import (
    BY_FILE,
    FIXABLE,
    Cause,
    ChangeGroup,
    FindingGroup,
    count_open,
    due_before,
    goes_stale,
    group_changes,
    group_findings,
    is_counted,
    is_doubtful,
    is_open,
    misses,
    recomputes,
    unseen,
)
from sigclock.reports.markdown_escape import SENTENCE, cell, code, prose
from sigclock.reports.markdown_parts import Part, asides, fit
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

#: A version that moves, and the tasks that recompute only because of that.
_Shared = tuple[Bump, list[str]]
#: How many names stand in a cell, and in a list.
_NAMED = 3
_LISTED = 200
_ICONS = {Level.ERROR: "❌", Level.WARNING: "⚠️", Level.INFO: "ℹ️"}  # noqa: RUF001 (an emoji)
_PLACEMENTS = {rule.id: rule.placement for rule in RULES.values()}
_OTHERS = "To look at"
#: The headings of rules that have a list of their own.
_HEADINGS = {rule.id: rule.heading for rule in RULES.values() if rule.heading}


def render(report: Report, _style: Style = PLAIN, /) -> str:
    """The whole body, for no project in particular."""
    return body(report)


def body(
    report: Report, limit: int | None = None, project: str = "", whole: str = "`sigclock diff`"
) -> str:
    """At most `limit` characters: the last rows are left out, and a sentence says how many.

    `project` is the directory of the project, and `whole` names where all can be read.
    """
    report = _settled(report)
    change_groups = group_changes(report)
    rows = {task.name for task in report.tasks if task.cached and (task.changes or misses(task))}
    finding_groups = [
        group
        for group in group_findings(report, change_groups)
        if not (_is_shown_elsewhere(group, report, rows) or is_counted(group.first))
    ]
    changed = {task.name for task in report.tasks if task.outputs_changed}
    pairs = ((bump, _others(bump, changed)) for bump in report.bumps)
    shared = [(bump, others) for bump, others in pairs if others]
    parts = [
        Part(_verdict(report, finding_groups, project)),
        *_next_step(report),
        *_table(report, change_groups, shared),
        *_shared(shared),
        *_listed(finding_groups),
        *_added_and_removed(report),
        *asides(report),
        *_notes(report.notes),
        *_details("Field by field, with the place of definition", change_groups),
    ]
    return fit(parts, limit, whole)


def _settled(report: Report) -> Report:
    """The report after this run: with the versions that it wrote, tasks recompute."""
    written = {name for bump in report.bumps if bump.path in report.written for name in bump.tasks}
    tasks = [_rewritten(task) if task.name in written else task for task in report.tasks]
    return msgspec.structs.replace(report, tasks=tuple(tasks))


def _rewritten(task: TaskReport) -> TaskReport:
    never = task.prediction.remote is Outcome.NEVER
    pair = msgspec.structs.replace(task.cache_version, current=task.next_version)
    prediction = Prediction(Outcome.MISS, Outcome.NEVER if never else Outcome.MISS)
    return msgspec.structs.replace(task, cache_version=pair, prediction=prediction)


# -- the first lines ---------------------------------------------------------------------------


def _verdict(report: Report, finding_groups: Sequence[FindingGroup], project: str) -> str:
    """One line: how bad it is, what goes stale, what recomputes, what else there is to fix."""
    stale = sum(map(goes_stale, report.tasks))
    again = sum(map(recomputes, report.tasks))
    left = [finding for group in finding_groups for finding in group.findings]
    errors, warnings = (count_open(left, level) for level in (Level.ERROR, Level.WARNING))
    clear = f"no cache goes stale, {again} of {report.summary.cached} recompute"
    phrases = [
        *([f"{count(stale, 'cache')} {'goes' if stale == 1 else 'go'} stale"] if stale else []),
        *([f"{again} recompute{'s' * (again == 1)}"] if again and stale else []),
        *([clear if again > 1 else f"{clear}s"] if again and not stale else []),
        *([count(errors, "error")] if errors else []),
        *([count(warnings, "warning")] if warnings else []),
    ]
    worst = count_open(report.findings, Level.ERROR)
    mark = "❌" if worst else "⚠️" if stale or warnings else "✅"
    where = f" in {code(project)}" if project else ""
    first, *rest = phrases or [_all_clear(report)]
    return f"{mark} **sigclock{where}: {', '.join([f'{first}**', *rest])}."


def _all_clear(report: Report) -> str:
    cached, hidden = report.summary.cached, unseen(report)
    if not cached + hidden:
        return "no task is cached, and nothing is left to do"
    doubtful = sum(is_doubtful(task) and task.followed for task in report.tasks)
    if doubtful or hidden:
        kept, left = cached - doubtful, doubtful + hidden
        return f"{kept} of {count(cached + hidden, 'cache')} hold, {left} not judged"
    before = len(due_before(report))
    if before:
        was = "was" if before == 1 else "were"
        return f"nothing new, {before} of {count(cached, 'cache')} {was} due at the base already"
    caches = "the one cache holds" if cached == 1 else f"all {cached} caches hold"
    return f"all clear, {caches}"


def _next_step(report: Report) -> Iterator[Part]:
    left = [item.rule for item in report.findings if is_open(item) and item.level is Level.ERROR]
    others = [rule for rule in left if rule not in FIXABLE]
    if _is_due(report) or not FIXABLE.isdisjoint(left):
        rest = f" {code(f'sigclock explain {others[0]}')} tells about the rest." if others else ""
        yield Part(f"Run `sigclock update` and commit the source together with the lock.{rest}")
    elif others:
        yield Part(f"{code(f'sigclock explain {others[0]}')} shows how to fix it.")


def _is_due(report: Report) -> bool:
    before = due_before(report)
    return any(
        not bump.made and bump.path not in report.written and not before.intersection(bump.tasks)
        for bump in report.bumps
    )


# -- the table ---------------------------------------------------------------------------------


def _table(
    report: Report, change_groups: Iterable[ChangeGroup], shared: list[_Shared]
) -> Iterator[Part]:
    rows = [*_rows_of_change_groups(change_groups), *_rows_without_cause(report, shared)]
    if rows:
        head = "| task | what changed | version | local | remote |\n|---|---|---|---|---|"
        yield Part(head, tuple(rows), noun="table row")


def _rows_of_change_groups(change_groups: Iterable[ChangeGroup]) -> Iterator[str]:
    """A row for the tasks that return the change, then a row for those that only take it."""
    for group in sorted(change_groups, key=lambda group: not any(map(goes_stale, group.tasks))):
        changes = [cause.change for cause in group.causes]
        tasks = [task for task in group.tasks if task.cached and group.causes]
        giving = [task for task in tasks if task.outputs_changed]
        taking = [task for task in tasks if not task.outputs_changed and misses(task)]
        if giving:
            yield _row(giving, _lines([_short(change) for change in changes]))
        if taking:
            yield _row(taking, _lines([_short_input(change) for change in changes]))


def _rows_without_cause(report: Report, shared: list[_Shared]) -> Iterator[str]:
    """Rows for tasks that recompute although no part of the interface changed."""
    sharing_tasks = {name for _, others in shared for name in others}
    groups: dict[tuple[str, str], list[TaskReport]] = defaultdict(list)
    for task in report.tasks:
        if misses(task) and not task.changes and task.name not in sharing_tasks:
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
        _commonest(_prediction(task, "local") for task in tasks),
        _commonest(_prediction(task, "remote") for task in tasks),
    )
    return f"| {' | '.join(cells)} |"


def _lines(items: list[str]) -> str:
    """The first few items, each on its line, and the number of the rest."""
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
    """A part of the task's own interface; a single output has no name that a reader knows."""
    known = leaf.removeprefix("o0") if subject == "output" else leaf
    return f"{subject} {cell(known)}" if known and known != "outputs" else subject


def _short_input(change: Change) -> str:
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


def _prediction(task: TaskReport, side: str) -> str:
    outcome = task.prediction.local if side == "local" else task.prediction.remote
    words = foretell_side(task.prediction, side)
    return f"**{words}**" if outcome is Outcome.STALE and not task.accepted else words


def _commonest(words: Iterable[str]) -> str:
    counts = Counter(words).most_common()
    if len(counts) == 1:
        return counts[0][0]
    return "<br>".join(f"{text} ({number})" for text, number in counts)


# -- what else recomputes, and findings --------------------------------------------------------


def _others(bump: Bump, changed: Collection[str]) -> list[str]:
    """The tasks that recompute only because they share this literal."""
    others = [name for name in bump.tasks if name not in changed]
    return others if len(others) < len(bump.tasks) else []


def _shared(shared: list[_Shared]) -> Iterator[Part]:
    if rows := tuple(_shared_row(bump, others) for bump, others in shared):
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


def _is_shown_elsewhere(group: FindingGroup, report: Report, rows: Collection[str]) -> bool:
    """Whether the table, or the command to run, shows it already."""
    first = group.first
    placement = _PLACEMENTS.get(first.rule)
    if placement is Placement.NEXT_STEP:
        return _is_due(report)
    return placement is Placement.TASK_TABLE and first.task in rows


def _listed(finding_groups: Iterable[FindingGroup]) -> list[Part]:
    """A list for each heading of a rule, then a list of all others."""
    lists: dict[str, list[FindingGroup]] = {
        heading: [] for heading in (*_HEADINGS.values(), _OTHERS)
    }
    for group in finding_groups:
        if _PLACEMENTS.get(group.first.rule) is not Placement.SHARED_VERSIONS:
            lists[_HEADINGS.get(group.first.rule, _OTHERS)].append(group)
    return [
        part
        for heading, heading_groups in lists.items()
        for part in _findings(heading, heading_groups)
    ]


def _findings(title: str, finding_groups: list[FindingGroup]) -> Iterator[Part]:
    rows = tuple(row for group in finding_groups for row in _finding_rows(group))
    if rows:
        yield Part(f"**{title}**\n", rows, noun="finding")


def _finding_rows(group: FindingGroup, shown: int = 5) -> Iterator[str]:
    yield from map(_finding_row, group.findings[:shown])
    rest = list(dict.fromkeys(item.task or item.path for item in group.findings[shown:]))
    if group.first.rule in BY_FILE and rest:
        left = len(group.findings) - shown
        yield f"- and {left} more of {code(group.first.rule)} in {code(group.first.path, SENTENCE)}"
    elif rest:
        names = enumerate_names(rest, 3, code)
        yield f"- the same ({code(group.first.rule)}) holds for {names}"


def _finding_row(finding: Finding) -> str:
    place = code(f"{finding.path}:{finding.line}", SENTENCE)
    icon = _ICONS[finding.level]
    return f"- {icon} {code(finding.rule)} at {place}: {prose(finding.message)}"


def _added_and_removed(report: Report) -> Iterator[Part]:
    groups: dict[str, list[str]] = {
        word: [] for word in ("Newly cached", "Removed", "No longer cached", "No longer followed")
    }
    for task in report.tasks:
        before = task.cache_version.baseline is not None and task.status != "added"
        if not task.followed:
            groups["No longer followed"].append(task.name)
            continue
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


def _notes(notes: tuple[str, ...]) -> Iterator[Part]:
    if notes:
        yield Part("", tuple(f"- note: {prose(note)}" for note in notes), noun="note")


# -- details -----------------------------------------------------------------------------------


def _details(title: str, change_groups: Iterable[ChangeGroup]) -> Iterator[Part]:
    cached = [
        group
        for group in change_groups
        if group.causes and any(task.cached for task in group.tasks)
    ]
    rows = tuple(row for group in cached for row in _change_group_rows(group))
    if rows:
        head = f"<details><summary>{title}</summary>\n"
        yield Part(head, rows, "\n\n</details>", "detail line")


def _change_group_rows(group: ChangeGroup) -> Iterator[str]:
    names = enumerate_names([task.name for task in group.tasks], _LISTED, code)
    yield f"- {names}"
    for cause in group.causes:
        yield f"  - {describe(cause.change, code)}{_location(cause)}"


def _location(cause: Cause) -> str:
    place = cause.change.location
    at = f", defined at {code(str(place), SENTENCE)}" if place else ""
    by = f", reached by {enumerate_names(cause.reached_by, 2, code)}" if cause.reached_by else ""
    return at + by
