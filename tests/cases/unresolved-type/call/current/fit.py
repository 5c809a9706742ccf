from flytekit import task


@task(cache=True, cache_version="1.0")
def fit(path: str) -> int: ...

from flytekit import task
from makers import make_model

Model = make_model('Model')


@task(cache=True, cache_version="1.0")
def load(path: str) -> Model: ...
