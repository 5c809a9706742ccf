from flytekit import task

from models import Stats


@task(cache=True, cache_version="1.1")
def fit(path: str) -> Stats:
    return Stats(0.0)
