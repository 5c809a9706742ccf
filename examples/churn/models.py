"""What the tasks hand to each other."""

from dataclasses import dataclass
from typing import NamedTuple

from pydantic import BaseModel

from churn.contracts import Contract


@dataclass
class Customer:
    id: str
    contract: Contract
    support_calls: int
    churned: bool


@dataclass
class Example:
    customer: str
    values: list[float]
    churned: bool


class Split(NamedTuple):
    """Two outputs of one task, under these names."""

    training: list[Example]
    holdout: list[Example]


@dataclass
class Scale:
    mean: list[float]
    spread: list[float]


@dataclass
class Model:
    weights: list[float]
    bias: float
    scale: Scale


class Report(BaseModel):
    accuracy: float
    holdout_size: int
    most_likely_to_leave: str | None = None
