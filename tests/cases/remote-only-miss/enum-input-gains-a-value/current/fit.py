from enum import Enum

from flytekit import task


class Color(Enum):
    RED = 'red'
    BLUE = 'blue'


@task(cache=True, cache_version="1.0")
def fit(color: Color) -> int: ...
