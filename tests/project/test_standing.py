"""What stood at the base is known again however it is written, and nothing else is taken for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.gate_histories import LITERAL, STEP, WRITTEN
from support.judged import news

if TYPE_CHECKING:
    from support.locks import Sources

BROKEN = {**LITERAL, "broken.py": f"import vendor\n{STEP}\ndef (\n"}
VENDOR = {**LITERAL, "step.py": f"import vendor\nfrom models import Stats\n{STEP}"}
CALLED = {**LITERAL, "step.py": "import vendor\nvendor.step(f, cache=True, cache_version='1')\n"}
CACHED = {
    **LITERAL,
    "step.py": VENDOR["step.py"].replace(WRITTEN, "@vendor.step(cache=Cache('1', serialize=True))"),
}
WAIVER = "\n# sigclock: ignore[void-cached] a log"
WAIVED = {**LITERAL, "fit.py": LITERAL["fit.py"].replace("\n@task", f"{WAIVER}\n@task")}


def changed(files: Sources, path: str, before: str, after: str) -> Sources:
    assert before in files[path]
    return {**files, path: files[path].replace(before, after)}


@pytest.mark.parametrize(
    ("base", "head"),
    [
        pytest.param(
            BROKEN,
            changed(BROKEN, "models.py", "\n@data", "\n\n@data"),
            id="another file",
        ),
        pytest.param(VENDOR, changed(VENDOR, "step.py", '"1"', '"2"'), id="bumped by hand"),
        pytest.param(CACHED, changed(CACHED, "step.py", "'1'", "'2'"), id="bumped in a Cache"),
        pytest.param(WAIVED, changed(WAIVED, "fit.py", "import os", "\n\nimport os"), id="waiver"),
    ],
)
def test_what_stood_is_known_again(base: Sources, head: Sources) -> None:
    assert news(base, head) == []


@pytest.mark.parametrize(
    ("base", "head", "found"),
    [
        pytest.param(
            BROKEN,
            changed(BROKEN, "broken.py", '"1"', '"2"'),
            "error[unreadable-source] broken.py",
            id="unreadable, and changed",
        ),
        pytest.param(
            VENDOR,
            changed(VENDOR, "step.py", "cache=True", "cache=flag"),
            "error[unrecognized-task] step.py",
            id="other arguments",
        ),
        pytest.param(
            CALLED,
            {**CALLED, "step.py": CALLED["step.py"] + CALLED["step.py"].partition("\n")[2]},
            "error[unrecognized-task] step.py",
            id="a second call",
        ),
        pytest.param(
            WAIVED,
            changed(WAIVED, "fit.py", WAIVER, WAIVER + WAIVER),
            "warning[unused-waiver] fit.py",
            id="a second waiver",
        ),
    ],
)
def test_what_did_not_stand_is_new(base: Sources, head: Sources, found: str) -> None:
    told = [f"{item.level.value}[{item.rule}] {item.path}" for item in news(base, head)]
    assert told == [found]
