"""`schema`: JSON Schema of the report or of the lock."""

from __future__ import annotations

import json
from importlib import import_module


def run(subject: str) -> str:
    """The schema as text; `subject` is `report` or `lock`."""
    module = import_module(
        "sigclock.reporters.json" if subject == "report" else "sigclock.lockfile"
    )
    return json.dumps(module.schema(), indent=2) + "\n"
