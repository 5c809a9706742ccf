"""SARIF 2.1.0, with the rule table and fingerprints that are stable across commits."""

from __future__ import annotations

import json
from urllib.parse import quote

from sigclock.reports.style import PLAIN, Style
from sigclock.verdict.finding import Finding, Level, Report, Rule
from sigclock.verdict.rules import RULES
from sigclock.verdict.wording import inert

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "note"}


def render(report: Report, _style: Style = PLAIN, /) -> str:
    """One run; findings that this run fixed are left out."""
    run = {
        "tool": {"driver": _driver(report)},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {
            "%SRCROOT%": {"description": {"text": "The root of the repository."}}
        },
        "results": [_result(finding) for finding in report.findings if not finding.fixed],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=True) + "\n"


def _driver(report: Report) -> dict[str, object]:
    return {
        "name": report.tool.name,
        "semanticVersion": report.tool.version,
        "rules": list(map(_rule, RULES.values())),
    }


def _rule(rule: Rule) -> dict[str, object]:
    blocks = f"```python\n# before\n{rule.before}```\n\n```python\n# after\n{rule.after}```\n"
    return {
        "id": rule.id,
        "helpUri": rule.url,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.help},
        "help": {"text": rule.help, "markdown": f"{rule.help}\n\n{blocks}"},
        "defaultConfiguration": {"level": _LEVELS[rule.level]},
    }


def _result(finding: Finding) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": inert(finding.rule),
        "level": _LEVELS[finding.level],
        "message": {"text": inert(finding.message, 1000) or "(no message)"},
        "locations": [{"physicalLocation": _place(finding)}],
        "partialFingerprints": {"sigclock/v1": inert(finding.fingerprint)},
        "baselineState": "new" if finding.new else "unchanged",
    }
    if finding.rule in RULES:
        result["ruleIndex"] = list(RULES).index(finding.rule)
    return result


def _place(finding: Finding) -> dict[str, object]:
    artifact = {"uri": quote(finding.path, errors="surrogatepass"), "uriBaseId": "%SRCROOT%"}
    region = {"startLine": max(1, finding.line), "startColumn": finding.column}
    return {"artifactLocation": artifact, "region": region}
