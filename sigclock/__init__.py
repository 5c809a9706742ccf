"""Git-aware signature lockfile for Flyte tasks."""

__version__ = "0.2.0"
