"""What `update` writes: the files that change, sources first and locks last."""

from __future__ import annotations

import msgspec

from sigclock.git.atomic_write import FileChange
from sigclock.git.repository import Repository
from sigclock.project import edits, projects, source_ledger
from sigclock.project.analysis import Analysis, Scope, analyse_all
from sigclock.project.projects import Overrides
from sigclock.source import SourceTree


class Planned(msgspec.Struct, frozen=True):
    """The judgement of every project, and all that follows from it."""

    analyses: list[Analysis]
    changes: tuple[FileChange, ...]


def planned(
    repository: Repository,
    tree: SourceTree,
    overrides: Overrides,
    *,
    bump: bool = True,
    anew: bool = True,
    left: frozenset[str] = frozenset(),
) -> Planned:
    """Read the work tree, or what lies over it, and decide what changes; nothing is written.

    The tasks that are `left` keep their versions, though they are due. `anew` writes a lock of an
    older sigclock as this one does, also where nothing else is to do.
    """
    sources = source_ledger.beside(repository, tree, overrides)
    scope = Scope(sources=sources, moves="all", whole=True, bump=bump, left=left)
    analyses = analyse_all(repository, tree, projects.projects(tree, overrides), scope)
    return Planned(analyses, edits.planned(tree, analyses, anew=anew))
