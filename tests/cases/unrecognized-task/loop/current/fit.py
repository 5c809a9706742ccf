from flytekit import task
from registry import functions


@task(cache=True, cache_version="1.0")
def fit(path: str) -> int: ...


TASKS = {}
for function in functions():
    TASKS[function.__name__] = task(function, cache=True, cache_version="1.0")
