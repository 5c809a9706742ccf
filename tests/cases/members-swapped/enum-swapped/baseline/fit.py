from dataclasses import dataclass
from enum import Enum

from flytekit import task


class Color(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Paint:
    color: Color


@task(cache=True, cache_version="1.0")
def fit(path: str) -> Color: ...


@task(cache=True, cache_version="1.0")
def mix(path: str) -> Paint: ...
