from __future__ import annotations

from pathlib import Path

import pytest
from support.hooked import Hooked


@pytest.fixture
def project(tmp_path: Path) -> Hooked:
    """`fit.py`, which returns a class of `models.py`: locked, committed, under the hook."""
    return Hooked.of(tmp_path / "project")
