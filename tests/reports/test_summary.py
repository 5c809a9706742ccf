"""The last line says "all" only where that is known of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from support.gate_histories import LITERAL, STEP
from support.judged import judged, unlocked
from support.judged import report as of

from sigclock.reports import markdown
from sigclock.reports.text import render

if TYPE_CHECKING:
    from support.locks import Sources

    from sigclock.project.analysis import Analysis

FIT = LITERAL["fit.py"]
MORE = f'{FIT}\n@task(cache=True, cache_version="1")\ndef more(path: str) -> Stats: ...\n'
UNKNOWN = f'{FIT}\n@task(cache=True, cache_version="1")\ndef more(path: str) -> make(): ...\n'
VENDOR = {"step.py": f"import vendor\nfrom models import Stats\n{STEP}"}


def summary(found: Analysis) -> str:
    return render(of([found])).rpartition("\n\n")[2]


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


@pytest.mark.parametrize(
    "change",
    [
        {"pyproject.toml": '[tool.sigclock]\nexclude = ["fit.py"]\n'},
        {"fit.py": f"{FIT}def (\n"},
        {"fit.py": FIT.replace("import Cache, task", "import Cache\nfrom vendor import task")},
    ],
    ids=["excluded", "unreadable", "unknown decorator"],
)
def test_what_is_no_longer_followed_is_not_removed(change: Sources) -> None:
    found = unlocked({**LITERAL, **change}, judged(LITERAL).plan.lock)
    (task,) = found.tasks.values()
    assert (task.status, task.followed) == ("changed", False)
    said = render(of([found]))
    assert "No longer followed: 1 task: fit.fit" in said
    between = msgspec.structs.replace(of([found]), baseline="0" * 40)
    assert "No longer followed: `fit.fit`." in markdown.render(between)
    assert "0 of 1 cached task keeps its signature; 1 could not be followed" in said


def test_what_is_gone_is_removed() -> None:
    found = unlocked({**LITERAL, "fit.py": ""}, judged(LITERAL).plan.lock)
    assert "Removed 1 task: fit.fit" in render(of([found]))
