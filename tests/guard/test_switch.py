"""Where the guard is on, and what it costs where it is off."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

import pytest

from sigclock.flyte import policy
from sigclock.guard import switch

if TYPE_CHECKING:
    from pathlib import Path

TABLE = "[tool.sigclock]\n"
ON = f"{TABLE}guard = true\n"
LOADED = """
import collections.abc, sys
before = {*sys.modules}
import sigclock.guard.flytekit
print(sorted({*sys.modules} - before))
"""


def is_on(
    place: Path, monkeypatch: pytest.MonkeyPatch, text: str, folder: str = ".", *argv: str
) -> bool:
    """Whether the guard is on in a folder of a repository with this configuration."""
    (place / ".git").mkdir()
    (place / "pyproject.toml").write_text(text, encoding="utf-8")
    (place / folder).mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(place / folder)
    monkeypatch.setattr(sys, "argv", ["pyflyte", *argv])
    return switch.is_on()


@pytest.fixture(autouse=True)
def _unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (switch.VARIABLE, *switch.IN_CLUSTER):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("text", "on"),
    {
        ON: True,
        "tool.sigclock.guard = true\n": True,
        f"{TABLE}guard = false # true later\n": False,
        TABLE: False,
        "": False,
        "[tool.other]\nguard = true\n": False,
        f"{TABLE}ignore = ['opaque-output']\n[tool.other]\nguard = true\n": False,
        f"{ON}!\n": True,
    }.items(),
    ids=["on", "dotted", "off", "not said", "no table", "another's", "another's too", "invalid"],
)
def test_the_configuration_says_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    on: bool,  # noqa: FBT001 - what is expected
) -> None:
    assert is_on(tmp_path, monkeypatch, text) is on


def test_it_is_found_from_a_folder_below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_on(tmp_path, monkeypatch, ON, "pkg/flows")


def test_it_is_found_from_a_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo, elsewhere = tmp_path / "repo", tmp_path / "elsewhere"
    repo.mkdir()
    elsewhere.mkdir()
    assert is_on(repo, monkeypatch, ON)
    monkeypatch.chdir(elsewhere)
    assert not switch.is_on()
    monkeypatch.setattr(sys, "argv", ["pyflyte", "run", f"{repo}/flow.py", "fit"])
    assert switch.is_on()


def test_nothing_above_the_repository_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "repo/.git").mkdir(parents=True)
    assert is_on(tmp_path, monkeypatch, ON)
    monkeypatch.chdir(tmp_path / "repo")
    assert not switch.is_on()


def test_the_variable_overrides_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(switch.VARIABLE, "0")
    assert not is_on(tmp_path, monkeypatch, ON)
    monkeypatch.setenv(switch.VARIABLE, "1")
    assert switch.is_on()


def test_it_is_off_inside_a_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(switch.IN_CLUSTER[0], "x")
    monkeypatch.setenv(switch.VARIABLE, "1")
    assert not is_on(tmp_path, monkeypatch, ON)
    assert policy.IN_CLUSTER == switch.IN_CLUSTER


def test_where_it_is_off_its_module_imports_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    own = ["sigclock", "sigclock.guard", "sigclock.guard.flytekit", "sigclock.guard.switch"]
    assert done.stdout == f"{['__future__', *own]}\n"


def test_the_sdks_find_it() -> None:
    groups = ("flytekit.plugins", "flyte.plugins.types")
    found = {g: [p.value for p in entry_points(group=g) if p.name == "sigclock"] for g in groups}
    assert found == {
        "flytekit.plugins": ["sigclock.guard.flytekit"],
        "flyte.plugins.types": ["sigclock.guard.flyte:load"],
    }, "install the package anew: `pip install -e .`"
