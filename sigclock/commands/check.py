"""`check`: is the lock current, and is there a finding? Never writes."""

from __future__ import annotations

import msgspec

from sigclock import project, reports
from sigclock.model.finding import Finding, Level, Report
from sigclock.model.source import SourceTree
from sigclock.project import Analysis, Overrides
from sigclock.repository import Repository


class Result(msgspec.Struct, frozen=True):
    """The report, and the level from which a finding fails."""

    report: Report
    fail_on: Level


def run(directory: str, overrides: Overrides, *, against: str | None = None) -> Result:
    """Check the work tree, or HEAD in a bare repository; `against` dates the findings."""
    repository = Repository.open(directory)
    tree: SourceTree = repository.worktree() if repository.root else repository.revision("HEAD")
    analyses = _analyses(repository, tree, overrides)
    findings = project.findings_of(analyses)
    notes = [note for one in analyses for note in one.notes]
    if against is not None:
        base = repository.revision(against)
        standing = {
            finding.fingerprint
            for finding in project.findings_of(_analyses(repository, base, overrides))
        }
        findings = [_dated(finding, standing) for finding in findings]
    report = reports.assemble(
        [task for one in analyses for task in one.tasks.values()],
        findings,
        [one.extraction.snapshot for one in analyses],
        baseline="lock",
        current=tree.label,
        notes=notes,
    )
    return Result(report, project.fail_level(one.project for one in analyses))


def _analyses(repository: Repository, tree: SourceTree, overrides: Overrides) -> list[Analysis]:
    return [project.analyse(repository, tree, one) for one in project.projects(tree, overrides)]


def _dated(finding: Finding, standing: set[str]) -> Finding:
    return msgspec.structs.replace(finding, new=finding.fingerprint not in standing)
