"""Fixtures that several tests share, named as places."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from support.git import ENVIRONMENT, Repo
from support.hooked import Hooked

if TYPE_CHECKING:
    from pathlib import Path

#: Hundreds of processes import the package: an environment that keeps no bytecode (a container's)
#: would have each of them compile it anew, which doubles what the tests cost.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

#: A busy machine is no failure, for time is measured in benchmarks alone; and what is drawn is the
#: same in every run, so that a failure belongs to the change that it is seen with.
settings.register_profile(
    "tests",
    deadline=None,
    derandomize="SIGCLOCK_FUZZ" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("tests")


def pytest_collection_finish() -> None:
    """What was imported and collected stays: no garbage collection need look at it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _nobody_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the user's Git configuration, nor the repository of a hook that runs it."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def empty_repo(tmp_path: Path) -> Repo:
    """A repository without a commit."""
    return Repo.init(tmp_path / "repo")


@pytest.fixture
def repo(empty_repo: Repo) -> Repo:
    """A repository with one commit of `a.py` and `pkg/b.py`."""
    empty_repo.write("a.py", "a = 1\n")
    empty_repo.write("pkg/b.py", "b = 1\n")
    empty_repo.commit("first")
    return empty_repo


@pytest.fixture(scope="session")
def _locked(tmp_path_factory: pytest.TempPathFactory) -> Hooked:
    return Hooked.of(tmp_path_factory.mktemp("locked") / "project")


@pytest.fixture
def project(_locked: Hooked, tmp_path: Path) -> Hooked:
    """`fit.py`, which returns a class of `models.py`: locked, committed, under the hook."""
    return _locked.copied(tmp_path / "project")
