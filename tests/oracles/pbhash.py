"""The signature under which the Flyte v1 backend looks up a task's outputs.

Source of the facts, all in flyteorg/flyte: `flytepropeller/pkg/compiler/transformers/k8s/utils.go`
(what the compiler strips), `flytestdlib/pbhash` (protobuf to JSON to objecthash) and
`flytepropeller/pkg/controller/nodes/catalog/datacatalog/transformer.go` (the eight characters).
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

from google.protobuf.json_format import MessageToDict

if TYPE_CHECKING:
    from google.protobuf.message import Message

Json = dict[str, Any]

CACHE_KEY_METADATA = "cache-key-metadata"


def signature(variables: Message | None) -> str:
    """The backend's eight characters for the `VariableMap` of a task's inputs or outputs."""
    return digest(stripped(variables))


def stripped(variables: Message | None) -> Json:
    """A `VariableMap` as JSON, as it is left when the compiler has taken the metadata off."""
    plain = to_json(variables).get("variables", {})
    kept = {name: _strip_variable(variable) for name, variable in plain.items()}
    return {"variables": kept} if kept else {}


def to_json(message: Message | None) -> Json:
    """A message as the backend marshals it: camel case, unset and default values left out."""
    return {} if message is None else MessageToDict(message)


def digest(value: Json) -> str:
    return base64.urlsafe_b64encode(object_hash(value)).decode()[:8]


def object_hash(value: Any) -> bytes:
    """The objecthash of a JSON value; every number counts as a float."""
    match value:
        case None:
            return _tagged("n", b"")
        case bool():
            return _tagged("b", b"1" if value else b"0")
        case int() | float():
            return _tagged("f", normalize(float(value)).encode())
        case str():
            return _tagged("u", value.encode())
        case list():
            return _tagged("l", b"".join(map(object_hash, value)))
        case dict():
            entries = sorted(object_hash(key) + object_hash(item) for key, item in value.items())
            return _tagged("d", b"".join(entries))
        case _:
            raise TypeError(f"not JSON: {value!r}")


def normalize(number: float) -> str:
    """Sign, binary exponent and mantissa bits of a number, the mantissa in (0.5, 1]."""
    if number == 0:
        return "+0:"
    rest, exponent = abs(number), 0
    while rest > 1:
        rest, exponent = rest / 2, exponent + 1
    while rest <= 1 / 2:
        rest, exponent = rest * 2, exponent - 1
    bits = ""
    while rest:
        bits += "1" if rest >= 1 else "0"
        rest = (rest - 1 if rest >= 1 else rest) * 2
    return f"{'-' if number < 0 else '+'}{exponent}:{bits}"


def _tagged(tag: str, data: bytes) -> bytes:
    return hashlib.sha256(tag.encode() + data).digest()


def _strip_variable(variable: Json) -> Json:
    kept = {key: item for key, item in variable.items() if key != "description"}
    return {**kept, "type": strip_type(kept["type"])} if "type" in kept else kept


def strip_type(literal_type: Json) -> Json:
    """Take off a `LiteralType` what does not count for the cache; inside it as well."""
    kept = {key: item for key, item in literal_type.items() if key != "metadata"}
    if CACHE_KEY_METADATA not in kept.get("annotation", {}).get("annotations", {}):
        kept.pop("annotation", None)
    return {key: _strip_part(key, item) for key, item in kept.items()}


def _strip_part(key: str, part: Any) -> Any:
    if key in {"collectionType", "mapValueType"}:
        return strip_type(part)
    if key == "structure" and "dataclassType" in part:
        fields = {name: strip_type(item) for name, item in part["dataclassType"].items()}
        return {**part, "dataclassType": fields}
    if key == "unionType" and "variants" in part:
        return {**part, "variants": [strip_type(variant) for variant in part["variants"]]}
    if key == "structuredDatasetType" and "columns" in part:
        return {**part, "columns": [_strip_column(column) for column in part["columns"]]}
    return part


def _strip_column(column: Json) -> Json:
    if "literalType" not in column:
        return column
    return {**column, "literalType": strip_type(column["literalType"])}
