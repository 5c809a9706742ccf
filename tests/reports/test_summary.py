"""The last line says "all" only where that is known of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.gate_histories import LITERAL, STEP
from support.judged import judged, unlocked

from sigclock.project.analysis import findings_of
from sigclock.reports.text import render
from sigclock.verdict.report import assemble

if TYPE_CHECKING:
    from support.locks import Sources

    from sigclock.project.analysis import Analysis

FIT = LITERAL["fit.py"]
MORE = f'{FIT}\n@task(cache=True, cache_version="1")\ndef more(path: str) -> Stats: ...\n'
UNKNOWN = f'{FIT}\n@task(cache=True, cache_version="1")\ndef more(path: str) -> make(): ...\n'
VENDOR = {"step.py": f"import vendor\nfrom models import Stats\n{STEP}"}


def summary(found: Analysis) -> str:
    report = assemble(
        found.tasks.values(),
        findings_of([found]),
        [found.counts],
        baseline="lock",
        current="worktree",
    )
    return render(report).rpartition("\n\n")[2]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (LITERAL, "The one cached task keeps its signature."),
        ({**LITERAL, "fit.py": MORE}, "All 2 cached tasks keep their signatures."),
        (
            {**LITERAL, "fit.py": UNKNOWN},
            "1 of 2 cached tasks keeps its signature; 1 could not be followed: fit.py:11.",
        ),
        (
            {**LITERAL, **VENDOR},
            "1 of 2 cached tasks keeps its signature; 1 could not be followed: step.py:5.",
        ),
    ],
)
def test_it_counts_what_is_known(files: Sources, said: str) -> None:
    assert said in summary(judged(files))


def test_what_is_new_keeps_nothing() -> None:
    files = {**LITERAL, "fit.py": MORE}
    said = "1 of 2 cached tasks keeps its signature. 1 is new."
    assert said in summary(unlocked(files, judged(LITERAL).plan.lock))
