from flytekit import task

from pkg import __version__
from models import Stats


@task(cache=True, cache_version=__version__)
def fit(path: str) -> Stats:
    return Stats(0.0)
