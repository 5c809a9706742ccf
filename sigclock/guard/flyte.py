"""Flyte 2's plug-in: puts the guard before its local cache, where it is switched on."""

from __future__ import annotations

from sigclock.guard import switch


def load() -> None:
    """Put the guard in place; Flyte 2 calls this once in a process. A failure is one warning."""
    if not switch.is_on():
        return
    from sigclock.guard.failures import attempt  # noqa: PLC0415 - only where the guard is on
    from sigclock.guard.flyte_cache import install  # noqa: PLC0415 - likewise

    attempt(install, None)
