"""What is said of a task, a class or a field under the pointer, and above each cached task."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from sigclock.interface.locations import unpacked
from sigclock.interface.reachability import reachable_of
from sigclock.interface.snapshot import Extraction, TaskSite
from sigclock.interface.types import spell
from sigclock.lock.ledger import conflicts
from sigclock.lsp.judging import View
from sigclock.project.analysis import Analysis
from sigclock.reports.markdown_escape import code, prose
from sigclock.verdict import wording
from sigclock.verdict.finding import TaskReport

#: So many issued versions, and tasks that a class reaches, are listed.
_MOST = 12


class Lens(msgspec.Struct, frozen=True):
    """What stands above a cached task; `due` is the version that a bump gives it."""

    name: str
    line: int
    title: str
    due: str | None


def tasks_on(view: View, path: str, line: int) -> list[str]:
    """The tasks whose decorators or signature stand on a line (1-based) of a file."""
    found = []
    for name, _, site in _sites(view, path):
        first, last = site.lines
        if first <= line <= max(last, site.location.line):
            found.append(name)
    return found


def hover(view: View, path: str, line: int, word: str = "") -> str:
    """Markdown of what stands on a line; empty if that is no task, class or field."""
    names = tasks_on(view, path, line)
    if names:
        return "\n\n---\n\n".join("\n".join(_task(view, name)) for name in names)
    for analysis in _analyses(view):
        for key, part in _parts_on(analysis.extraction, path, line, word):
            return "\n".join(_class(view, key, part))
    return ""


def lenses(view: View, path: str) -> list[Lens]:
    """One for each cached task of a file."""
    found = []
    for name, _, site in _sites(view, path):
        task = view.tasks[name]
        if not task.cached:
            continue
        decision = view.analysis_of(name).plan.decisions[name]
        version = _version(task)
        if not decision.due:
            title = f"{version} · {wording.foretell(task.prediction)}"
        elif decision.next_version:
            title = f"{version} is due: bump to {wording.inert(decision.next_version)}"
        else:
            title = f"{version} is due, and has to be changed by hand"
        due = decision.next_version if decision.due else None
        found.append(Lens(name, site.location.line, title, due))
    return sorted(found, key=lambda lens: lens.line)


def _analyses(view: View) -> list[Analysis]:
    return [*([view.part.analysis] if view.part else []), view.whole]


def _sites(view: View, path: str) -> Iterator[tuple[str, TaskReport, TaskSite]]:
    """The tasks of a file with where they are."""
    for name, task in view.tasks.items():
        if task.path == path:
            site = view.analysis_of(name).extraction.sites.get(name)
            if site is not None and name in view.analysis_of(name).plan.decisions:
                yield name, task, site


def _version(task: TaskReport) -> str:
    pair = task.cache_version
    return f"cached {wording.inert(pair.current)}" if pair.current else f"cache {pair.kind.value}"


def _task(view: View, name: str) -> Iterator[str]:
    analysis = view.analysis_of(name)
    task, report = analysis.extraction.snapshot.tasks[name], view.tasks[name]
    decision = analysis.plan.decisions[name]
    outputs = ", ".join(f"{field.name}: {spell(field.type)}" for field in task.outputs)
    yield f"**sigclock** {code(name)}"
    yield ""
    returned = code(outputs, 300) if outputs else "nothing"
    yield f"- returns {returned}, signature {code(task.signature[:12])}"
    if not task.cached:
        yield "- not cached"
        return
    setting = report.cache_version
    yield f"- cache version {code(setting.current or 'unknown')} ({setting.kind.value})"
    issued = sorted(decision.account.issued.items())
    for version, signatures in issued[-_MOST:]:
        shown = ", ".join(code(signature[:12]) for signature in sorted(signatures))
        burnt = any(conflicts(decision.account, version, signature) for signature in signatures)
        yield f"  - issued {code(version)} for {shown}{', burnt' if burnt else ''}"
    for change in report.changes:
        yield f"- {prose(wording.describe(change))}"
    yield f"- next call: {prose(wording.foretell(report.prediction))}"
    if decision.due:
        then = f"bump to {code(decision.next_version)}" if decision.next_version else "by hand"
        yield f"- **a new version is due**: {then}"


def _parts_on(extraction: Extraction, path: str, line: int, word: str) -> Iterator[tuple[str, str]]:
    """The class that stands on a line, or has a part there: its key and the part's name."""
    for key in extraction.snapshot.definitions:
        if key not in extraction.places:
            continue
        for part, found in unpacked(extraction.places[key]).items():
            where = found.location
            if (
                where.path == path
                and where.line == line
                and word in {"", part, key.rpartition(".")[2]}
            ):
                yield key, part


def _class(view: View, key: str, part: str) -> Iterator[str]:
    returned, taken = _reached(view, key)
    yield f"**sigclock** {code(f'{key}.{part}' if part else key)}"
    yield ""
    if not (returned or taken):
        yield "No task of the tree reaches it."
    if returned:
        yield f"A change of its structure makes {wording.count(len(returned), 'version')} due:"
        yield ""
    for name in returned[:_MOST]:
        yield f"- {code(name)} {code(_version(view.tasks[name]))}"
    if len(returned) > _MOST:
        yield f"- and {len(returned) - _MOST} more"
    if taken:
        yield ""
        yield f"As an input, or uncached: {wording.enumerate_names(taken, 3, code)}."


def _reached(view: View, key: str) -> tuple[list[str], list[str]]:
    """The cached tasks that return a class, and the other tasks that it reaches."""
    returned, others = [], []
    for name in sorted(view.tasks):
        snapshot = view.analysis_of(name).extraction.snapshot
        task = snapshot.tasks.get(name)
        if task is None:
            continue
        reach = reachable_of(snapshot)
        if task.cached and key in reach.keys(task.outputs):
            returned.append(name)
        elif key in reach.keys((*task.inputs, *task.outputs)):
            others.append(name)
    return returned, others
