"""A forge's description of its own API, cut to the routes that `sigclock comment` uses.

`PYTHONPATH=tests python -m support.description_cut FILE VERSION` prints `github.json` as it is
kept, from `generated/api.github.com.json` of the npm package `@octokit/openapi`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROUTES = {
    "/repos/{owner}/{repo}/issues/{issue_number}/comments": ("get", "post"),
    "/repos/{owner}/{repo}/issues/comments/{comment_id}": ("delete", "patch"),
    "/repos/{owner}/{repo}/pulls/{pull_number}": ("get",),
    "/repos/{owner}/{repo}/collaborators/{username}/permission": ("get",),
}
#: What only people read; as the name of a property it stays.
WORDS = {
    *("description", "summary", "title", "tags", "example", "examples", "externalDocs"),
    *("x-github", "x-octokit", "x-multi-segment"),
}
#: What has names of its own below it.
NAMED = {"properties", "headers", "schemas", "parameters", "responses"}


def cut(document: dict[str, Any], version: str) -> dict[str, Any]:
    """The routes, and every component that they refer to, directly or not."""
    routes = {
        path: {method: without_words(document["paths"][path][method]) for method in methods}
        for path, methods in ROUTES.items()
    }
    components: dict[str, dict[str, Any]] = {}
    open_references = list(references(routes))
    while open_references:
        kind, name = open_references.pop().split("/")[2:]
        if name not in components.setdefault(kind, {}):
            found = without_words(document["components"][kind][name])
            if kind == "responses":
                found = {"description": "", **found}
            components[kind][name] = found
            open_references += references(found)
    return {
        "openapi": document["openapi"],
        "info": {"title": "GitHub's REST API, cut", "version": version},
        "servers": document["servers"],
        "paths": routes,
        "components": {kind: dict(sorted(components[kind].items())) for kind in sorted(components)},
    }


def without_words(node: Any, *, is_named: bool = False) -> Any:
    """The node without what only people read; OpenAPI asks a response for a description."""
    if isinstance(node, list):
        return [without_words(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {
        key: without_words(value, is_named=key in NAMED and not is_named)
        for key, value in node.items()
        if is_named or key not in WORDS
    }
    if "responses" in node and not is_named:
        answers = kept["responses"].items()
        kept["responses"] = {
            status: answer if "$ref" in answer else {"description": "", **answer}
            for status, answer in answers
        }
    return kept


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from references(item)


if __name__ == "__main__":
    whole = json.loads(Path(sys.argv[1]).read_bytes())
    sys.stdout.write(json.dumps(cut(whole, sys.argv[2]), indent=1) + "\n")
