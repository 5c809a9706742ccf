from dataclasses import dataclass


@dataclass
class Stats:
    mean: float
    count: int = 0
