"""Packages that are known to wrap Flyte, and packages that have nothing to do with it."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

from sigclock.python.names.canonical import BUILTINS
from sigclock.python.names.stdlib import STDLIB

#: Packages whose decorators and calls take `cache` and mean something else by it, though they are
#: no class family's.
_FOREIGN = frozenset(
    """
    PIL aiocache aiohttp airflow altair anyio asgiref astropy bentoml black boto3
    botocore bs4 cachecontrol cachetools celery chainer click clearml cloudpickle cupy cv2
    cython dagster dash dask databricks datasets dateutil deepspeed diffusers diskcache django
    dogpile duckdb einops evaluate fastapi filelock flask flax fsspec gradio graphql
    great_expectations grpc h5py httpx huggingface_hub hypothesis ibis ipywidgets jax jinja2
    joblib jsonschema keras kedro kfp langchain langgraph librosa lightning llama_index litellm
    llvmlite lxml mako marshmallow matplotlib metaflow methodtools mlflow monai mypy
    networkx nltk nox numba numexpr numpy onnx openai optuna pandas panel pip playwright plotly
    polars prefect prometheus_client psutil pyarrow pygments pylons pymongo pytest
    pytest_django pytorch_lightning ray redis requests requests_cache rich scipy seaborn
    selenium sentence_transformers sentry_sdk setuptools shap six sklearn snowflake spacy sphinx
    sqlalchemy starlette statsmodels streamlit sympy taichi tenacity tensorflow testcontainers
    tokenizers toolz torch torchaudio torchvision tornado tox tqdm transformers triton trl typer
    urllib3 uvicorn vllm wandb werkzeug xarray xgboost yaml zarr
    """.split()  # noqa: SIM905 - a list would be as long as the file
)


def is_foreign(dotted: str, families: Container[str]) -> bool:
    """Whether an outside name belongs to a package that has nothing to do with Flyte.

    `families` are the packages of class families.
    """
    root = dotted.partition(".")[0]
    return is_unrelated(dotted) or root in families or is_of_python(dotted)


def is_unrelated(dotted: str) -> bool:
    """Whether an outside name is one of the packages that are known here."""
    return dotted.partition(".")[0] in _FOREIGN


def is_of_python(dotted: str) -> bool:
    """Whether an outside name is one of the standard library or a builtin."""
    root = dotted.partition(".")[0]
    # `operator.methodcaller` calls what it is given.
    return (root in STDLIB and root != "operator") or dotted in BUILTINS


class Patterns(Container[str]):
    """Dotted names; in each, `*` stands for any text, dots included. Matching takes linear time."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = [
            tuple(re.sub(r"\*+", "*", pattern).split("*")) for pattern in sorted(patterns)
        ]
        self._known: dict[object, bool] = {}

    def __contains__(self, dotted: object) -> bool:
        if dotted not in self._known:
            text = f"{dotted}"
            self._known[dotted] = any(_fits(text, parts) for parts in self._patterns)
        return self._known[dotted]


def _fits(text: str, parts: tuple[str, ...]) -> bool:
    """Each part is taken where it comes first, and the last one must end the text."""
    if len(parts) == 1:
        return text == parts[0]
    first, *middle, last = parts
    if not text.startswith(first):
        return False
    at = len(first)
    for part in middle:
        index = text.find(part, at)
        if index < 0:
            return False
        at = index + len(part)
    return text.endswith(last) and len(text) - len(last) >= at
