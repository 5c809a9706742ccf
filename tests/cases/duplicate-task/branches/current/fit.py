import sys

from flytekit import task

if sys.platform == "win32":

    @task(cache=True, cache_version="1.0")
    def fit(path: str) -> int: ...

else:

    @task(cache=True, cache_version="1.0")
    def fit(path: str) -> int: ...
