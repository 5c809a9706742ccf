"""Git-aware signature lockfile for Flyte tasks."""

__version__ = "0.1.0"
