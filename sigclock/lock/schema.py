"""The JSON Schema of a lock, for editors and other programs; `reader` reads more precisely."""

from __future__ import annotations

import json

from sigclock.lock.keys import (
    ACCOUNT,
    DEFINITION,
    TASK_BLOCK,
    TEXT,
    closed,
    map_of,
    object_schema,
    reference,
)
from sigclock.lock.lock import VERSION
from sigclock.source import LOCK_NAME


def schema() -> str:
    """The JSON Schema (2020-12) that every lock of this version fulfils."""
    root = closed(
        {
            "version": {"const": VERSION},
            "revision": {"type": "integer", "minimum": 1},
            "requires": TEXT,
            "tasks": {
                **map_of({"anyOf": [reference("task"), reference("account")]}),
                "description": "A task that was removed has its account alone.",
            },
            "definitions": map_of(reference("definition")),
        }
    )
    tables = {"task": TASK_BLOCK, "account": ACCOUNT, "definition": DEFINITION}
    described = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": LOCK_NAME,
        **root,
        "$defs": {name: object_schema(table) for name, table in tables.items()},
    }
    return json.dumps(described, indent=2) + "\n"
