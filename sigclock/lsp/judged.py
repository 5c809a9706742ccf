"""One project as it was judged whole, and the tasks to which edits make a difference since."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cached_property

import msgspec

from sigclock.git.trees import Overlay, blob_id
from sigclock.incremental.affected import AffectedFiles, AffectsAllError, Move
from sigclock.interface.reachability import reachable_of
from sigclock.interface.snapshot import Definition, Extraction, Snapshot
from sigclock.lock.lock import Account, Lock
from sigclock.project import analysis, packaging
from sigclock.project.affected_tasks import AffectedTasks, due_at
from sigclock.project.analysis import Analysis, Scope
from sigclock.project.baseline import Baseline
from sigclock.project.projects import Project
from sigclock.project.references import References
from sigclock.python.names.modules import Modules
from sigclock.source import SourceTree, in_bytes
from sigclock.tasks.tree_state import TreeState
from sigclock.verdict.finding import Finding


class Cancelled(Exception):  # noqa: N818 - it is no error
    """Nobody waits for the result any more."""


class Wanted:
    """A tree that can be read as long as somebody waits for what is made of it."""

    def __init__(self, tree: SourceTree, wanted: Callable[[], bool]) -> None:
        self.label = tree.label
        self.paths = tree.paths
        self._tree = tree
        self._wanted = wanted

    def read(self, path: str) -> bytes:
        if not self._wanted():
            raise Cancelled
        return self._tree.read(path)


class Edits(msgspec.Struct, frozen=True):
    """The files that are others than when the tree was judged: their bytes then and now."""

    before: Mapping[str, bytes]
    after: Mapping[str, bytes]


class Part(msgspec.Struct, frozen=True):
    """The judgement of the tasks called `names`, declared in `paths`; it says of no other task."""

    analysis: Analysis
    names: frozenset[str]
    paths: frozenset[str]
    outdated: bool


class JudgedProject(msgspec.Struct, frozen=True, dict=True):
    """A project with all that is known of it, for the edits that come.

    `state` is None if what was found cannot be kept. `modules` knows where its modules stand.
    `sources` is what HEAD's sources issued, asked for once an edit makes the tree another one, and
    `references` what those of other references did.
    """

    analysis: Analysis
    known: Baseline
    state: TreeState | None
    tree: SourceTree
    modules: Modules
    sources: Callable[[], Mapping[str, Account]]
    references: References | None = None

    @property
    def project(self) -> Project:
        return self.analysis.project

    @cached_property
    def findings(self) -> list[Finding]:
        """The findings as `check` has them."""
        return analysis.findings_of([self.analysis])

    @cached_property
    def lost(self) -> frozenset[str]:
        """The tasks that only the lock has: an edited task may be what one of them was."""
        here = self.analysis.extraction.snapshot.tasks
        return frozenset(self.analysis.lock.snapshot.tasks.keys() - here.keys())

    @property
    def unparsed(self) -> frozenset[str]:
        return self.analysis.extraction.unparsed

    @cached_property
    def due_at(self) -> frozenset[str]:
        return due_at(self.analysis)

    def part(self, edits: Edits, wanted: Callable[[], bool]) -> Part:
        """The judgement of what edits affect; `AffectsAllError` if that may be any file."""
        whole, options = self.analysis.extraction, self.project.options()
        if self.state is None or whole.unsettled or whole.unseen or whole.former_names:
            raise AffectsAllError("not all of the tree is known")
        known = self.state.blobs.keys() >= edits.after.keys()
        if not known or self._concern_all(edits) or not whole.unparsed.isdisjoint(edits.after):
            raise AffectsAllError("files came, or what is said of the tree as a whole")
        digits = len(next(iter(self.state.blobs.values())))
        loaded = {
            blob_id(data, digits): data
            for side in (edits.before, edits.after)
            for data in side.values()
        }
        now = {path: blob_id(data, digits) for path, data in edits.after.items()}
        tree = Wanted(Overlay(self.tree, edits.after), wanted)
        move = Move(
            self.state,
            tree,
            {**self.state.blobs, **now},
            loaded.__getitem__,
            edits.after.keys(),
            self.modules.over(tree),
        )
        tasks = AffectedTasks(AffectedFiles(move, options, open_=self._open), tree, self)
        found = tasks.judge()
        self._refuse_no_task(tasks.earlier, found.extraction)
        lock, following = tasks.lock, found.plan.lock
        reached = Snapshot(lock.snapshot.tasks, self._definitions(lock.snapshot, frozenset()))
        behind = (following.snapshot, following.ledger) != (reached, lock.ledger)
        behind = behind or not self._behind <= tasks.names
        return Part(found, tasks.names, tasks.files.paths, behind)

    # -- what is known of the other tasks ------------------------------------------------------

    def lock(self, names: frozenset[str], classes: frozenset[str]) -> Lock:
        lock = self.analysis.lock
        every = lock.snapshot.tasks
        tasks = {name: every[name] for name in sorted(names) if name in every}
        known = Snapshot(tasks, lock.snapshot.definitions)
        part = Snapshot(tasks, self._definitions(known, classes))
        return msgspec.structs.replace(lock, snapshot=part, ledger=_of(names, lock.ledger))

    def baseline(self, lock: Lock, names: frozenset[str]) -> Baseline:
        visible = _of(names, self.known.visible)
        known = self.known
        return msgspec.structs.replace(known, lock=lock, visible=visible, kept={}, as_written=True)

    def scope(self, names: frozenset[str]) -> Scope:
        return Scope(sources=_of(names, self.sources()), references=self.references)

    def _definitions(self, part: Snapshot, classes: frozenset[str]) -> dict[str, Definition]:
        """The lock's classes that tasks of it reach, and some others."""
        lock = self.analysis.lock.snapshot
        fields = [f for task in part.tasks.values() for f in (*task.inputs, *task.outputs)]
        keys = classes.union(reachable_of(lock).keys(fields))
        return {key: lock.definitions[key] for key in sorted(keys) if key in lock.definitions}

    @cached_property
    def _open(self) -> frozenset[str]:
        """The files of the tasks that were added or moved: one may be what a lost one was."""
        tasks = self.analysis.tasks.values()
        return frozenset(task.path for task in tasks if task.status in {"added", "moved"})

    @cached_property
    def _behind(self) -> frozenset[str]:
        """The tasks of which the lock and the next one say something else; "" for anything else."""
        if not self.analysis.outdated:
            return frozenset()
        lock, following = self.analysis.lock, self.analysis.plan.lock
        pairs = ((lock.snapshot.tasks, following.snapshot.tasks), (lock.ledger, following.ledger))
        behind = {
            name
            for old, new in pairs
            for name in old.keys() | new.keys()
            if old.get(name) != new.get(name)
        }
        return frozenset(behind or {""})

    # -- what is said of the tree as a whole ---------------------------------------------------

    def _concern_all(self, edits: Edits) -> bool:
        """Whether edits change packaging metadata, or where a configured word occurs."""
        config = self.project.config
        patterns = (*config.task_decorators, *config.not_tasks)
        words = {in_bytes(part) for name in patterns for part in name.split(".")}
        return any(
            path.rpartition("/")[2] in packaging.FILES
            or any((word in edits.before[path]) != (word in data) for word in words)
            for path, data in edits.after.items()
        )

    def _refuse_no_task(self, before: Extraction, after: Extraction) -> None:
        """Whether there is a task at all is asked of the whole tree."""
        whole = self.analysis.extraction
        tasks = len(whole.snapshot.tasks)
        sites = len(whole.unrecognized)
        left = tasks - len(before.snapshot.tasks) + len(after.snapshot.tasks)
        sites_left = sites - len(before.unrecognized) + len(after.unrecognized)
        if bool(tasks or sites) != bool(left or sites_left):
            raise AffectsAllError("there is no task left, or there was none")


def _of(names: Collection[str], accounts: Mapping[str, Account]) -> dict[str, Account]:
    return {name: accounts[name] for name in sorted(names) if name in accounts}
