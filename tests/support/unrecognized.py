"""What is told of what cannot be followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sigclock.verdict.case import Case
from sigclock.verdict.rules import unrecognized_task
from sigclock.verdict.unrecognized import unwaived

if TYPE_CHECKING:
    from sigclock.interface.snapshot import Extraction
    from sigclock.verdict.finding import Finding


def raised(found: Extraction) -> list[Finding]:
    """The findings about the makers of a tree that no waiver speaks of."""
    return list(unrecognized_task.find(Case(unrecognized=unwaived(found))))
