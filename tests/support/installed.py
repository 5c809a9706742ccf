"""Which libraries the tests can ask."""

from __future__ import annotations

from importlib.util import find_spec


def is_installed(package: str) -> bool:
    """Whether there is such a package; a folder of tests that has its name is none."""
    spec = find_spec(package)
    return spec is not None and spec.origin is not None
