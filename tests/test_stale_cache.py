from __future__ import annotations

from typing import TYPE_CHECKING

from flyte_project import FlyteProject, example_at, locked_example_at

if TYPE_CHECKING:
    from pathlib import Path

LOSS = """
from churn.features import build_examples, load_customers
from churn.training import train
model = train(examples=build_examples(customers=load_customers(count=8)))
print(getattr(model, "loss", None))
"""

CURRENCY = """
from churn.features import load_customers
print(getattr(load_customers(count=8)[0].contract, "currency", None))
"""

ANNOUNCE = """
from churn.models import Report
from churn.training import announce
announce(report=Report(accuracy=1.0, holdout_size=1))
"""


def add_loss(project: FlyteProject) -> None:
    """Give the class that `train` returns a field, and let `train` fill it."""
    project.edit(
        "churn/models.py", "    scale: Scale\n", "    scale: Scale\n    loss: float = -1.0\n"
    )
    project.edit(
        "churn/training.py", "    return model\n", "    model.loss = 0.25\n    return model\n"
    )


def add_currency(project: FlyteProject) -> None:
    """The same, in a module that no file with tasks needs to touch for it."""
    path = "churn/contracts.py"
    project.edit(
        path, "    monthly_fee: float\n", '    monthly_fee: float\n    currency: str = "unknown"\n'
    )
    project.edit(path, "    return Contract(\n", '    return Contract(\n        currency="EUR",\n')


def test_a_new_field_is_served_stale_without_sigclock(tmp_path: Path) -> None:
    project = example_at(tmp_path)
    assert project.python(LOSS) == "None\n"
    add_loss(project)
    assert project.python(LOSS) == "-1.0\n", "Flyte keys its local cache without the return type"


def test_a_new_field_is_computed_after_update(tmp_path: Path) -> None:
    project = locked_example_at(tmp_path)
    project.python(LOSS)
    add_loss(project)
    project.sigclock("update")
    assert project.python(LOSS) == "0.25\n"
    assert '@task(cache=True, cache_version="1.1")\ndef train(' in project.read("churn/training.py")


def test_a_change_two_imports_away_is_served_stale_without_sigclock(tmp_path: Path) -> None:
    project = example_at(tmp_path)
    assert project.python(CURRENCY) == "None\n"
    add_currency(project)
    assert project.python(CURRENCY) == "unknown\n"


def test_a_change_two_imports_away_is_computed_after_update(tmp_path: Path) -> None:
    project = locked_example_at(tmp_path)
    project.python(CURRENCY)
    add_currency(project)
    project.sigclock("update")
    assert project.python(CURRENCY) == "EUR\n"


def test_check_fails_on_what_update_would_mend(tmp_path: Path) -> None:
    project = locked_example_at(tmp_path)
    add_loss(project)
    assert "stale-cache" in project.sigclock("check", status=1)
    project.sigclock("update")
    project.sigclock("check")


def test_a_void_task_is_skipped_on_the_laptop_and_named_by_check(tmp_path: Path) -> None:
    project = locked_example_at(tmp_path)
    assert project.python(ANNOUNCE) == "accuracy 100% on 1 customers\n"
    assert project.python(ANNOUNCE) == "", "the side effect is gone"
    waiver = "  # sigclock: ignore[void-cached] once is enough on a laptop"
    project.edit("churn/training.py", waiver, "")
    assert "void-cached" in project.sigclock("check", status=1)
