from flytekit import task
from enum import Enum


class Color(Enum):
    RED = 'red'
    GREEN = 'green'


@task(cache=True, cache_version="1.0")
def fit(path: str) -> Color: ...
