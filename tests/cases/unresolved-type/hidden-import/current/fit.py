from flytekit import task

try:
    from fast_models import Stats
except ImportError:
    from models import Stats


@task(cache=True, cache_version="1.0")
def fit(x: int) -> Stats: ...
