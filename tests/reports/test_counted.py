"""What asks for nothing, or is of one cause, takes one line however much there is of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.judged import judged, report

from sigclock.reports import github, markdown, text
from sigclock.reports.style import Style

if TYPE_CHECKING:
    from sigclock.verdict.finding import Report

HEAD = "import os\nimport vendor\nfrom flytekit import task\n"
NUMBER = 200


def of(statement: str) -> Report:
    """A file with the statement two hundred times, each with a number in the place of `@@`."""
    written = (statement.replace("@@", str(number)) for number in range(NUMBER))
    return report([judged({"flow.py": HEAD + "\n".join(written)})])


COMPUTED = "@task(cache=True, cache_version=os.environ['V@@'])\ndef t@@(x: int) -> int: ...\n"
NAMESAKES = "@task\ndef fit(x: int) -> int: ...\n"
MAKERS = "@vendor.step(cache=True, cache_version='@@')\ndef t@@(x: int) -> int: ...\n"
OUTSIDE = "@task(cache=True, cache_version='1')\ndef t@@(x: int) -> vendor.Model: ...\n"
SAID = {
    COMPUTED: "Counted only: 200 computed or automatic versions (-v shows all).",
    NAMESAKES: "Counted only: 199 second tasks of one name that do not cache (-v shows all).",
    MAKERS: 'add `task-decorators = ["vendor.step"]` to [tool.sigclock]',
    OUTSIDE: "Not followed, compared by name: 200 uses of classes from elsewhere.",
}


@pytest.mark.parametrize("statement", SAID)
def test_two_hundred_are_one_line(statement: str) -> None:
    found = of(statement)
    said = text.render(found)
    assert SAID[statement] in said
    assert len(said.splitlines()) <= 4, said
    assert len(markdown.render(found).splitlines()) <= 10
    assert len(github.render(found).splitlines()) <= 2


def test_all_are_told_where_more_is_asked_for() -> None:
    assert text.render(of(COMPUTED), Style(color=False, verbose=1)).count("info[") == NUMBER


def test_namesakes_that_are_both_cached_are_an_error() -> None:
    task = "@task(cache=True, cache_version='1')\ndef fit(x: int) -> int: ...\n"
    found = report([judged({"flow.py": HEAD + task + task})])
    assert [item.level.value for item in found.findings] == ["error"]
