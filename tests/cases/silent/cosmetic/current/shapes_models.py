"""Shapes."""

from __future__ import annotations

import dataclasses
from typing import Optional


@dataclasses.dataclass(frozen=True)
class Statistics:
    """What was measured."""

    mean: "float" = 0.0

    def double(self) -> float:
        return self.mean * 2
