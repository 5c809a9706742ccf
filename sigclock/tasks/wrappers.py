"""Public packages of which it is known that they wrap Flyte."""

from __future__ import annotations

#: Makers of public SDKs that make Flyte tasks of functions, as patterns of dotted names.
PRESETS = frozenset(
    [
        "latch.custom*_task",
        "latch.g6e*_task",
        "latch.large*_task",
        "latch.medium*_task",
        "latch.small*_task",
        "latch.resources.tasks.*_task",
    ]
)
#: Packages that are known to wrap an SDK: a call of theirs that takes `cache` may well make a task.
WRAPPERS = frozenset({"domino", "flytesnacks", "latch", "unionml"})


def wraps_an_sdk(dotted: str) -> bool:
    """Whether an outside name belongs to a package that is known to wrap an SDK."""
    return dotted.partition(".")[0] in WRAPPERS


def word_of(pattern: str) -> str:
    """A word that every file has that uses a name that fits the pattern, as far as can be told.

    That is its last part, as files import it, or of a package as a whole its first.
    """
    parts = pattern.split(".")
    plain = [part for part in (parts[-1], *parts) if "*" not in part]
    return plain[0] if plain else "task"
