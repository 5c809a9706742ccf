"""Each promise of the threat model names the test that holds it, and those exist."""

from __future__ import annotations

import ast
import re

from support.paths import DOCS, ROOT

PAGE = (DOCS / "trust.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def functions(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_test_that_holds_a_promise_exists() -> None:
    named = NAMED.findall(PAGE)
    assert [f"{path}::{name}" for path, name in named if name not in functions(path)] == []
    assert PAGE.count("tests/") == len(named) > 30


def test_every_promise_names_a_test() -> None:
    promises = re.split(r"\n- ", PAGE)[1:]
    assert [part for part in promises if not NAMED.search(part)] == []
