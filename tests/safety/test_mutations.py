"""A promise is held by a test that can fail: the product, broken on purpose, is noticed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.amount import sample
from support.paths import ROOT

from safety.mutation import FIGURES, Mutation
from safety.mutations import MUTATIONS

#: What the tests themselves read of the repository.
COPIED = ("tests", "docs", "examples", "README.md", "action.yml", "pyproject.toml")
DRAWN = sample(MUTATIONS, lambda mutation: mutation.name, 24)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository without its Git folder; one mutation at a time is made in it."""
    place = tmp_path_factory.mktemp("mutated")
    leave = shutil.ignore_patterns("__pycache__", "corpus")
    for name in ("sigclock", *COPIED):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, place / name, ignore=leave)
        else:
            shutil.copy(ROOT / name, place / name)
    return place


@pytest.mark.parametrize("mutation", DRAWN, ids=[mutation.name for mutation in DRAWN])
def test_what_a_promise_forbids_is_noticed(copy: Path, mutation: Mutation) -> None:
    file = copy / "sigclock" / mutation.file
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole.replace(mutation.before, mutation.after), encoding="utf-8")
    try:
        done = pytest_in(copy, mutation.test)
    finally:
        file.write_text(whole, encoding="utf-8")
    # 1: tests ran, and some failed; what cannot be imported or found is something else.
    assert done.returncode == 1, done.stdout[-3000:]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[mutation.name for mutation in MUTATIONS])
def test_a_mutation_fits_the_product_and_its_test_is_named(mutation: Mutation) -> None:
    text = (ROOT / "sigclock" / mutation.file).read_text(encoding="utf-8")
    assert text.count(mutation.before) == 1
    page = (ROOT / "docs/trust.md").read_text(encoding="utf-8")
    test = mutation.test.partition("[")[0]
    file, _, name = test.partition("::")
    assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8")
    assert test == FIGURES or f"{name}`" in page or "tests/" in page


def test_every_promise_can_be_seen_to_break() -> None:
    """Of the tests that hold a promise, or a row of the table, one notices a mutation at least."""
    page = (ROOT / "docs/trust.md").read_text(encoding="utf-8")
    parts = re.split(r"\n(?:- |## |\| )", page)
    noticing = {name_of(mutation) for mutation in MUTATIONS}
    named = [re.findall(r"\btest_\w+(?=`)", part) for part in parts]
    assert [tests for tests in named if tests and noticing.isdisjoint(tests)] == []


def name_of(mutation: Mutation) -> str:
    return mutation.test.partition("::")[2].partition("[")[0]


def test_there_are_many() -> None:
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS) >= 40


def pytest_in(folder: Path, test: str) -> subprocess.CompletedProcess[str]:
    options = ("-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "--no-header")
    path = os.pathsep.join((str(folder), str(folder / "tests")))
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, test],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
