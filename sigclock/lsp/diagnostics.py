"""Findings → diagnostics: at the task, and at the changed part of a class."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

import msgspec
from lsprotocol.types import (
    CodeDescription,
    Diagnostic,
    DiagnosticRelatedInformation,
    DiagnosticSeverity,
    Location,
    Position,
    Range,
)

from sigclock import source
from sigclock.errors import SigclockError
from sigclock.interface.change import of_outputs
from sigclock.lsp.judging import View
from sigclock.verdict import wording
from sigclock.verdict.finding import Finding, Level
from sigclock.verdict.rules import RULES, stale_cache

_SEVERITY = {
    Level.ERROR: DiagnosticSeverity.Error,
    Level.WARNING: DiagnosticSeverity.Warning,
    Level.INFO: DiagnosticSeverity.Information,
}
#: So many tasks are named beside a class.
_MOST_RELATED = 20


class Places(msgspec.Struct, frozen=True):
    """How an editor names places: `uri` of a path, and the range of a line of it."""

    uri: Callable[[str], str]
    range: Callable[[source.Location], Range]

    def of(self, location: source.Location) -> Location:
        return Location(self.uri(location.path), self.range(location))


def diagnostics(
    view: View, places: Places, standing: Collection[str] | None
) -> dict[str, list[Diagnostic]]:
    """The diagnostics of a project by path.

    While something is unsaved, an error whose fingerprint is not among the `standing` ones is a
    warning.
    """
    told: dict[str, list[Diagnostic]] = defaultdict(list)
    soft = standing is not None
    for finding in view.findings:
        is_new = soft and finding.fingerprint not in (standing or ())
        told[finding.path].append(_diagnostic(finding, view, places, soft=is_new))
    for path, diagnostic in _at_classes(view, places, soft=soft):
        told[path].append(diagnostic)
    return told


def _diagnostic(finding: Finding, view: View, places: Places, *, soft: bool) -> Diagnostic:
    severity = _SEVERITY[finding.level]
    if soft and severity is DiagnosticSeverity.Error:
        severity = DiagnosticSeverity.Warning
    task = view.tasks.get(finding.task or "")
    changes = of_outputs(task.changes) if task else []
    related = [
        DiagnosticRelatedInformation(places.of(change.location), wording.describe(change))
        for change in changes
        if change.location is not None
    ]
    return Diagnostic(
        range=places.range(source.Location(finding.path, finding.line, finding.column)),
        message=wording.inert(finding.message, 2_000),
        severity=severity,
        code=finding.rule,
        code_description=CodeDescription(RULES[finding.rule].url),
        source="sigclock",
        related_information=related[:_MOST_RELATED],
        data={"task": finding.task},
    )


def _at_classes(view: View, places: Places, *, soft: bool) -> Iterator[tuple[str, Diagnostic]]:
    """A diagnostic for each changed part of a class, with the tasks that are due for it."""
    for (location, text), names in sorted(_causes(view).items()):
        tasks = [view.tasks[name] for name in names]
        related = [
            DiagnosticRelatedInformation(
                places.of(source.Location(task.path, task.line)),
                f"{task.name} returns it under {wording.inert(task.cache_version.current or '')!r}",
            )
            for task in tasks
        ]
        many = wording.count(len(names), "cached task")
        verb = "returns" if len(names) == 1 else "return"
        yield (
            location.path,
            Diagnostic(
                range=places.range(location),
                message=f"{text}; {many} {verb} it under the version of the old outputs: "
                f"{wording.enumerate_names(names)}",
                severity=DiagnosticSeverity.Warning if soft else DiagnosticSeverity.Error,
                code="stale-cache",
                code_description=CodeDescription(stale_cache.RULE.url),
                source="sigclock",
                related_information=related[:_MOST_RELATED],
                data={"tasks": names},
            ),
        )


def _causes(view: View) -> Mapping[tuple[source.Location, str], list[str]]:
    """Where classes changed and how, with the tasks of which that makes the version due."""
    found: dict[tuple[source.Location, str], list[str]] = defaultdict(list)
    for name in sorted(due(view)):
        for change in of_outputs(view.tasks[name].changes):
            if change.definition is not None and change.location is not None:
                told = found[change.location, wording.describe(change)]
                if name not in told:
                    told.append(name)
    return found


def due(view: View) -> Iterable[str]:
    """The tasks of which the version is due."""
    analyses = [(view.whole, view.part.names if view.part else frozenset[str]())]
    for analysis, hidden in analyses:
        for name, decision in analysis.plan.decisions.items():
            if decision.due and name not in hidden:
                yield name
    if view.part is not None:
        for name, decision in view.part.analysis.plan.decisions.items():
            if decision.due:
                yield name


def path_of(problem: SigclockError) -> str:
    """The file at which it is told that nothing can be judged."""
    return problem.location.partition(":")[0] or source.LOCK_NAME


def of_problem(problem: SigclockError) -> Diagnostic:
    """Says why nothing can be judged."""
    start = Position(0, 0)
    return Diagnostic(
        Range(start, start),
        f"sigclock cannot judge this repository: {problem.message}; {problem.advice}",
        DiagnosticSeverity.Error,
        source="sigclock",
    )
