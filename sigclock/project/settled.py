"""The last tree that a hook judged, kept so that the next commit is judged by what it changes.

What is said so is what a judgement of the whole tree says; where that is not certain, nothing is
said, and the whole tree is judged.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

import msgspec

from sigclock.errors import GitError, LockError
from sigclock.git import staging
from sigclock.git.atomic_write import FileChange
from sigclock.git.names import is_forged
from sigclock.git.repository import Repository
from sigclock.git.staging import Differences
from sigclock.git.trees import Disk, ObjectTree, blob_id
from sigclock.incremental.affected import AffectsAllError, Move
from sigclock.incremental.elsewhere import Elsewhere
from sigclock.incremental.readings import Readings
from sigclock.incremental.store import Store, note
from sigclock.interface.snapshot import Snapshot
from sigclock.lock import patch, reader
from sigclock.lock.ledger import join
from sigclock.lock.lock import Account
from sigclock.project import packaging
from sigclock.project.analysis import Analysis, unix
from sigclock.project.comparison import BaseProject, compared
from sigclock.project.projects import Overrides
from sigclock.project.references import References
from sigclock.project.settled_project import (
    SettledProject,
    SettledTasks,
    beyond,
    is_settled,
    lock_after,
    settled,
)
from sigclock.source import LOCK_NAME
from sigclock.tasks.tree_state import DamagedStateError, TreeState
from sigclock.verdict.finding import Finding
from sigclock.verdict.standing import Identity, Standing, identity_by_itself

_KIND, _NEWEST = "settled", "settled-newest"
#: Trees of one work tree, and of all.
_SLOTS, _MOST = 2, 6
#: A tree that differs in so many files, and in no task, need not be kept.
_NEAR = 50
_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SOURCES = (".py", ".pyi")
_NOTEBOOK = ".ipynb"
#: Ends a judgement of affected tasks; the whole tree is judged then.
_GIVEN_UP = (
    AffectsAllError,
    DamagedStateError,
    GitError,
    LockError,
    # Half of a letter, or a number of thousands of digits, cannot be kept.
    UnicodeError,
    OverflowError,
    patch.StrangeLockError,
)


class SettledTree(msgspec.Struct, frozen=True):
    """A tree as it was judged: that of commit `base`, but for `over`, with path → blob there, here.

    The locks in it are those that were written then. `tips` are the commits whose history was seen,
    `lock_paths` all places at which there ever was a lock.
    """

    base: str
    over: Differences
    tips: tuple[str, ...]
    lock_paths: tuple[str, ...]
    projects: tuple[SettledProject, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing in it can reach Git as an option, or a file beside the tree's."""
        ids = (self.base, *self.tips, *(settled.lock for settled in self.projects))
        paths = [*self.lock_paths, *(settled.project.lock_path for settled in self.projects)]
        outside = any(path.startswith("/") or is_forged(path) for path in paths)
        return all(map(_ID.fullmatch, ids)) and not outside


class Whole(msgspec.Struct, frozen=True):
    """One project of which all was judged, what was found of its files, and what history issued.

    `lock_paths` are the places of all locks in it.
    """

    analysis: Analysis
    state: TreeState | None
    visible: Mapping[str, Account]
    lock_paths: Sequence[str]


class JudgedTasks(msgspec.Struct, frozen=True):
    """What was judged of the next commit; `standing` are the findings that HEAD's tree had.

    `since` has what only a comparison with HEAD tells. `distance` is how many files changed since
    the tree that is kept.
    """

    tree: ObjectTree
    analyses: list[Analysis]
    standing: Standing
    since: list[Finding]
    parts: list[SettledTasks]
    tips: tuple[str, ...]
    lock_paths: tuple[str, ...]
    distance: int


