"""The JSON report has the keys that programs rely on, and null for what is not known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
from support.gate_histories import LITERAL
from support.judged import judged, report

from sigclock.reports.json import render, schema

if TYPE_CHECKING:
    from support.cases import Told
    from support.locks import Sources

KEYS = {
    "": "version tool baseline current tasks findings summary bumps notes written against",
    "tasks": (
        "name path line sdk status cached void cache_version outputs_changed inputs_changed "
        "previous_name changes prediction next_version accepted downstream followed"
    ),
    "findings": "rule level task path line message fingerprint fixed new column",
    "summary": "tasks cached errors warnings unresolved outside unrecognized notebooks doubtful",
}
SETTING = 'cache=True, cache_version="1.0"'
UNKNOWN = LITERAL["fit.py"].replace("-> Stats", "-> make()").replace(SETTING, "**settings()")


def told(files: Sources) -> Told:
    read: Told = json.loads(render(report([judged(files)])))
    jsonschema.validate(read, json.loads(schema()))
    return read


def test_it_has_these_keys() -> None:
    found = told({**LITERAL, "fit.py": UNKNOWN})
    parts = {"": found, **{key: found[key][0] for key in ("tasks", "findings")}}
    keys = {name: " ".join(part) for name, part in {**parts, "summary": found["summary"]}.items()}
    assert (keys, found["version"]) == (KEYS, 2)


def test_what_is_not_known_is_null() -> None:
    (task,) = told({**LITERAL, "fit.py": UNKNOWN})["tasks"]
    known = (task["cached"], task["void"], task["outputs_changed"])
    assert (known, task["cache_version"]["kind"]) == ((None, None, None), "unknown")
