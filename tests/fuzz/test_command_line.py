"""Revisions, paths, names and reasons of any text: a status of the contract, nothing changed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support.projects import FIT, STATS, Project

from sigclock.cli.main import main

if TYPE_CHECKING:
    pass

WHOLE = bool(os.environ.get("SIGCLOCK_FUZZ"))

#: What Git reads as something else than a branch's name, and what it must never read as an option.
PIECES = st.sampled_from(
    [
        "HEAD",
        "main",
        "@",
        "@{-1}",
        "@{u}",
        "@{now}",
        "@{99999}",
        "~",
        "~1",
        "~99999999999",
        "^",
        "^2",
        "^{}",
        "^{/x}",
        "^{tree}",
        "^{commit}",
        ":/",
        ":0:fit.py",
        ":",
        "::",
        "..",
        "...",
        "--",
        "-",
        "-n",
        "--all",
        "--output=x",
        "--upload-pack=x",
        "--git-dir=.",
        "-c",
        "ext::sh",
        "refs/heads/main",
        "refs/",
        ".lock",
        "x.lock",
        "?",
        "*",
        "[",
        "\\",
        '"',
        "'",
        "$(x)",
        "`x`",
        ";x",
        "|x",
        "&x",
        "<x",
        ">x",
        "#x",
        "%s",
        "%n",
        "{}",
        "fit.fit",
        "stats.Stats",
        "stale-cache",
        "void-cached",
        "fit.py",
        ".sigclock.lock",
        ".git",
        ".git/config",
        ".",
        "/",
        "//",
        "~root",
    ]
)
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=[]), max_size=20)
ARGUMENTS = st.one_of(
    st.lists(st.one_of(PIECES, TEXT), min_size=1, max_size=3).map("".join), PIECES, TEXT
)
#: Each has one place for an argument and writes nothing; `--` lets it begin with a dash.
VERBS = (
    ("diff", "--", "{}"),
    ("diff", "--", "HEAD", "{}"),
    ("check", "--against={}"),
    ("check", "--merged-with={}"),
    ("check", "--select={}"),
    ("check", "--format={}:/dev/null"),
    ("explain", "--", "{}"),
    ("log", "--", "{}"),
    ("log", "--", "fit.fit", "{}"),
    ("audit", "--", "{}"),
    ("textconv", "--", "{}"),
    ("accept", "--reason=x", "--", "{}"),
    ("accept", "--reason=x", "--definition={}"),
    ("accept", "--reason={}", "gone"),
    ("merge-driver", "--", "{}", "gone", "gone"),
    ("-C", "{}", "check"),
    ("--config={}", "check"),
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Locked, committed twice, with one branch beside."""
    made = Project.of(tmp_path_factory.mktemp("project"), {"stats.py": STATS, "fit.py": FIT})
    made.git("branch", "other")
    made.commit("second")
    return made


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_any_argument(project: Project, verb: tuple[str, ...]) -> None:
    before = project.state(), project.git("for-each-ref")

    @settings(
        max_examples=2_000 if WHOLE else 20,
        deadline=None,
        derandomize=not WHOLE,
        suppress_health_check=list(HealthCheck),
    )
    @given(ARGUMENTS)
    @example("\ud800")
    def holds(argument: str) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(project.path)
            status = _status([part.replace("{}", argument) for part in verb])
        assert status in {0, 1, 2}, argument

    holds()
    assert (project.state(), project.git("for-each-ref")) == before


def _status(arguments: list[str]) -> object:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return ended.value.code
