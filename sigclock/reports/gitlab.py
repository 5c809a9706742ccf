"""GitLab's Code Quality report: every finding that is not fixed, for GitLab compares by itself."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from sigclock.reports.style import PLAIN, Style
from sigclock.verdict.finding import Finding, Level, Report
from sigclock.verdict.wording import inert

_SEVERITIES = {Level.ERROR: "critical", Level.WARNING: "minor", Level.INFO: "info"}


def render(report: Report, _style: Style = PLAIN, /) -> str:
    """A JSON array as GitLab documents it, with fingerprints that are unique in the file."""
    return json.dumps(list(_issues(report)), indent=2, ensure_ascii=True) + "\n"


def _issues(report: Report) -> Iterator[dict[str, object]]:
    seen: Counter[str] = Counter()
    for finding in report.findings:
        if not finding.fixed:
            yield _issue(finding, seen[finding.fingerprint])
            seen[finding.fingerprint] += 1


def _issue(finding: Finding, copies: int) -> dict[str, object]:
    """`copies` issues before it have its fingerprint, which GitLab would take for duplicates."""
    start = {"line": max(1, finding.line), "column": finding.column}
    return {
        "description": inert(finding.message, 1000),
        "check_name": inert(finding.rule),
        "fingerprint": inert(finding.fingerprint) + (f"-{copies}" if copies else ""),
        "severity": _SEVERITIES[finding.level],
        "location": {
            "path": inert(finding.path, 4096),
            "positions": {"begin": start, "end": start},
        },
    }
