"""The report field for field, for programs; keys keep their meaning within one `version`.

What is not known is null: whether a task is cached or void, and whether its outputs changed.
"""

from __future__ import annotations

import json

import msgspec

from sigclock.interface.snapshot import CacheKind
from sigclock.reports.style import PLAIN, Style
from sigclock.verdict.finding import Report
from sigclock.verdict.judge import order


def render(report: Report, _style: Style = PLAIN, /) -> str:
    """Two-space JSON in pure ASCII, so that no name can reach a terminal or break an encoding."""
    ordered = msgspec.structs.replace(
        report,
        tasks=tuple(sorted(report.tasks, key=lambda task: (task.name, task.path, task.line))),
        findings=tuple(sorted(report.findings, key=order)),
    )
    document = msgspec.to_builtins(ordered)
    del document["excerpts"], document["is_part"]
    for task in document["tasks"]:
        if task["cache_version"]["kind"] == CacheKind.UNKNOWN.value:
            task["cached"] = None
    for finding in document["findings"]:
        del finding["cause"], finding["addition"]
        if not finding["places"]:
            del finding["places"]
    return _dump(document)


def schema() -> str:
    """The JSON Schema (2020-12) that every report fulfils."""
    described = msgspec.json.schema(Report)
    # Whether a task is cached may not be known.
    described["$defs"]["TaskReport"]["properties"]["cached"] = {"type": ["boolean", "null"]}
    for name in ("cause", "addition"):
        del described["$defs"]["Finding"]["properties"][name]
    own = described["$defs"]["Report"]["properties"]
    del own["excerpts"], own["is_part"], described["$defs"]["Excerpt"]
    return _dump(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "sigclock report",
            **described,
        }
    )


def _dump(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=True).replace("\x7f", "\\u007f") + "\n"
