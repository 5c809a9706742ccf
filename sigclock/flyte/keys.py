"""The keys under which the SDKs and the v1 backend look up a task's outputs, exact to the byte.

Source of the remote key, all in flyteorg/flyte: the compiler strips type metadata
(`flytepropeller/pkg/compiler/transformers/k8s/utils.go`), the rest is hashed as JSON
(`flytestdlib/pbhash`), and the key has eight characters of each side's hash
(`flytepropeller/pkg/controller/nodes/catalog/datacatalog/transformer.go`). Interfaces are
`VariableMap`s as protobuf's own JSON gives them, so no SDK is needed here.
"""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]

#: An annotation with this entry counts; the compiler strips others.
_COUNTS = "cache-key-metadata"
_WIDTH = 8


def local_prefix(name: str, version: str) -> str:
    """The start of every key of flytekit's local cache; the hash of the inputs follows."""
    return f"{name}-{version}-"


def dataset(name: str) -> str:
    """The dataset of the v1 backend's catalog."""
    return f"flyte_task-{name}"


def dataset_version(version: str, inputs: Json, outputs: Json) -> str:
    """The version of that dataset; its artifacts have tags by the values of the inputs."""
    return f"{version.strip(' ')}-{interface_hash(inputs)}-{interface_hash(outputs)}"


def interface_hash(variables: Json) -> str:
    """The eight characters for the inputs or the outputs; they may contain `-`."""
    named = {name: _variable(variable) for name, variable in variables.get("variables", {}).items()}
    whole = json_hash({"variables": named} if named else {})
    return base64.urlsafe_b64encode(whole).decode()[:_WIDTH]


# -- what counts ---------------------------------------------------------------------------------


def _variable(variable: Json) -> Json:
    parts = {name: part for name, part in variable.items() if name != "description"}
    return {**parts, "type": stripped(parts["type"])} if "type" in parts else parts


def stripped(type_: Json) -> Json:
    """A `LiteralType` without what the compiler strips, at every depth."""
    parts = {name: _part(name, part) for name, part in type_.items() if name != "metadata"}
    if _COUNTS not in parts.get("annotation", {}).get("annotations", {}):
        parts.pop("annotation", None)
    return parts


def _part(name: str, part: Any) -> Any:  # noqa: ANN401 - JSON
    match name, part:
        case (("collectionType" | "mapValueType"), _):
            return stripped(part)
        case "structure", {"dataclassType": fields}:
            return {
                **part,
                "dataclassType": {key: stripped(field) for key, field in fields.items()},
            }
        case "unionType", {"variants": variants}:
            return {**part, "variants": [stripped(variant) for variant in variants]}
        case "structuredDatasetType", {"columns": columns}:
            return {**part, "columns": [_column(column) for column in columns]}
        case _:
            return part


def _column(column: Json) -> Json:
    if "literalType" not in column:
        return column
    return {**column, "literalType": stripped(column["literalType"])}


# -- how it is hashed ----------------------------------------------------------------------------


def json_hash(value: Any) -> bytes:  # noqa: ANN401 - JSON
    """The objecthash of a JSON value: a tag for its kind, then its parts; numbers are floats."""
    match value:
        case None:
            return _tagged("n", b"")
        case bool():
            return _tagged("b", b"1" if value else b"0")
        case int() | float():
            return _tagged("f", float_text(float(value)).encode())
        case str():
            return _tagged("u", value.encode())
        case list():
            return _tagged("l", b"".join(map(json_hash, value)))
        case _:
            entries = sorted(json_hash(key) + json_hash(part) for key, part in value.items())
            return _tagged("d", b"".join(entries))


def float_text(number: float) -> str:
    """Sign, exponent and binary digits of a number whose mantissa is in (0.5, 1]."""
    if number == 0:
        return "+0:"
    mantissa, exponent = math.frexp(abs(number))
    if mantissa == 0.5:  # noqa: PLR2004 - frexp has it in [0.5, 1)
        mantissa, exponent = 1.0, exponent - 1
    digits = []
    while mantissa:
        digits.append("1" if mantissa >= 1 else "0")
        mantissa = (mantissa - (mantissa >= 1)) * 2
    return f"{'-' if number < 0 else '+'}{exponent}:{''.join(digits)}"


def _tagged(tag: str, data: bytes) -> bytes:
    return hashlib.sha256(tag.encode() + data).digest()
