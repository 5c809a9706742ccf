"""The tasks of a project that a change can make a difference to, judged without the rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import msgspec

from sigclock.incremental.affected import AffectedFiles, AffectsAllError
from sigclock.interface.snapshot import Extraction, Snapshot
from sigclock.lock.lock import Lock
from sigclock.project import analysis
from sigclock.project.analysis import Analysis, Scope
from sigclock.project.baseline import Baseline
from sigclock.project.projects import Project
from sigclock.source import SourceTree


class Unaffected(Protocol):
    """What is known of a project from before the change.

    `lost` are the tasks that only the lock had, `due_at` the files with versions that were due,
    `unparsed` the files that do not parse, to which no other one leads.
    """

    @property
    def project(self) -> Project: ...

    @property
    def lost(self) -> frozenset[str]: ...

    @property
    def due_at(self) -> frozenset[str]: ...

    @property
    def unparsed(self) -> frozenset[str]: ...

    def lock(self, names: frozenset[str], classes: frozenset[str]) -> Lock:
        """The part of the lock that has these tasks and classes."""

    def baseline(self, lock: Lock, names: frozenset[str]) -> Baseline:
        """What is known to be issued for these tasks; `lock` is the part that has them."""

    def scope(self, names: frozenset[str]) -> Scope:
        """What counts as issued besides, and what moves."""


class AffectedTasks:
    """The affected tasks of a project in `tree`.

    `names` are those that are judged, in the tree or in the lock, and `lock` is the part of the
    lock that has them, once they are judged.
    """

    def __init__(self, files: AffectedFiles, tree: SourceTree, unaffected: Unaffected) -> None:
        self.files = files
        self.names: frozenset[str] = frozenset()
        self.lock = Lock()
        #: What the files declared before the change.
        self.earlier = Extraction(Snapshot())
        self._tree = tree
        self._unaffected = unaffected

    def judge(self, notebooks: tuple[str, ...] = ()) -> Analysis:
        """The judgement of these tasks alone; `AffectsAllError` if it takes all the others."""
        while True:
            found = self._judged(notebooks)
            sites = due_at(found) | self._unaffected.due_at.intersection(self._versions_at(found))
            if not self.files.extend(self.files.sharing(sites)):
                break
        if found.extraction.unseen:
            raise AffectsAllError("a task that is locked cannot be seen")
        if found.extraction.former_names:
            raise AffectsAllError("a class is stored under a name that another file gives it")
        return found

    def _versions_at(self, found: Analysis) -> Iterator[str]:
        """The files in which the versions of these tasks stand, or stood."""
        for extraction in (self.earlier, found.extraction):
            for site in extraction.sites.values():
                if site.version is not None:
                    yield site.version.location.path

    def _judged(self, notebooks: tuple[str, ...]) -> Analysis:
        extraction, self.earlier = self.files.extraction(), self.files.before()
        before, current = self.earlier.snapshot, extraction.snapshot
        self.names = self._unaffected.lost.union(before.tasks, current.tasks)
        # What other tasks reach tells a class that was renamed from another one.
        beside = self.files.beside()
        classes = frozenset({*before.definitions, *current.definitions})
        self.lock = self._unaffected.lock(self.names, classes)
        known = self._unaffected.lock(self.names, classes.union(beside)) if beside else self.lock
        together = Snapshot(current.tasks, {**current.definitions, **beside})
        return analysis.judge(
            self._unaffected.project,
            self._unaffected.baseline(known, self.names),
            msgspec.structs.replace(
                extraction,
                snapshot=together,
                notebooks=notebooks,
                unparsed=self._unaffected.unparsed,
            ),
            self._tree,
            self._unaffected.scope(self.names),
        )


def due_at(analysis: Analysis) -> frozenset[str]:
    """The files in which versions are edited, or due: a waiver there counts."""
    edited = {edit.path for edit in analysis.plan.edits}
    sites = (
        analysis.extraction.sites[name].version
        for name, decision in analysis.plan.decisions.items()
        if decision.due
    )
    return frozenset(edited.union(site.location.path for site in sites if site is not None))
