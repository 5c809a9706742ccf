"""What asks for nothing, or is of one cause, takes one line however much there is of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.judged import judged, report

from sigclock.reports import github, markdown, text
from sigclock.reports.style import Style

if TYPE_CHECKING:
    from collections.abc import Mapping

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


MANY = 300
FUNCTIONS = "".join(f"def f{number}(x: int) -> int: ...\n" for number in range(MANY))
LOOP = "for f in [{}]:\n    task(cache=True, cache_version='1')(f)\n"
DEEP = "def w0(fn): return task(fn, cache=True, cache_version='1')\n" + "".join(
    f"def w{number + 1}(fn): return w{number}(fn)\n" for number in range(50)
)
ITSELF = """\
import flyte
class Env(flyte.TaskEnvironment):
    def make(self): return Env(name="x", cache="auto").make()
env = Env(name="e", cache="auto").make()
@env.task
async def fit(x: int) -> int: ...
"""
CALLS = "".join(f"x{number} = vendor.call(a, cache={number})\n" for number in range(MANY))
VERSIONED = "".join(
    f"x{number} = vendor.call{number}(a, cache=True, cache_version='1')\n" for number in range(MANY)
)
FOLDERS = [f"d{number}" for number in range(20)]
BAD: Mapping[str, Mapping[str, str]] = {
    "a loop over many functions": {
        "flow.py": HEAD + FUNCTIONS + LOOP.format(", ".join(f"f{number}" for number in range(MANY)))
    },
    "wrappers of wrappers": {"flow.py": f"{HEAD}{DEEP}@w50\ndef fit(x: int) -> int: ...\n"},
    "an environment that makes itself": {"flow.py": ITSELF},
    "a module in twenty folders": {
        **{f"{folder}/lib.py": f"{HEAD}def cached(fn): return task(fn)\n" for folder in FOLDERS},
        "flow.py": "from lib import cached\n@cached\ndef fit(x: int) -> int: ...\n",
        "pyproject.toml": f"[tool.sigclock]\nsource-roots = {FOLDERS}\n",
    },
    "calls with a cache": {"flow.py": HEAD + CALLS},
    "many makers": {"flow.py": HEAD + VERSIONED},
}


@pytest.mark.parametrize("files", BAD.values(), ids=BAD)
def test_bad_input_is_followed_within_bounds_and_told_in_a_few_lines(
    files: Mapping[str, str],
) -> None:
    found = report([judged(files)])
    assert "unreadable-source" not in {finding.rule for finding in found.findings}
    assert len(text.render(found).splitlines()) <= 10
    assert len(markdown.render(found)) <= 5_000
