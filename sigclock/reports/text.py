"""What `update`, `check` and `diff` print on a terminal: each cause once, short without news."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from sigclock.reports.causes import (
    BY_FILE,
    Cause,
    ChangeGroup,
    FindingGroup,
    group_changes,
    group_findings,
    is_counted,
)
from sigclock.reports.paragraph import wrapped
from sigclock.reports.style import PLAIN, Style
from sigclock.reports.text_summary import is_done, summary
from sigclock.source import Location
from sigclock.verdict.finding import Bump, Finding, Outcome, Prediction, Report, TaskReport
from sigclock.verdict.rules import RULES
from sigclock.verdict.wording import ARROW, count, describe, enumerate_names, foretell, inert

_SHOWN = 5
_WIDEST = 48
_PATH = 4096
_VERSION = 60
_EXCERPT = 80
_OUTDATED = "lock-outdated"

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
#: What the caches do, and the rows of which that is true.
_Said = tuple[str, list[_Row]]
#: The path to an output or an input as a whole, or to what a list of it holds.
_ITSELF = re.compile(r"(?:outputs|inputs)\.\w+(?:\[\])*")


class _View(msgspec.Struct, frozen=True):
    """How much is shown and how; `additions` has the findings that a task's changes tell with."""

    report: Report
    paint: _Paint
    shown: int
    full: bool
    width: int
    additions: Mapping[str, Finding]
    excerpts: Mapping[tuple[str, int], str]
    #: The bump that moved the version of a task.
    moved: Mapping[str, Bump]
    #: What the caches do with every task that is shown, said once at the end; else "".
    common: str = ""


def render(report: Report, style: Style = PLAIN, /) -> str:
    """A block for each group of changes, a line for each other finding, a summary, the next step.

    A verbose report shows every row and standing findings.
    """
    full = style.verbose > 0
    change_groups = group_changes(report)
    shown_groups = [group for group in change_groups if full or _is_news(group, report)]
    view = _view(report, style, shown_groups if style.verbose >= 0 else [])
    rows = [list(_rows(group, view)) for group in shown_groups]
    view = msgspec.structs.replace(view, common=_common(rows))
    groups = group_findings(report, change_groups)
    implied = [group for group in groups if not full and _is_implied(group, view)]
    findings = [
        [
            line
            for group in groups
            if full or not is_counted(group.first)
            if group not in implied
            for line in _finding_group_lines(group, view)
        ],
        [
            _finding_line(finding, view)
            for finding in report.findings
            if full and not finding.new and not _is_told(finding, view)
        ],
    ]
    if style.verbose < 0:
        return "".join(f"{_guard(line)}\n" for block in findings for line in block)
    blocks = [
        [
            line
            for group, own in zip(shown_groups, rows, strict=True)
            for line in _change_group_lines(group, own, view)
        ],
        *findings,
        list(_added_and_removed(report.tasks, view.shown)),
        [
            *(
                _flowing(inert(note, 1000), view, ("note", "info"), (": ", ""))
                for note in report.notes
            ),
            *(
                [_flowing(f"{view.common[0].upper()}{view.common[1:]}.", view)]
                if view.common
                else []
            ),
            *(
                _flowing(line, view)
                for line in summary(_without(report, implied), shown_groups, full=full)
            ),
        ],
    ]
    return "\n\n".join("\n".join(map(_guard, block)) for block in blocks if block) + "\n"


def _view(report: Report, style: Style, groups: Iterable[ChangeGroup]) -> _View:
    full = style.verbose > 0
    names = {task.name for group in groups for task in group.tasks}
    return _View(
        report,
        _painter(style),
        len(report.tasks) + len(report.findings) + len(report.bumps) if full else _SHOWN,
        full,
        style.width,
        {
            finding.task: finding
            for finding in report.findings
            if finding.addition is not None and finding.task in names and (full or finding.new)
        },
        {(excerpt.path, excerpt.line): excerpt.text for excerpt in report.excerpts},
        {name: bump for bump in report.bumps if is_done(bump, report) for name in bump.tasks},
    )


def _painter(style: Style) -> _Paint:
    """Colours, and links of rules to their documentation, as far as the terminal takes them."""

    def paint(text: str, name: str) -> str:
        colored = f"\x1b[{_CODES[name]}m{text}\x1b[0m" if style.color and name and text else text
        if name != "rule" or not style.links or text not in RULES:
            return colored
        return f"\x1b]8;;{RULES[text].url}\x1b\\{colored}\x1b]8;;\x1b\\"

    return paint


def _guard(line: str) -> str:
    """Keep a build server from taking a line that starts with a user's name for a command."""
    return line.replace("::", ":\\x3a", 1) if line.lstrip().startswith("::") else line


