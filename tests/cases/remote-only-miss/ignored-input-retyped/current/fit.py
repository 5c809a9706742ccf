from enum import Enum

from flytekit import task


class Color(Enum):
    RED = 'red'


@task(cache=True, cache_version="1.0", cache_ignore_input_vars=("color",))
def fit(color: int) -> int: ...
