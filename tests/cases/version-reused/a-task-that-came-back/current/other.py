from flytekit import task


@task(cache=True, cache_version="1.0")
def other(path: str) -> int: ...
