"""What once failed fails no more; the name of each input says what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fuzz.seeds import failures, seeds
from fuzz.targets import TARGETS

if TYPE_CHECKING:
    from pathlib import Path

KNOWN = [(target, path) for target in TARGETS for path in failures(target)]


@pytest.mark.parametrize(("target", "path"), KNOWN, ids=[path.name for _, path in KNOWN])
def test_a_known_failure(target: str, path: Path) -> None:
    TARGETS[target](path.read_bytes())


@pytest.mark.parametrize("target", TARGETS)
def test_a_well_formed_input(target: str) -> None:
    for seed in seeds(target):
        TARGETS[target](seed)