def _flowing(text: str, view: _View, *start: tuple[str, str]) -> str:
    """A sentence over as many lines as it needs; a command in it stays in one.

    It begins with the texts of `start`, each in its style.
    """
    painted = "".join(view.paint(*part) for part in start)
    rest = wrapped(text, view.width, sum(len(part) for part, _ in start))
    return (painted.rstrip(" ") if rest.startswith("\n") else painted) + rest


def _is_news(group: ChangeGroup, report: Report) -> bool:
    """Against a lock, only cached tasks; between two commits, all."""
    return report.baseline != "lock" or any(task.cached for task in group.tasks) or not group.causes


def _is_told(finding: Finding, view: _View) -> bool:
    """Whether the changes of its task tell it."""
    return finding.task is not None and view.additions.get(finding.task) == finding


def _is_implied(group: FindingGroup, view: _View) -> bool:
    """Whether a cause that is shown says as much: what makes a version due outdates the lock."""
    due = any(item.addition == "" and not item.fixed for item in view.additions.values())
    return group.first.rule == _OUTDATED and due


def _without(report: Report, groups: Iterable[FindingGroup]) -> Report:
    """The report without findings that another one tells."""
    left_out = {id(finding) for group in groups for finding in group.findings}
    told = tuple(finding for finding in report.findings if id(finding) not in left_out)
    return msgspec.structs.replace(report, findings=told)


def _common(groups: Sequence[Sequence[_Said]]) -> str:
    """The one thing that is said of the tasks of several causes."""
    said = [words for group in groups for words, rows in group if rows and words]
    return said[0] if len(said) > 1 and len(set(said)) == 1 else ""


# -- what changed ------------------------------------------------------------------------------


def _change_group_lines(group: ChangeGroup, rows: Sequence[_Said], view: _View) -> Iterator[str]:
    findings = [view.additions[task.name] for task in group.tasks if task.name in view.additions]
    left = [finding for finding in findings if not finding.fixed]
    worst = min(left, key=lambda finding: finding.level.rank, default=None)
    yield from _headings(group, worst, view)
    yield from _cut(rows, view)
    for finding in left if view.full else left[: view.shown]:
        if finding.addition:
            rule = [] if worst and finding.rule == worst.rule else [*_rule(finding), (" ", "")]
            yield _flowing(inert(finding.addition, 1000), view, ("    ", ""), *rule)
    yield from _downstream(group)


def _headings(group: ChangeGroup, worst: Finding | None, view: _View) -> Iterator[str]:
    """The causes, each at the place to look at; a bump without a change has its finding's words."""
    for number, cause in enumerate(group.causes):
        first = group.tasks[0]
        place = cause.change.location or Location(first.path, first.line)
        rule = [*_rule(worst), (" ", "")] if worst and not number else []
        start = [*_start(place.path, place.line, place.column), *rule]
        excerpt = view.excerpts.get((place.path, place.line))
        yield _flowing(_cause(cause, has_line=excerpt is not None), view, *start)
        if excerpt is not None:
            yield view.paint(f"  {place.line} | {inert(excerpt, _EXCERPT)}", "aside")
    if not group.causes:
        names = {task.name for task in group.tasks}
        for finding in view.report.findings:
            if finding.task in names and finding.fixed:
                start = _start(finding.path, finding.line, finding.column)
                yield _flowing(inert(finding.message, 1000), view, *start)


def _cause(cause: Cause, *, has_line: bool) -> str:
    """The change in words; a line of source tells its default by itself."""
    change = cause.change
    if has_line:
        change = msgspec.structs.replace(change, default=False)
    # A class that is an output or an input itself is reached by nothing that needs a word.
    within = [path for path in cause.reached_by if not _ITSELF.fullmatch(path)]
    by = f", reached by {enumerate_names(within, 2)}" if within else ""
    return f"{describe(change)}{by}"


def _rows(group: ChangeGroup, view: _View) -> Iterator[_Said]:
    """What the caches do with the rows of which that is true, the most frequent first.

    A version that is bumped by now has no words: what it would have done is over.
    """
    tasks = {task.name: task for task in group.tasks}
    done = [bump for bump in group.bumps if is_done(bump, view.report)]
    served = {name for bump in group.bumps for name in bump.tasks}
    rows: dict[str, list[_Row]] = defaultdict(list)
    inputs: dict[str, list[str]] = defaultdict(list)
    for bump in group.bumps:
        names = [name for name in bump.tasks if name in tasks]
        words = "" if bump in done or not names else _outcome(tasks[names[0]], full=view.full)
        rows[words].append(_bump_row(bump, names))
    for task in group.tasks:
        if task.name in served:
            continue
        if task.name in view.moved:
            # Another cause's bump moved the version that it shares.
            rows[""].append(_bump_row(view.moved[task.name], [task.name]))
            continue
        words = _outcome(task, full=view.full)
        if task.cached and task.inputs_changed and task.outputs_changed is False:
            inputs[words].append(task.name)
        else:
            rows[words].append((inert(task.name), _place(task.path, task.line), _version(task)))
    yield from sorted(rows.items(), key=lambda item: (bool(item[0]), -len(item[1])))
    for words, names in inputs.items():
        yield f"input of {enumerate_names(names)}: {words}", []


