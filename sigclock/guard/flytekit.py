"""Flytekit's plug-in: puts the guard before flytekit's local cache, where it is switched on.

flytekit imports this module with itself, in every process, and lets whatever it raises through.
"""

from __future__ import annotations

from sigclock.guard import switch


def load() -> None:
    """Put the guard in place; a failure is one warning."""
    from sigclock.guard.failures import attempt  # noqa: PLC0415 - only where the guard is on
    from sigclock.guard.flytekit_cache import install  # noqa: PLC0415 - likewise

    attempt(lambda: install(trusting=switch.trusts_unknown()), None)


if switch.is_on():
    load()
