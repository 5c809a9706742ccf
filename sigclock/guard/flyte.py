"""Flyte 2's plug-in: puts the guard before its local cache, where it is switched on."""

from __future__ import annotations


def load() -> None:
    """Called by Flyte 2 when it starts."""
