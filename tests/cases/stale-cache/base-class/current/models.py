from dataclasses import dataclass


@dataclass
class Stats:
    mean: int


@dataclass
class Report(Stats):
    title: str
