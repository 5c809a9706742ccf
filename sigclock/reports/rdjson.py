"""Reviewdog's diagnostic format: every finding that is not fixed, with its rule's page."""

from __future__ import annotations

import json

from sigclock.reports.style import PLAIN, Style
from sigclock.verdict.finding import Finding, Level, Report
from sigclock.verdict.rules import RULES
from sigclock.verdict.wording import inert

_HOME = "https://github.com/sigclock/sigclock"
_SEVERITIES = {Level.ERROR: "ERROR", Level.WARNING: "WARNING", Level.INFO: "INFO"}


def render(report: Report, _style: Style = PLAIN, /) -> str:
    """A `DiagnosticResult`, with what stood before: reviewdog goes by the diff itself."""
    found = [_diagnostic(finding) for finding in report.findings if not finding.fixed]
    result = {"source": {"name": report.tool.name, "url": _HOME}, "diagnostics": found}
    return json.dumps(result, indent=2, ensure_ascii=True) + "\n"


def _diagnostic(finding: Finding) -> dict[str, object]:
    # Reviewdog counts a column's bytes, and we its characters: the same, but behind other letters.
    start = {"line": max(1, finding.line), "column": max(1, finding.column)}
    code = {"value": inert(finding.rule)}
    if finding.rule in RULES:
        code["url"] = RULES[finding.rule].url
    return {
        "message": inert(finding.message, 1000) or "(no message)",
        "location": {"path": inert(finding.path, 4096), "range": {"start": start}},
        "severity": _SEVERITIES[finding.level],
        "code": code,
    }
