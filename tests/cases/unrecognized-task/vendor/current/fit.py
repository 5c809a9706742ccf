from flytekit import task
from vendor import step


@task(cache=True, cache_version="1.0")
def fit(path: str) -> int: ...


@step(cache=True, cache_version="1.0")
def tune(path: str) -> int: ...


@step(cache=True, cache_version="2.0")
def score(path: str) -> float: ...
