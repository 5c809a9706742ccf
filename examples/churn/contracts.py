"""What customers sign; imported by the models, and by no task directly."""

from dataclasses import dataclass
from enum import Enum


class Segment(str, Enum):
    CONSUMER = "consumer"
    BUSINESS = "business"


@dataclass
class Contract:
    segment: Segment
    months: int
    monthly_fee: float


def contract_number(number: int) -> Contract:
    """Stand in for the billing system: the same contract for the same number."""
    return Contract(
        segment=Segment.BUSINESS if number % 3 == 0 else Segment.CONSUMER,
        months=number * 7 % 36,
        monthly_fee=20.0 + number * 13 % 40,
    )
