from flytekit import task


@task(cache=True, cache_version="1.0")  # sigclock: ignore[void-cached] a log line
def fit(path: str) -> int: ...
