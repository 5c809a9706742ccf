"""Our short descriptions of forges, held against a forge's own.

`PYTHONPATH=tests python -m support.descriptions OURS THEIRS` prints what ours has and theirs has
not: a route, a method, a parameter, a status, a property, or another type of one. THEIRS is a file
in Swagger 2 or OpenAPI 3, as JSON or YAML.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

_METHODS = ("get", "post", "put", "patch", "delete")


class Described:
    """A description; a reference in it is followed."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.routes = {_shape(path): item for path, item in document["paths"].items()}

    def whole(self, node: Any) -> Any:
        """The node, or what it refers to, with all of its parts in one."""
        while isinstance(node, dict) and "$ref" in node:
            found: Any = self.document
            for name in node["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            node = found
        if not isinstance(node, dict) or "allOf" not in node:
            return node
        merged: dict[str, Any] = {key: node[key] for key in node if key != "allOf"}
        for part in map(self.whole, node["allOf"]):
            joined = {**part.get("properties", {}), **merged.get("properties", {})}
            merged = {**part, **merged, "properties": joined}
        return merged

    def parameters(self, item: dict[str, Any], method: str) -> list[dict[str, Any]]:
        listed = [*item.get("parameters", []), *item[method].get("parameters", [])]
        return [self.whole(parameter) for parameter in listed]

    def sent(self, item: dict[str, Any], method: str) -> Any:
        """The schema of what is sent, None if there is none."""
        body = self.whole(item[method].get("requestBody"))
        if body:
            return _content(body)
        bodies = [p for p in self.parameters(item, method) if p["in"] == "body"]
        return bodies[0]["schema"] if bodies else None


def _shape(path: str) -> str:
    """A path without the names of its parameters, for these are everybody's own."""
    bare = re.sub(r"^/api/v[0-9]+", "", path.partition("?")[0])
    return re.sub(r"\{[^}]*\}|\(-/\)", "{}", bare).lower()


def _content(node: dict[str, Any]) -> Any:
    if "content" not in node:
        return node.get("schema")
    first: Any = next(iter(node["content"].values()), {})
    return first.get("schema")


def differences(ours: Described, theirs: Described) -> Iterator[str]:
    """What ours has and theirs has not."""
    for path, item in ours.routes.items():
        other: Any = theirs.routes.get(path)
        if other is None:
            yield f"{path}: not there"
            continue
        for method in filter(item.__contains__, _METHODS):
            where = f"{method.upper()} {path}"
            if method in other:
                yield from _of_method(where, method, (ours, item), (theirs, other))
            else:
                yield f"{where}: not there"


def _of_method(
    where: str,
    method: str,
    mine: tuple[Described, dict[str, Any]],
    yours: tuple[Described, dict[str, Any]],
) -> Iterator[str]:
    ours, item = mine
    theirs, other = yours
    known = {p["name"] for p in theirs.parameters(other, method) if p["in"] == "query"}
    for parameter in ours.parameters(item, method):
        if parameter["in"] == "query" and parameter["name"] not in known:
            yield f"{where}: no parameter {parameter['name']}"
    sent = ours.sent(item, method)
    if sent:
        yield from _of_schema(f"{where}: sent", ours, sent, theirs, theirs.sent(other, method))
    for status, answer in item[method]["responses"].items():
        found = theirs.whole(other[method]["responses"].get(status))
        schema = _content(ours.whole(answer))
        if found is None:
            yield f"{where}: no status {status}"
        elif schema:
            yield from _of_schema(f"{where}: {status}", ours, schema, theirs, _content(found))


def _of_schema(
    where: str, ours: Described, mine: Any, theirs: Described, yours: Any
) -> Iterator[str]:
    mine, yours = ours.whole(mine), theirs.whole(yours)
    if yours is None:
        yield f"{where}: no schema"
        return
    types = mine.get("type"), yours.get("type")
    if all(types) and types[0] != types[1]:
        yield f"{where}: {types[0]}, and not {types[1]}"
    if "items" in mine:
        yield from _of_schema(f"{where}[]", ours, mine["items"], theirs, yours.get("items", yours))
    for name, schema in mine.get("properties", {}).items():
        if name in yours.get("properties", {}):
            found = yours["properties"][name]
            yield from _of_schema(f"{where}.{name}", ours, schema, theirs, found)
        else:
            yield f"{where}.{name}: not there"


def read(path: Path) -> Described:
    return Described(yaml.safe_load(path.read_text(encoding="utf-8-sig")))


if __name__ == "__main__":
    found = differences(*(read(Path(name)) for name in sys.argv[1:3]))
    sys.stdout.writelines(f"{line}\n" for line in found)
