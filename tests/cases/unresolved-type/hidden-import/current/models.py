from dataclasses import dataclass


@dataclass
class Stats:
    count: int
    mean: float = 0.0
