"""What a walk over history looks at: the projects of its tip, and those that stood there before."""

from __future__ import annotations

from collections.abc import Sequence

from sigclock.audit.walk import View
from sigclock.git.repository import Repository
from sigclock.project import projects
from sigclock.project.projects import Overrides, Project


def views(
    repository: Repository, tip: str, current: Sequence[Project], overrides: Overrides
) -> dict[str, View]:
    """By directory; the `current` ones, of the tip, count at every commit as they are there."""
    past = projects.past(repository, tip, current, overrides)
    return {
        **{project.directory: View(project.options()) for project in current},
        **{place: View(each.project.options(), each.blobs) for place, each in past.items()},
    }
