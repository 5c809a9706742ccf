from flytekit import task

from models import Stats


@task(cache=True, cache_version="1.0")
def fit(path: str) -> Stats:
    return Stats(0.0)


@task(cache=True, cache_version="3")
def summarize(stats: Stats) -> str: ...


@task
def show(path: str) -> Stats: ...
