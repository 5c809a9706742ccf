from dataclasses import dataclass


@dataclass
class Stats:
    count: int
