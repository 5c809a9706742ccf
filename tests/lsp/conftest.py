"""One server for all tests of this room: each opens a repository of its own in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.editor import Editor
from support.projects import Project

MODELS = """\
from dataclasses import dataclass

@dataclass
class Metrics:
    loss: float
"""
FLOW = """\
from flytekit import task
from models import Metrics

@task(cache=True, cache_version="1.0")
def train(rows: int) -> Metrics: ...

@task(cache=True, cache_version="2.3")
def tune(rows: int) -> list[Metrics]: ...

@task(cache=True, cache_version="1.0")
def publish(metrics: Metrics) -> None: ...
"""
FILES = {"models.py": MODELS, "flow.py": FLOW}


@pytest.fixture(scope="session")
def editor() -> Iterator[Editor]:
    """An editor that asks for reasons and shows places."""
    editor = Editor()
    yield editor
    editor.close()


@pytest.fixture(scope="session")
def _first(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project.of(tmp_path_factory.mktemp("first") / "forecast", FILES)


@pytest.fixture
def project(_first: Project, tmp_path: Path) -> Project:
    """A repository with two modules and three cached tasks, locked and committed."""
    return _first.copied(tmp_path / "forecast")
