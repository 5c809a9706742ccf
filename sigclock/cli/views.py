"""What a walk over history looks at: the projects of its tip, and those that stood there before."""

from __future__ import annotations

from sigclock.audit.walk import View
from sigclock.git.repository import Repository
from sigclock.project import projects
from sigclock.project.projects import Overrides


def views(repository: Repository, tip: str, overrides: Overrides) -> dict[str, View]:
    """By directory; those of the tip count at every commit, with the configuration there."""
    current = projects.projects(repository.revision(tip), overrides)
    past = projects.past(repository, tip, current, overrides)
    return {
        **{project.directory: View(project.options()) for project in current},
        **{place: View(each.project.options(), each.blobs) for place, each in past.items()},
    }
