from flytekit import task
from typing import NamedTuple


class Out(NamedTuple):
    a: int
    c: str


@task(cache=True, cache_version="1.0")
def fit(path: str) -> Out: ...
