"""Each promise of the threat model names the test that holds it, and those exist."""

from __future__ import annotations

import ast
import re

from support.paths import README, ROOT

from sigclock.forges.comment import MOST
from sigclock.git.process import ONLINE_SECONDS
from sigclock.python.names import syntax
from sigclock.source import LARGEST
from sigclock.tasks import extract, file_reader

PAGE = (ROOT / "docs/trust.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def functions(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_test_that_holds_a_promise_exists() -> None:
    named = NAMED.findall(PAGE)
    assert [f"{path}::{name}" for path, name in named if name not in functions(path)] == []
    assert len(named) > 60


def test_every_row_of_the_table_names_a_test_of_its_file() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and "`test_" in line]
    found = {row.split("`")[-2] for row in rows}
    assert found <= functions("tests/cli/test_forks.py")
    assert len(found) == len(rows) >= 6


def test_every_promise_names_a_test() -> None:
    promises = re.split(r"\n- ", PAGE)[1:]
    assert [part for part in promises if not NAMED.search(part)] == []
    assert "docs/trust.md" in README.read_text(encoding="utf-8")


def test_the_figures_are_those_of_the_code() -> None:
    """A test that sets a bound itself says nothing about the bound that a user gets."""
    figures = {
        f"at most {LARGEST // 2**20} MB of a file are read",
        f"and {syntax._LONGEST // 2**20} MB parsed",  # noqa: SLF001 - the bound itself
        f"for {file_reader.EFFORT:,}\n  steps",
        f"down to {extract._LEAST_EFFORT:,}",  # noqa: SLF001 - likewise
        f"ends after {ONLINE_SECONDS // 60}\n  minutes",
        f"{MOST} comments in all",
    }
    assert [figure for figure in figures if figure not in PAGE] == []
