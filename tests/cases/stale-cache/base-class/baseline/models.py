from dataclasses import dataclass


@dataclass
class Stats:
    mean: float


@dataclass
class Report(Stats):
    title: str