def _cut(groups: Sequence[_Said], view: _View) -> Iterator[str]:
    """The rows under what is said of them; of many, the first few and a number."""
    every = [row for _, rows in groups for row in rows]
    left = len(every) - view.shown
    room = view.shown if left > 1 else len(every)
    widths = [min(_WIDEST, max((len(row[n]) for row in every[:room]), default=0)) for n in (0, 1)]
    for words, rows in groups:
        indent = "    " if words and words != view.common else "  "
        if words and words != view.common and (room or not rows):
            yield _flowing(f"{words}:" if rows else words, view, ("  ", ""))
        for name, place, move in rows[:room]:
            gaps = [
                " " * max(0, width - len(text))
                for width, text in zip(widths, (name, place), strict=True)
            ]
            yield f"{indent}{name}{gaps[0]}  {place}{gaps[1]}  {view.paint(move, 'new')}".rstrip()
        room -= min(room, len(rows))
    if left > 1:
        yield view.paint(f"    ... and {left} more (-v shows all)", "aside")


def _bump_row(bump: Bump, changed: list[str]) -> _Row:
    others = [name for name in bump.tasks if name not in changed]
    asides = [inert(bump.holder)] if bump.holder != "decorator" else []
    if others and changed:
        asides.append(f"{enumerate_names(others)} recompute{'s' * (len(others) == 1)} as well")
    move = f"{inert(bump.baseline, _VERSION)} {ARROW} {inert(bump.current, _VERSION)}"
    aside = f"  ({'; '.join(asides)})" if asides else ""
    return enumerate_names(changed or others), _place(bump.path, bump.line), f"{move}{aside}"


def _version(task: TaskReport) -> str:
    pair = task.cache_version
    if not task.cached:
        return "not cached"
    old, new = (inert(side or "none", _VERSION) for side in (pair.baseline, pair.current))
    if task.next_version not in {None, pair.current}:
        return f"{new}, due {inert(task.next_version or '', _VERSION)}"
    return f"{old} {ARROW} {new}" if old != new else new


def _outcome(task: TaskReport, *, full: bool) -> str:
    """What both caches do until the version moves, if it must; "" for what is not cached."""
    if not task.cached or {task.prediction.local, task.prediction.remote} == {Outcome.HIT}:
        return ""
    due = task.next_version not in {None, task.cache_version.current}
    opening = "until the version moves, " if due else ""
    return f"{opening}{_prediction(task.prediction, full=full)}"


def _prediction(prediction: Prediction, *, full: bool) -> str:
    reason = f" ({inert(prediction.reason)})" if full and prediction.reason else ""
    return f"{foretell(prediction)}{reason}"


def _downstream(group: ChangeGroup) -> Iterator[str]:
    most = max(group.tasks, key=lambda task: task.downstream, default=None)
    if most is not None and most.downstream:
        whose = "" if len(group.tasks) == 1 else f" with {inert(most.name)}"
        number = most.downstream
        dependants = f"{number} tasks and workflows" if number > 1 else "one task or workflow"
        yield f"  {dependants} downstream recompute{'s' * (number == 1)}{whose}"


def _start(path: str, line: int, column: int) -> list[tuple[str, str]]:
    """The place with which a line begins, as editors and terminals follow it."""
    return [(f"{_place(path, line)}:{column}", "path"), (": ", "")]


def _place(path: str, line: int) -> str:
    return f"{inert(path, _PATH)}:{line}"


# -- other findings ----------------------------------------------------------------------------


def _finding_group_lines(group: FindingGroup, view: _View) -> Iterator[str]:
    findings = [finding for finding in group.findings if not _is_told(finding, view)]
    left = len(findings) - view.shown
    yield from (_finding_line(item, view) for item in findings[: view.shown if left > 1 else None])
    if left > 1:
        rule, first = inert(group.first.rule), group.first
        same = f"in {inert(first.path, _PATH)}" if first.rule in BY_FILE else "with the same cause"
        words = f"... and {left} more of {rule} {same}"
        yield view.paint(f"{words} (-v shows all)", "aside")


def _finding_line(finding: Finding, view: _View) -> str:
    start = _start(finding.path, finding.line, finding.column)
    start += [*_rule(finding), (" ", "")]
    return _flowing(inert(finding.message, 1000), view, *start)


def _rule(finding: Finding) -> list[tuple[str, str]]:
    level = finding.level.value
    return [(level, level), ("[", ""), (inert(finding.rule), "rule"), ("]", "")]


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
        anew = task.cached and task.prediction.local is Outcome.MISS
        empty = ": both caches start empty under the new name" if anew else ""
        yield f"Moved {inert(task.previous_name or '')} {ARROW} {inert(task.name)}{empty}"
    if moved[shown:]:
        yield f"... and {len(moved) - shown} more moved"
