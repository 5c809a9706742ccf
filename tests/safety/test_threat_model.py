"""Each promise of the README's threat model names the test that holds it, and those exist."""

from __future__ import annotations

import ast
import re

from readme import ROOT, read_readme

SECTION = re.compile(r"^## Threat model\n(.*?)^## ", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def functions(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_test_that_holds_a_promise_exists() -> None:
    section = SECTION.search(read_readme())
    assert section
    named = NAMED.findall(section[1])
    assert [f"{path}::{name}" for path, name in named if name not in functions(path)] == []
    assert section[1].count("tests/") == len(named) > 30


def test_every_promise_names_a_test() -> None:
    section = SECTION.search(read_readme())
    assert section
    promises = re.split(r"\n- ", section[1])[1:]
    assert [part for part in promises if not NAMED.search(part)] == []
