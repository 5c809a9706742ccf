"""No gate lets a stale cache through, and none stops a change for what stood before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.gate_histories import BLOCKED, MENDED, PASSED, STOOD
from support.gates import GATES, WRITING, Change

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def change(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Path], Change]:
    """A copy of the repository with the change of that name, which is made once."""
    histories = {**{name: history for name, (_, history) in BLOCKED.items()}, **PASSED}
    made: dict[str, Change] = {}

    def copy(name: str, place: Path) -> Change:
        if name not in made:
            made[name] = Change.made(tmp_path_factory.mktemp("made") / "project", histories[name])
        return made[name].copied(place / "project")

    return copy


@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize("form", BLOCKED)
def test_a_stale_cache_is_blocked(
    form: str, gate: str, tmp_path: Path, change: Callable[[str, Path], Change]
) -> None:
    project = change(form, tmp_path)
    done = GATES[gate](project)
    if form in MENDED and gate in WRITING:
        assert (done.status, "1.0 → 1.1" in done.said) == (WRITING[gate], True), done.said
    else:
        assert (done.status, f"error[{BLOCKED[form][0]}]" in done.said) == (1, True), done.said


@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize("form", PASSED)
def test_what_stood_before_blocks_nothing(
    form: str, gate: str, tmp_path: Path, change: Callable[[str, Path], Change]
) -> None:
    project = change(form, tmp_path)
    done = GATES[gate](project)
    assert (done.status, "error[" in done.said) == (0, False), done.said


def test_the_findings_stood_indeed(tmp_path: Path, change: Callable[[str, Path], Change]) -> None:
    done = change("a line above", tmp_path).in_process("check", "-v")
    assert done.status == 1
    assert {rule for rule in STOOD if f"[{rule}]" in done.said} == STOOD, done.said


@pytest.mark.parametrize("form", [name for name in PASSED if name.startswith("Flyte 2")])
def test_a_key_that_moves_by_itself_is_clean_after_update(
    form: str, tmp_path: Path, change: Callable[[str, Path], Change]
) -> None:
    done = change(form, tmp_path).in_process("check")
    assert (done.status, "version-not-literal" in done.said) == (0, False), done.said


def test_what_is_unrecognized_is_a_warning_by_itself(
    tmp_path: Path, change: Callable[[str, Path], Change]
) -> None:
    done = change("unrecognized", tmp_path).in_process("check")
    assert (done.status, "warning[unrecognized-task]" in done.said) == (0, True), done.said
