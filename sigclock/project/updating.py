"""What `update` writes: the files that change, sources first and locks last."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from sigclock.git.atomic_write import FileChange
from sigclock.git.repository import Repository
from sigclock.interface.snapshot import Extraction
from sigclock.project import edits, projects, source_ledger
from sigclock.project.analysis import Analysis, Scope, compare, in_turn
from sigclock.project.projects import Overrides, Project
from sigclock.project.references import References
from sigclock.source import SourceTree


class Declared(msgspec.Struct, frozen=True, eq=False):
    """The projects of a work tree, with what each declares; no lock is read yet."""

    repository: Repository
    tree: SourceTree
    overrides: Overrides
    projects: Sequence[tuple[Project, Extraction]]


class Planned(msgspec.Struct, frozen=True):
    """The judgement of every project, and all that follows from it."""

    analyses: list[Analysis]
    changes: tuple[FileChange, ...]


def read(repository: Repository, tree: SourceTree, overrides: Overrides) -> Declared:
    """Read every project of the work tree, or of what lies over it."""
    found = [
        (project, project.extraction(repository, tree))
        for project in projects.projects(tree, overrides)
    ]
    return Declared(repository, tree, overrides, found)


def planned(
    declared: Declared,
    *,
    bump: bool = True,
    anew: bool = True,
    left: frozenset[str] = frozenset(),
    may_edit: Callable[[str], bool] = lambda _path: True,
) -> Planned:
    """Judge what was read, and decide what changes; nothing is written.

    The tasks that are `left`, and those of files that it may not edit, keep their versions, though
    they are due. `anew` writes a lock of an older sigclock as this one does, also where nothing
    else is to do.
    """
    repository, tree = declared.repository, declared.tree
    sources = source_ledger.beside(repository, tree, declared.overrides)
    references = References(repository, tree, declared.overrides)
    scope = Scope(
        sources=sources,
        references=references,
        moves="all",
        whole=True,
        bump=bump,
        left=left,
        edits=may_edit,
    )
    analyses = in_turn(
        declared.projects, scope, lambda found, then: compare(repository, tree, *found, then)
    )
    return Planned(analyses, edits.planned(tree, analyses, anew=anew))
