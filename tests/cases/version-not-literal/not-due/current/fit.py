from flytekit import task


@task(cache=True, cache_version=str(2 - 1))
def fit(path: str) -> int: ...
