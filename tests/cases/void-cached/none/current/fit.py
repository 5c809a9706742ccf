from flytekit import task


@task(cache=True, cache_version="1.0")
def fit(path: str) -> int: ...


@task(cache=True, cache_version="1")
def publish(table: str) -> None: ...
