from __future__ import annotations

from typing import TYPE_CHECKING

from flyte_project import example_at

if TYPE_CHECKING:
    from pathlib import Path

PIPELINE = "from churn.workflow import churn; print(churn(count=80))"


def test_the_example_runs_and_announces_once(tmp_path: Path) -> None:
    project = example_at(tmp_path)
    report = "accuracy=0.85 holdout_size=20 most_likely_to_leave='C0000'\n"
    assert project.python(PIPELINE) == f"accuracy 85% on 20 customers\n{report}"
    assert project.python(PIPELINE) == report
