"""What `update`, `check` and `diff` print on a terminal, grouped by cause, short without news."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from sigclock.reports.causes import (
    BY_FILE,
    FIXABLE,
    Cause,
    ChangeGroup,
    FindingGroup,
    count_open,
    counted,
    group_changes,
    group_findings,
    is_counted,
    is_open,
    unseen,
)
from sigclock.reports.style import PLAIN, Style
from sigclock.verdict.finding import (
    Bump,
    Finding,
    Level,
    Outcome,
    Prediction,
    Report,
    TaskReport,
)
from sigclock.verdict.rules import RULES
from sigclock.verdict.wording import count, describe, enumerate_names, foretell, inert

_SHOWN = 5
_WIDEST = 48
_PATH = 4096
_VERSION = 60

_UNRESOLVED = "unresolved-type"
#: The rules that say of a task that its version must move; as a note they do not.
_OF_VERSIONS = frozenset(rule.id for rule in RULES.values() if rule.always_on)

#: Text and the name of a style → text in that style.
_Paint = Callable[[str, str], str]
_CODES = {
    "path": "1",
    "new": "1;32",
    "error": "1;31",
    "warning": "1;33",
    "info": "1;36",
    "rule": "1",
    "aside": "2",
}
_Row = tuple[str, str, str]


def render(report: Report, style: Style = PLAIN, /) -> str:
    """A block for each group of changes, a line for each finding, a summary, and the next step.

    A verbose report shows every row and standing findings.
    """
    paint = _colored if style.color else _plain
    full = style.verbose > 0
    shown = len(report.tasks) + len(report.findings) + len(report.bumps) if full else _SHOWN
    change_groups = group_changes(report)
    shown_groups = [group for group in change_groups if full or _is_news(group, report)]
    findings = [
        [
            line
            for group in group_findings(report, change_groups)
            if full or not is_counted(group.first)
            for line in _finding_group_lines(group, shown, paint)
        ],
        [_finding_line(finding, paint) for finding in report.findings if full and not finding.new],
    ]
    if style.verbose < 0:
        return "".join(f"{_guard(line)}\n" for block in findings for line in block)
    blocks = [
        *(_change_group_lines(group, shown, paint, full=full) for group in shown_groups),
        *findings,
        list(_added_and_removed(report.tasks, shown)),
        [*_notes(report, paint), *_summary(report, shown_groups, full=full)],
    ]
    return "\n\n".join("\n".join(map(_guard, block)) for block in blocks if block) + "\n"


def _plain(text: str, _style: str) -> str:
    return text


def _colored(text: str, style: str) -> str:
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m"


def _guard(line: str) -> str:
    """Keep a build server from taking a line that starts with a user's name for a command."""
    return line.replace("::", ":\\x3a", 1) if line.lstrip().startswith("::") else line


def _is_news(group: ChangeGroup, report: Report) -> bool:
    """Against a lock, only cached tasks; between two commits, all."""
    return report.baseline != "lock" or any(task.cached for task in group.tasks) or not group.causes


def _change_group_lines(group: ChangeGroup, shown: int, paint: _Paint, *, full: bool) -> list[str]:
    rows = list(_rows(group))
    left = len(rows) - shown
    return [
        *_aligned(rows[:shown] if left > 1 else rows, paint),
        *([paint(f"... and {left} more (-v shows all)", "aside")] if left > 1 else []),
        *(f"    {_cause(cause)}" for cause in group.causes),
        *(f"    {line}" for line in _forecast(group, full=full)),
    ]


def _rows(group: ChangeGroup) -> Iterator[_Row]:
    """A row for each bump, then a row for each task that no bump serves."""
    tasks = {task.name: task for task in group.tasks}
    served = {name for bump in group.bumps for name in bump.tasks}
    yield from (_bump_row(bump, tasks) for bump in group.bumps)
    yield from (_task_row(task) for task in group.tasks if task.name not in served)


def _bump_row(bump: Bump, tasks: dict[str, TaskReport]) -> _Row:
    changed = [name for name in bump.tasks if name in tasks]
    others = [name for name in bump.tasks if name not in tasks]
    holder = inert(bump.holder)
    if others and changed:
        holder += f"; {enumerate_names(others)} recompute{'s' * (len(others) == 1)} as well"
    move = f"{inert(bump.baseline, _VERSION)} -> {inert(bump.current, _VERSION)}  ({holder})"
    return f"{inert(bump.path, _PATH)}:{bump.line}", enumerate_names(changed or others), move


