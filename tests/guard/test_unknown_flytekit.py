"""A flytekit whose cache takes other arguments is left alone, and that is said once."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from sigclock.guard import failures, flytekit_cache

LocalTaskCache: Any = import_module("flytekit.core.local_cache").LocalTaskCache


def get(task_name: str, cache_version: str, key: bytes) -> None:
    """A look-up as no flytekit that we know has it."""


def is_left_alone(caplog: pytest.LogCaptureFixture) -> bool:
    """Whether `install` changes nothing of the cache and says so in one line."""
    before = dict(vars(LocalTaskCache))
    for _ in range(2):
        flytekit_cache.install(trusting=False)
    line = "sigclock's guard does not know this flytekit, so its local cache is not guarded"
    return dict(vars(LocalTaskCache)) == before and caplog.messages == [line]


@pytest.mark.parametrize("name", ["get", "set"])
def test_a_cache_of_other_arguments(
    name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(failures, "_said", set())
    monkeypatch.setattr(LocalTaskCache, name, staticmethod(get))
    assert is_left_alone(caplog)


def test_a_cache_without_a_look_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(failures, "_said", set())
    monkeypatch.delattr(LocalTaskCache, "get")
    assert is_left_alone(caplog)


def test_no_local_cache_at_all(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(failures, "_said", set())
    monkeypatch.setattr("flytekit.core.local_cache.LocalTaskCache", None)
    assert is_left_alone(caplog)
