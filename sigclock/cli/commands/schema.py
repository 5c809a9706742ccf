"""`schema`: the JSON Schema of what sigclock writes."""

from __future__ import annotations

from sigclock.audit import formats as audit_reports
from sigclock.lock import schema as lockschema
from sigclock.reports import json

SCHEMAS = {"report": json.schema, "lock": lockschema.schema, "audit": audit_reports.schema}


def run(subject: str) -> str:
    """The schema as text; `subject` is a key of `SCHEMAS`."""
    return SCHEMAS[subject]()