def _task_row(task: TaskReport) -> _Row:
    return f"{inert(task.path, _PATH)}:{task.line}", inert(task.name), _version_text(task)


def _version_text(task: TaskReport) -> str:
    pair = task.cache_version
    if not task.cached:
        return "not cached"
    old, new = (inert(side or "none", _VERSION) for side in (pair.baseline, pair.current))
    if task.next_version not in {None, pair.current}:
        return f"{new} -> {inert(task.next_version or '', _VERSION)}  (due)"
    return f"{old} -> {new}" if old != new else f"{new}  ({pair.kind.value}, kept)"


def _aligned(rows: list[_Row], paint: _Paint) -> Iterator[str]:
    widths = [min(_WIDEST, max((len(row[column]) for row in rows), default=0)) for column in (0, 1)]
    for place, name, move in rows:
        gap = " " * max(0, widths[0] - len(place))
        yield f"{paint(place, 'path')}{gap}  {name.ljust(widths[1])}  {paint(move, 'new')}"


def _cause(cause: Cause) -> str:
    change = cause.change
    at = f" ({inert(str(change.location), _PATH)})" if change.location else ""
    by = f", reached by {enumerate_names(cause.reached_by, 2)}" if cause.reached_by else ""
    return f"{describe(change)}{at}{by}"


def _forecast(group: ChangeGroup, *, full: bool) -> Iterator[str]:
    """What the caches do, the most frequent first; tasks that hit are left out."""
    forecasts = Counter(
        _prediction(task.prediction, full=full)
        for task in group.tasks
        if task.cached and {task.prediction.local, task.prediction.remote} != {Outcome.HIT}
    )
    all_made = all(bump.made for bump in group.bumps)
    due = not all_made or any(task.next_version for task in group.tasks)
    opening = "without a new version, " if due else ""
    for words, number in forecasts.most_common():
        yield f"{opening}{words}" + (f"  [{count(number, 'task')}]" if len(forecasts) > 1 else "")
    most = max(group.tasks, key=lambda task: task.downstream, default=None)
    if most is not None and most.downstream:
        whose = "" if len(group.tasks) == 1 else f" with {inert(most.name)}"
        number = most.downstream
        dependants = f"{number} tasks and workflows" if number > 1 else "one task or workflow"
        yield f"{dependants} downstream recompute{'s' * (number == 1)}{whose}"


def _prediction(prediction: Prediction, *, full: bool) -> str:
    reason = f" ({inert(prediction.reason)})" if full and prediction.reason else ""
    return f"{foretell(prediction)}{reason}"


def _finding_group_lines(group: FindingGroup, shown: int, paint: _Paint) -> Iterator[str]:
    left = len(group.findings) - shown
    yield from (
        _finding_line(item, paint) for item in group.findings[: shown if left > 1 else None]
    )
    if left > 1:
        rule, first = inert(group.first.rule), group.first
        same = f"in {inert(first.path, _PATH)}" if first.rule in BY_FILE else "with the same cause"
        words = f"... and {left} more of {rule} {same}"
        yield paint(f"{words} (-v shows all)", "aside")


def _finding_line(finding: Finding, paint: _Paint) -> str:
    place = paint(f"{inert(finding.path, _PATH)}:{finding.line}", "path")
    level = paint(finding.level.value, finding.level.value)
    return f"{place}: {level}[{paint(inert(finding.rule), 'rule')}] {inert(finding.message, 1000)}"


def _added_and_removed(tasks: Iterable[TaskReport], shown: int) -> Iterator[str]:
    tasks = list(tasks)
    for status, word in (("added", "Added"), ("removed", "Removed")):
        names = [task.name for task in tasks if task.status == status]
        if names:
            yield f"{word} {count(len(names), 'task')}: {enumerate_names(names, shown)}"
    lost = [task.name for task in tasks if not task.followed]
    if lost:
        yield f"No longer followed: {count(len(lost), 'task')}: {enumerate_names(lost, shown)}"
    moved = [task for task in tasks if task.previous_name is not None]
    for task in moved[:shown]:
        yield f"Moved {inert(task.previous_name or '')} -> {inert(task.name)}"
    if moved[shown:]:
        yield f"... and {len(moved) - shown} more moved"


def _notes(report: Report, paint: _Paint) -> Iterator[str]:
    return (f"{paint('note', 'info')}: {inert(note, 1000)}" for note in report.notes)


def _summary(report: Report, shown_groups: list[ChangeGroup], *, full: bool) -> Iterator[str]:
    yield " ".join(
        [
            *_bumped(report),
            *_signatures(report, shown_groups),
            *_outside(report),
            *_finding_counts(report.findings, full=full),
            *_wrote(report),
        ]
    )
    yield from _next_step(report)


