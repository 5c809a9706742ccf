"""The JSON Schema of a lock, for editors and other programs; `reader` reads more precisely."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping

from sigclock.interface.snapshot import CacheKind, Sdk
from sigclock.lock.lock import VERSION
from sigclock.python.types.classes import KINDS
from sigclock.source import LOCK_NAME

_Schema = dict[str, object]

_TEXT: _Schema = {"type": "string"}
_TEXTS: _Schema = {"type": "array", "items": _TEXT}
_TYPES: _Schema = {
    "type": "object",
    "additionalProperties": _TEXT,
    "description": "Name of a part, as declared, to its type as Python source.",
}
_HASH: _Schema = {"type": "string", "minLength": 1}


def schema() -> str:
    """The JSON Schema (2020-12) that every lock of this version fulfils."""
    root = _object(
        {
            "version": {"const": VERSION},
            "revision": {"type": "integer", "minimum": 1},
            "requires": _TEXT,
            "tasks": _map(_ref("task")),
            "removed": _map(_ref("account")),
            "definitions": _map(_ref("definition")),
        }
    )
    described = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": LOCK_NAME,
        **root,
        "$defs": {"task": _task(), "account": _account(), "definition": _definition()},
    }
    return json.dumps(described, indent=2) + "\n"


def _task() -> _Schema:
    cache = _object({"kind": _one_of(CacheKind), "version": _TEXT}, optional=["version"])
    return _object(
        {
            "sdk": _one_of(Sdk),
            "path": {**_TEXT, "description": "POSIX, relative to the repository's root."},
            "function": _TEXT,
            "cache": cache,
            "inputs": _TYPES,
            "outputs": _TYPES,
            "signature": _HASH,
            **_ledger(),
            "held": _map(_ref("definition")),
        },
        optional=[*_ledger(), "held"],
    )


def _account() -> _Schema:
    return _object(_ledger(), optional=_ledger())


def _ledger() -> dict[str, _Schema]:
    word = _object({"baseline": _HASH, "current": _HASH, "reason": _TEXT})
    hashes: _Schema = {"type": "array", "items": _HASH, "minItems": 1, "uniqueItems": True}
    return {
        "issued": {**_map(hashes), "description": "Version to the signatures it was issued with."},
        "accepted": {"type": "array", "items": word},
    }


def _definition() -> _Schema:
    parts: dict[str, _Schema] = {
        "kind": {"enum": list(KINDS)},
        "import_name": _TEXT,
        "parameters": _TEXTS,
        "bases": _TEXTS,
        "target": _TEXT,
        "fields": _TYPES,
        "slots": {"type": "boolean"},
        "members": {**_map(_TEXT), "description": "Name to value, as Python source."},
    }
    return _object(parts, optional=[key for key in parts if key != "kind"])


def _object(parts: Mapping[str, _Schema], optional: Collection[str] = ()) -> _Schema:
    return {
        "type": "object",
        "properties": dict(parts),
        "required": [key for key in parts if key not in optional],
        "additionalProperties": False,
    }


def _map(value: _Schema) -> _Schema:
    return {"type": "object", "additionalProperties": value}


def _ref(name: str) -> _Schema:
    return {"$ref": f"#/$defs/{name}"}


def _one_of(options: type[CacheKind | Sdk]) -> _Schema:
    return {"enum": [option.value for option in options]}
