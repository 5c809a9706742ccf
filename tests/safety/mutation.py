"""A way to break the product, and the files of the tests that must notice."""

from __future__ import annotations

from typing import NamedTuple

HOSTILE = "tests/safety/test_hostile_repository.py"
NAMES = "tests/safety/test_hostile_names.py"
REPORTS = "tests/reports/test_hostile_names.py"
BYTES = "tests/safety/test_byte_names.py"
FAULTS = "tests/safety/test_faults.py"
TOKENS = "tests/safety/test_tokens.py"
FILES = "tests/git/test_files.py"
TREES = "tests/git/test_trees.py"
LIES = "tests/forges/test_lying_forges.py"
OWN = "tests/forges/test_own_comments.py"
FORGES = "tests/forges/test_forges.py"
LINKS = "tests/forges/test_links.py"
FORKS = "tests/cli/test_forks.py"
DAMAGED = "tests/incremental/test_damaged_store.py"
STORE = "tests/incremental/test_store.py"
PLAIN = "tests/git/test_plain_files.py"
NAMED = "tests/cli/test_named_files.py"
ARCHIVE = "tests/flyte/test_verify_archive.py"
FIGURES = "tests/safety/test_threat_model.py::test_the_figures_are_those_of_the_code"
LIE = f"{LIES}::test_a_lie_ends_in_one_line_and_in_one_comment"


class Mutation(NamedTuple):
    """In the package's `file`, `before` stands once; with `after` instead, `test` must fail."""

    name: str
    file: str
    before: str
    after: str
    test: str