def _bumped(report: Report) -> Iterator[str]:
    if report.bumps:
        word = "Bumped" if _is_done(report.bumps[0], report) else "Would bump"
        served = {name for bump in report.bumps for name in bump.tasks}
        versions = count(len(report.bumps), "cache version")
        yield f"{word} {versions}, serving {count(len(served), 'task')}."


def _is_done(bump: Bump, report: Report) -> bool:
    return bump.made or bump.path in report.written


def _signatures(report: Report, shown_groups: list[ChangeGroup]) -> Iterator[str]:
    cached = report.summary.cached
    changed = sum(task.cached for group in shown_groups if group.causes for task in group.tasks)
    if changed:
        yield f"{changed} of {count(cached, 'cached task')} changed."
    elif not report.bumps and not cached + unseen(report):
        yield f"{count(report.summary.tasks, 'task')}, none of them cached."
    elif not report.bumps:
        yield from _unchanged(report)
    if report.summary.unrecognized:
        yield f"{report.summary.unrecognized} not judged."


def _outside(report: Report) -> Iterator[str]:
    number = report.summary.outside
    if number:
        yield f"Not followed, compared by name: {count(number, 'use')} of classes from elsewhere."


def _unchanged(report: Report) -> Iterator[str]:
    """The sentence says "all" only if that is known of every task."""
    cached = report.summary.cached
    hidden = unseen(report)
    new = sum(task.cached and task.status == "added" for task in report.tasks)
    told = [finding for finding in report.findings if finding.rule == _UNRESOLVED]
    due = {finding.task for finding in report.findings if _is_due(finding)}
    due -= {finding.task for finding in told}
    kept = cached - new - report.summary.doubtful - len(due)
    total = cached + hidden
    if kept == total:
        one = "The one cached task keeps its signature."
        yield one if cached == 1 else f"All {cached} cached tasks keep their signatures."
        return
    verb = "keeps its signature" if 1 in {kept, total} else "keep their signatures"
    yield f"{kept} of {count(total, 'cached task')} {verb}{_doubts(report, told)}."
    if new:
        yield f"{new} {'is' if new == 1 else 'are'} new."


def _is_due(finding: Finding) -> bool:
    """Whether it says that a task's version names another signature."""
    return finding.rule in _OF_VERSIONS and finding.level is not Level.INFO


def _doubts(report: Report, unresolved: list[Finding]) -> str:
    """How much could not be followed, and the places of which there are findings."""
    places = [
        *dict.fromkeys(f"{finding.path}:{finding.line}" for finding in unresolved),
        *(f"{place.path}:{place.line}" for finding in report.findings for place in finding.places),
    ]
    number = report.summary.doubtful + unseen(report)
    if not number:
        return ""
    return f"; {number} could not be followed{f': {enumerate_names(places)}' if places else ''}"


def _finding_counts(findings: tuple[Finding, ...], *, full: bool) -> Iterator[str]:
    told = tuple(finding for finding in findings if full or not is_counted(finding))
    nouns = ((Level.ERROR, "error"), (Level.WARNING, "warning"), (Level.INFO, "note"))
    counts = [count(number, noun) for level, noun in nouns if (number := count_open(told, level))]
    if counts:
        yield f"Found {', '.join(counts)}."
    asides = "" if full else counted(filter(is_open, findings))
    if asides:
        yield f"Counted only: {asides} (-v shows all)."
    standing = sum(not finding.new for finding in findings)
    if standing:
        yield f"{count(standing, 'finding')} stood before{'' if full else ' (-v shows all)'}."


def _wrote(report: Report) -> Iterator[str]:
    if report.written:
        yield f"Wrote {enumerate_names(report.written)}."


def _next_step(report: Report) -> Iterator[str]:
    left = [item for item in report.findings if is_open(item) and item.level is not Level.INFO]
    rules = dict.fromkeys(item.rule for item in sorted(left, key=lambda item: item.level.rank))
    due = not all(_is_done(bump, report) for bump in report.bumps)
    if due or not FIXABLE.isdisjoint(rules):
        yield "Run `sigclock update`, then commit the source together with the lock."
    elif report.written and report.current != "index":
        yield "Review with `git diff`, then commit the source together with the lock."
    others = [rule for rule in rules if rule not in FIXABLE]
    if others:
        yield f"`sigclock explain {inert(others[0])}` tells what it means and how to mend it."