class NextCommit:
    """The commit that is being made, held against the last tree that a hook judged.

    `staged` is what is staged against its parent.
    """

    def __init__(
        self, repository: Repository, overrides: Overrides, parent: str, staged: Differences
    ) -> None:
        self._repository = repository
        self._overrides = overrides
        self._parent = parent
        self._staged = staged
        self._store = Store.of(repository)
        # Each linked work tree has an index of its own.
        own = os.path.relpath(repository.git_dir, repository.common_dir)
        keys = [repr((own, overrides, slot)) for slot in range(_SLOTS)]
        newest = self._store.load(_NEWEST, keys[0], int) or 0
        #: Where trees are kept, the newest first.
        self._keys = keys[newest:] + keys[:newest] if newest in range(_SLOTS) else keys
        self._loaded: dict[str, SettledTree | None] = {}
        self._used_for_head = ""

    def judge(self) -> JudgedTasks | None:
        """Judge what is staged; None if it takes the whole tree to do that."""
        if self._is_unusual:
            return None
        with suppress(*_GIVEN_UP):
            judged = self._judged()
            note("judged trees", 1, 0)
            return judged
        return None

    def remember(self, judged: JudgedTasks) -> None:
        """Keep the tree as it was judged, with the locks that are to be written."""
        if judged.distance <= _NEAR and not any(part.paths for part in judged.parts):
            # The tree that is kept says the same, and is near enough.
            return
        with suppress(*_GIVEN_UP):
            locks = [lock_after(analysis, self._parent) for analysis in judged.analyses]
            pairs = zip(judged.parts, judged.analyses, locks, strict=True)
            projects = tuple(part.settle(analysis, lock) for part, analysis, lock in pairs)
            self._keep(
                SettledTree(
                    self._parent,
                    self._over(judged.analyses, locks),
                    judged.tips,
                    judged.lock_paths,
                    projects,
                )
            )

    def remember_whole(self, whole: Sequence[Whole], changes: Sequence[FileChange]) -> None:
        """The same of a tree of which all was judged; `changes` are to be written."""
        written = {change.path for change in changes}
        analyses = [project.analysis for project in whole]
        unwritten = [
            one for one in analyses if one.outdated and one.project.lock_path not in written
        ]
        if self._is_unusual or unwritten:
            return
        with suppress(*_GIVEN_UP):
            self._verify_staged(written)
            locks = [lock_after(analysis, self._parent) for analysis in analyses]
            ledger = join(analysis.plan.lock.ledger for analysis in analyses)
            elsewhere = beyond(ledger, join(project.visible for project in whole))
            pairs = zip(whole, locks, strict=True)
            self._keep(
                SettledTree(
                    self._parent,
                    self._over(analyses, locks),
                    tuple(self._repository.tips()),
                    tuple(sorted({path for project in whole for path in project.lock_paths})),
                    tuple(self._of_whole(project, lock, elsewhere) for project, lock in pairs),
                )
            )

    def _keep(self, settled: SettledTree) -> None:
        """In the place of the last tree, unless HEAD is compared with that."""
        key = next(key for key in (*self._keys[1:], *self._keys) if key != self._used_for_head)
        with self._store.together():
            if self._store.keep(_KIND, key, settled, _MOST):
                slots = sorted(self._keys)
                self._store.keep(_NEWEST, slots[0], slots.index(key), _MOST)

    @property
    def _is_unusual(self) -> bool:
        """Whether more than sources and history has to do with what is to be said."""
        repository = self._repository
        grafted = (repository.common_dir / "info" / "grafts").exists()
        return bool(
            grafted or repository.shallow or repository.arriving() or repository.announced()
        )

    # -- what is known ---------------------------------------------------------------------------

    def _judged(self) -> JudgedTasks:
        staged = (path for path, sides in self._staged.items() if sides[0] != sides[1])
        if any(_is_foundation(path) and not path.endswith(LOCK_NAME) for path in staged):
            # What only the parent's configuration shows is found by reading the tree with that.
            raise AffectsAllError("another configuration is staged")
        _, settled, changed = self._nearest(head=False)
        tips = tuple(self._repository.tips())
        self._verify_history(settled, tips)
        locks = {each.project.lock_path: self._lock_data(each) for each in settled.projects}
        affected = list(self._affected(settled, changed, locks))
        analyses = [part.judge() for part in affected]
        bumped = [name for one in analyses for bump in one.plan.bumps for name in bump.tasks]
        if len({*bumped}) < len(bumped):
            raise AffectsAllError("two projects choose a version for tasks of one name")
        tree = self._tree(settled, changed)
        self._used_for_head, head, changed_there = self._nearest(head=True)
        standing = Standing.of(self._standing(head, changed_there))
        since = [
            finding
            for part, analysis in zip(affected, analyses, strict=True)
            for finding in self._since_head(head, tree, part, analysis)
        ]
        kept = (tips, settled.lock_paths, len(changed))
        return JudgedTasks(tree, analyses, standing, since, affected, *kept)

    def _standing(
        self, head: SettledTree, changed: Differences
    ) -> Iterator[tuple[Identity, Finding]]:
        """The findings of HEAD; gives up if its source is ahead of its lock: that issued, too."""
        read = self._repository.objects.read
        locks = {each.project.lock_path: read(each.lock) for each in head.projects}
        parts: Iterable[SettledTasks] = ()
        if changed or any(each.open for each in head.projects):
            parts = self._affected(head, changed, locks)
        found = [(each.project.directory, each.findings) for each in head.projects]
        for number, part in enumerate(parts):
            analysis = part.judge()
            if not is_settled(analysis):
                raise AffectsAllError("HEAD's lock lags behind its source")
            found[number] = (analysis.project.directory, tuple(analysis.findings))
        for directory, findings in found:
            # Nothing is due there.
            yield from ((identity_by_itself(directory, finding), finding) for finding in findings)

    def _since_head(
        self, head: SettledTree, tree: ObjectTree, part: SettledTasks, analysis: Analysis
    ) -> list[Finding]:
        """What only a comparison with HEAD's lock tells."""
        locks = {each.project.lock_path: each.lock for each in head.projects}
        known, lock = analysis.lock.snapshot, locks[analysis.project.lock_path]
        if lock != part.settled.lock:
            known = reader.loads(self._repository.objects.read(lock)).snapshot
        tasks = {name: task for name, task in known.tasks.items() if name in part.names}
        base = BaseProject(analysis.project, Snapshot(tasks, known.definitions))
        found = compared(self._repository, tree, [base], [analysis])
        return [finding for findings in found.values() for finding in findings]

    def _nearest(self, *, head: bool) -> tuple[str, SettledTree, Differences]:
        """The newest tree that has the locks and the configuration of the index, or of HEAD.

        With its key, and with all sources that are otherwise now.
        """
        for key in self._keys:
            if key not in self._loaded:
                self._loaded[key] = self._store.load(_KIND, key, SettledTree)
            settled = self._loaded[key]
            if settled is not None and settled.is_sound:
                with suppress(GitError):
                    changed = self._since(settled, head=head)
                    if not any(map(_is_foundation, changed)):
                        return key, settled, changed
        raise AffectsAllError("a lock or a configuration changed")

    def _affected(
        self, settled: SettledTree, changed: Differences, locks: Mapping[str, bytes]
    ) -> Iterator[SettledTasks]:
        texts = {path: patch.split(data) for path, data in locks.items()}
        tree, blobs = self._tree(settled, changed), _blobs(settled, changed)
        elsewhere = Elsewhere(self._repository, settled.lock_paths)
        others = (elsewhere, References(self._repository, tree, self._overrides))
        for each in settled.projects:
            move = Move(each.state, tree, blobs, self._repository.objects.read)
            readings = Readings(self._store, each.project.options())
            yield SettledTasks(each, move, texts, locks[each.project.lock_path], *others, readings)

    def _tree(self, settled: SettledTree, changed: Differences) -> ObjectTree:
        """The Python files, and the locks."""
        locks = {each.project.lock_path: each.lock for each in settled.projects}
        blobs = {**_blobs(settled, changed), **locks}
        return ObjectTree("index", blobs, self._repository.objects.read)

    def _since(self, settled: SettledTree, *, head: bool) -> Differences:
        """What the index, or HEAD, has otherwise than the tree that was judged."""
        now, over, staged = self._staged, settled.over, self._staged
        if settled.base != self._parent:
            now = staging.differences(self._repository, settled.base)
        changed: Differences = {}
        for path in now.keys() | over.keys() | staged.keys():
            if path in now:
                base, here = now[path]
            else:
                base = here = over[path][0] if path in over else staged[path][1]
            was = over[path][1] if path in over else base
            if head and path in staged:
                here = staged[path][0]
            if was != here and (path.endswith(_SOURCES) or _is_foundation(path)):
                changed[path] = (was, here)
        return changed

    def _verify_history(self, settled: SettledTree, tips: Sequence[str]) -> None:
        """Give up if history may have issued anything that the locks do not know."""
        new = {oid for _, oid in self._repository.named(LOCK_NAME, tips, settled.tips)}
        if new - {each.lock for each in settled.projects}:
            raise AffectsAllError("history has other locks")
        bounds = [*settled.tips, *(f"^{tip}" for tip in tips)]
        if any(each.elsewhere for each in settled.projects) and self._repository.git.run(
            "rev-list", "--max-count=1", *bounds, "--"
        ):
            raise AffectsAllError("history may have lost a lock")

    def _lock_data(self, settled: SettledProject) -> bytes:
        """The bytes of a lock, which must be the same on disk if they are there."""
        data = self._on_disk(settled.project.lock_path)
        if data is None:
            return self._repository.objects.read(settled.lock)
        if blob_id(data, len(settled.lock)) != settled.lock:
            raise AffectsAllError("the lock on disk is another one")
        return data

    def _on_disk(self, path: str) -> bytes | None:
        disk = Disk(self._repository.root or self._repository.git_dir)
        return unix(disk.read(path)) if disk.holds(path) else None

    # -- what is kept ----------------------------------------------------------------------------

    def _of_whole(
        self, whole: Whole, lock: str, elsewhere: Mapping[str, Account]
    ) -> SettledProject:
        analysis = whole.analysis
        after = analysis.next_data if analysis.outdated else analysis.lock_data
        on_disk = self._on_disk(analysis.project.lock_path)
        if on_disk not in (None, analysis.lock_data, after):
            # What it issued counts only as long as it lies there.
            raise AffectsAllError("the lock on disk is another one")
        if whole.state is None:
            raise AffectsAllError("not all files can be remembered")
        return settled(analysis, whole.state, lock, elsewhere)

    def _verify_staged(self, written: Collection[str]) -> None:
        """Give up if other contents were staged while all was read, but for what was `written`."""
        now = staging.differences(self._repository, self._parent)
        for path in self._staged.keys() | now.keys():
            if self._staged.get(path) != now.get(path) and path not in written:
                raise AffectsAllError("something else was staged meanwhile")

    def _over(self, analyses: Sequence[Analysis], locks: Sequence[str]) -> Differences:
        """What is staged against the parent, with the locks that are to be."""
        over = dict(self._staged)
        for analysis, lock in zip(analyses, locks, strict=True):
            path, data = analysis.project.lock_path, analysis.lock_data
            committed = None if data is None else blob_id(data, len(self._parent))
            over[path] = (self._staged.get(path, (committed,))[0], lock)
        return over


def _blobs(settled: SettledTree, changed: Differences) -> dict[str, str]:
    """The ids of the Python files; all projects of a tree know the same."""
    blobs = dict(settled.projects[0].state.blobs)
    for path, (_, blob) in changed.items():
        if blob is None:
            blobs.pop(path, None)
        else:
            blobs[path] = blob
    return blobs


def _is_foundation(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name in {LOCK_NAME, *packaging.FILES} or name.endswith(_NOTEBOOK)
