from flytekit import task


@task(cache=True, cache_version="1.0")
def fit(path: str) -> float: ...
