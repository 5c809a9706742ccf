from flytekit import task

class Model:
    def __init__(self, weights: list[float]) -> None:
        self.weights = weights
        self.bias = 0.0


@task(cache=True, cache_version="1.0")
def fit(path: str) -> Model: ...
