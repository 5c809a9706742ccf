"""`schema`: JSON Schema of the report or of the lock."""

from __future__ import annotations

from sigclock import lockschema
from sigclock.reporters import json


def run(subject: str) -> str:
    """The schema as text; `subject` is `report` or `lock`."""
    return json.schema() if subject == "report" else lockschema.schema()
