from flytekit import task

from models import Stats


@task(cache=True, cache_version="1.0")
def fit(path: str) -> Stats | None:
    return Stats(0.0)
