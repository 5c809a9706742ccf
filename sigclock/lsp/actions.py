"""What can be done at a place, and the edits that do it: the same bytes as the command line's."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from lsprotocol.types import CodeAction, CodeActionKind, Command, Diagnostic

from sigclock.errors import EditError
from sigclock.git.atomic_write import FileChange
from sigclock.git.repository import Repository
from sigclock.interface.change import of_outputs
from sigclock.lsp.diagnostics import due
from sigclock.lsp.hovers import tasks_on
from sigclock.lsp.judging import View
from sigclock.lsp.text import Text, decoded, encoded
from sigclock.project import accepting, updating
from sigclock.project.projects import Overrides
from sigclock.source import Location, SourceTree
from sigclock.tasks.waivers import waivers
from sigclock.verdict import wording
from sigclock.verdict.rules import RULES

BUMP, ACCEPT, WAIVE, OPEN = "sigclock.bump", "sigclock.accept", "sigclock.waive", "sigclock.open"
#: The client's own command: it asks for a reason, and runs the command that it is given with it.
ASK = "sigclock.ask"
#: So many places are offered to go to.
_MOST = 4


class Abilities(msgspec.Struct, frozen=True):
    """What a client can do: ask for a reason, and show a place."""

    asks: bool = False
    shows: bool = False


class Place(msgspec.Struct, frozen=True):
    """A line of the repository at `root`, with what the editor shows there."""

    root: str
    location: Location
    told: Sequence[Diagnostic]


def actions(view: View, place: Place, abilities: Abilities) -> Iterator[CodeAction]:
    """What can be done at a line for the tasks there and those that diagnostics name."""
    at, told = place.location, place.told
    here = tasks_on(view, at.path, at.line)
    named = dict.fromkeys([*here, *(name for one in told for name in _names(one))])
    all_due = set(due(view))
    names = [name for name in named if name in all_due]
    if names:
        yield from _for_due(view, place, names, all_due)
        if "stale-cache" in {one.code for one in told} or _changed(view, names):
            yield _asking(
                f"Accept the change for {wording.enumerate_names(names)}: it means the same …",
                ACCEPT,
                {"root": place.root, "tasks": names},
                abilities,
            )
    for one in told:
        rule = RULES.get(str(one.code))
        task = next(iter(_names(one)), None)
        if rule is not None and rule.waivable and task is not None:
            arguments = {"root": place.root, "path": at.path, "rule": rule.id, "task": task}
            yield _asking(f"Waive {rule.id} here …", WAIVE, arguments, abilities)
    if abilities.shows:
        yield from _places(view, place, [name for name in named if name in view.tasks])


def _for_due(
    view: View, place: Place, names: Sequence[str], all_due: set[str]
) -> Iterator[CodeAction]:
    moving = [
        (name, version)
        for name in names
        if (version := view.analysis_of(name).plan.decisions[name].next_version)
    ]
    if moving:
        if len(moving) == 1:
            name, version = moving[0]
            title = f"Bump {name} to {wording.inert(version)}"
        else:
            title = f"Bump {wording.count(len(moving), 'cache version')}"
        arguments = {"root": place.root, "tasks": [name for name, _ in moving]}
        yield CodeAction(
            title,
            CodeActionKind.QuickFix,
            [one for one in place.told if one.code in {"stale-cache", "version-reused"}],
            is_preferred=True,
            command=Command(title, BUMP, arguments=[arguments]),
        )
    if len(all_due) > len(names):
        title = f"Bump all that is due ({len(all_due)} tasks)"
        arguments = {"root": place.root, "tasks": []}
        yield CodeAction(
            title, CodeActionKind.QuickFix, command=Command(title, BUMP, arguments=[arguments])
        )


def _asking(
    title: str, command: str, arguments: Mapping[str, object], abilities: Abilities
) -> CodeAction:
    called = Command(title, command, arguments=[arguments])
    if abilities.asks:
        called = Command(title, ASK, arguments=[title, command, arguments])
    return CodeAction(title, CodeActionKind.QuickFix, command=called)


def _places(view: View, here: Place, names: Iterable[str]) -> Iterator[CodeAction]:
    """Where a definition changed, and where a version stands."""
    places: dict[Location, str] = {}
    for name in names:
        for change in of_outputs(view.tasks[name].changes):
            if change.location is not None:
                text = f"Open {change.location}: {wording.describe(change)}"
                places.setdefault(change.location, text)
        site = view.analysis_of(name).extraction.sites.get(name)
        if site is not None and site.version is not None:
            where = site.version.location
            places.setdefault(where, f"Go to the version of {name} ({where})")
    at = here.location.path, here.location.line
    elsewhere = [
        (place, title) for place, title in places.items() if (place.path, place.line) != at
    ]
    for place, title in elsewhere[:_MOST]:
        arguments = {
            "root": here.root,
            "path": place.path,
            "line": place.line,
            "column": place.column,
        }
        yield CodeAction(
            title, CodeActionKind.QuickFix, command=Command(title, OPEN, arguments=[arguments])
        )


def _changed(view: View, names: Iterable[str]) -> bool:
    return any(of_outputs(view.tasks[name].changes) for name in names)


def _names(diagnostic: Diagnostic) -> Iterator[str]:
    """The tasks that a diagnostic is about; a client gives back what it was given, or not."""
    data: Any = diagnostic.data
    if not isinstance(data, dict):
        return
    several = data.get("tasks")
    for name in [data.get("task"), *(several if isinstance(several, list) else [])]:
        if isinstance(name, str):
            yield name


# -- edits ---------------------------------------------------------------------------------------


def bumped(
    repository: Repository, tree: SourceTree, tasks: Sequence[str]
) -> tuple[FileChange, ...]:
    """What `update` would write for some of the tasks that are due, or for all."""
    declared = updating.read(repository, tree, Overrides())
    if not tasks:
        return updating.planned(declared).changes
    found = updating.planned(declared, bump=False)
    known = {name for analysis in found.analyses for name in analysis.plan.decisions}
    left = frozenset(known.difference(tasks))
    return updating.planned(declared, left=left).changes


def accepted(
    repository: Repository, tree: SourceTree, tasks: Sequence[str], reason: str
) -> tuple[FileChange, ...]:
    """What `accept` would write for the tasks."""
    changes, _ = accepting.accepted(repository, tree, Overrides(), (tasks, ()), reason)
    return tuple(changes)


def waived(path: str, data: bytes, lines: tuple[int, int], rule: str, reason: str) -> FileChange:
    """A comment that waives a rule, on the first of the lines that can have one."""
    words = " ".join(reason.split())
    text = decoded(data)
    rows = Text(text).lines
    for number in range(lines[0], min(lines[1], len(rows)) + 1):
        row = rows[number - 1]
        bare = row.rstrip("\r\n")
        comment = f"{bare.rstrip()}  # sigclock: ignore[{rule}] {words}".rstrip()
        changed = "".join([*rows[: number - 1], comment, row[len(bare) :], *rows[number:]])
        after = encoded(changed, mark=data.startswith(b"\xef\xbb\xbf"))
        wanted = (number, rule, words)
        written = {(w.location.line, w.rule, w.reason) for w in waivers(path, after)}
        if wanted in written and _same_code(data, after):
            return FileChange(path, data, after)
    raise EditError(
        "there is no room for a comment", advice="write the waiver by hand", location=path
    )


def _same_code(before: bytes, after: bytes) -> bool:
    try:
        return ast.dump(ast.parse(before)) == ast.dump(ast.parse(after))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
