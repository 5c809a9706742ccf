"""Which rule reports a due version, and the words that these rules share."""

from __future__ import annotations

from enum import Enum

from sigclock.source import Location
from sigclock.verdict import wording
from sigclock.verdict.case import Fact, TaskCase

#: What each rule about a due version asks for.
DUE_FACTS = frozenset(
    {
        Fact.CACHED,
        Fact.TASK,
        Fact.SITE,
        Fact.BASELINE,
        Fact.VERSION,
    }
)


class Due(Enum):
    """Why a version is due, or that only a person can change it."""

    #: No edit is possible.
    BY_HAND = "by hand"
    #: The outputs changed under it since it was locked.
    STALE = "stale"
    #: It was issued with other outputs at any other time.
    REUSED = "reused"


def due(task: TaskCase) -> Due | None:
    """Why the task's version is due; None if it may stay."""
    if not task.version.due:
        return None
    if task.version.refusal is not None and task.version.refusal.by_hand:
        return Due.BY_HAND
    return Due.STALE if changed_since_lock(task) else Due.REUSED


def changed_since_lock(task: TaskCase) -> bool:
    """Whether the lock has this version with another signature."""
    base, now = task.baseline, task.task
    return (
        base is not None
        and base.cache.version == now.cache.version
        and base.signature != now.signature
    )


def cause(task: TaskCase) -> str:
    """What makes the version due."""
    if not changed_since_lock(task):
        return f'version "{task.task.cache.version}" was issued with other outputs before'
    return wording.changed_outputs(task.changes)


def place(task: TaskCase) -> Location:
    """The location of the version if it is known, else that of the task."""
    return task.site.version.location if task.site.version else task.site.location
