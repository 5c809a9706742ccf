"""Judges only what a commit can make a difference to, over a tree that was found settled before.

What it says is what a judgement of the whole tree says; where that is not certain, it says nothing,
and the whole tree is judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from math import inf

import msgspec

from sigclock.errors import GitError
from sigclock.git import staging
from sigclock.git.atomic_write import FileChange
from sigclock.git.repository import Repository
from sigclock.git.staging import Differences
from sigclock.git.trees import Disk, Staged, blob_id
from sigclock.incremental import store
from sigclock.incremental.elsewhere import Elsewhere
from sigclock.incremental.section import OutOfFocusError, Turn
from sigclock.incremental.shelf import LostPageError
from sigclock.lock import patch
from sigclock.lock.ledger import join
from sigclock.lock.lock import Account
from sigclock.project import packaging
from sigclock.project.analysis import Analysis, unix
from sigclock.project.ground import (
    Footing,
    Ground,
    Grounds,
    beyond,
    changed_tasks,
    footing,
    is_plain,
    is_refused,
)
from sigclock.project.part import Part
from sigclock.project.projects import Overrides
from sigclock.source import LOCK_NAME
from sigclock.tasks.memory import DamagedStateError, State
from sigclock.verdict.finding import Finding
from sigclock.verdict.standing import Standing, identity_by_itself

_SOURCES = (".py", ".pyi")
#: Ends a focused judgement; the whole tree is judged then.
_GIVEN_UP = (
    OutOfFocusError,
    LostPageError,
    DamagedStateError,
    GitError,
    # Half of a letter, or a number of thousands of digits, cannot be kept.
    UnicodeError,
    OverflowError,
    patch.StrangeLockError,
)


class Whole(msgspec.Struct, frozen=True):
    """One project of which all was judged, what was found of its files, and what history issued.

    `lock_paths` are the places of all locks in it.
    """

    analysis: Analysis
    state: State | None
    visible: Mapping[str, Account]
    lock_paths: Sequence[str]


class Focused(msgspec.Struct, frozen=True):
    """What was judged; `stood` are the findings that HEAD's tree had.

    `new` is the ground as far as it is known before anything is written.
    """

    tree: Staged
    analyses: list[Analysis]
    stood: Standing
    parts: list[Part]
    new: Ground


class Focus:
    """The commit that is being made, held against the grounds that are kept.

    `staged` is what is staged against its parent.
    """

    def __init__(
        self, repository: Repository, overrides: Overrides, parent: str, staged: Differences
    ) -> None:
        self._repository = repository
        self._parent = parent
        self._staged = staged
        self._kept = Grounds(repository, overrides)
        self._grounds = self._kept.load()
        self._compared = {parent: staged}

    def judge(self) -> Focused | None:
        """Judge what is staged; None if it takes the whole tree to do that."""
        if self._is_unusual:
            return None
        for ground in sorted(self._grounds, key=self._distance):
            with suppress(*_GIVEN_UP):
                judged = self._judged(ground)
                store.note("judged trees", 1, 0)
                return judged
        return None

    def keep(self, focused: Focused, changes: Sequence[FileChange], *, staged: bool = True) -> None:
        """Remember the tree with the changes that were made to it, if it is settled then.

        Those that are not `staged` are to be.
        """
        with suppress(*_GIVEN_UP, OSError):
            over = self._staged_after(changes, staged=staged)
            turn = _made(focused.tree, changes)
            footings = []
            for part, analysis in zip(focused.parts, focused.analyses, strict=True):
                footings.append(_kept(part, analysis, turn, over))
            layout = focused.new.layout or self._kept.write_layout(focused.tree.paths())
            new = msgspec.structs.replace(
                focused.new, over=over, layout=layout, footings=tuple(footings)
            )
            self._kept.keep(new, self._committed)

    def lay(
        self, whole: Sequence[Whole], changes: Sequence[FileChange], *, staged: bool = True
    ) -> None:
        """Remember the tree with the changes that were made to it, if all of it was judged."""
        if self._is_unusual:
            return
        with suppress(*_GIVEN_UP, OSError):
            over = self._staged_after(changes, staged=staged)
            written = {change.path for change in changes}
            outdated = (one.analysis for one in whole if one.analysis.outdated)
            if any(analysis.project.lock_path not in written for analysis in outdated):
                raise OutOfFocusError("there is no lock, for there is no task")
            paths = sorted({path for one in whole if one.state for path in one.state.blobs})
            turn = _made(Staged(self._repository.objects.blob, paths, {}), changes)
            ledger = join(one.analysis.plan.lock.ledger for one in whole)
            visible = join(one.visible for one in whole)
            elsewhere = beyond(ledger, visible)
            footings = tuple(self._laid(one, turn, elsewhere) for one in whole)
            layout = self._kept.write_layout(paths)
            tips = tuple(self._repository.tips())
            places = sorted({path for one in whole for path in one.lock_paths})
            new = Ground(self._parent, over, tips, layout, footings, tuple(places))
            self._kept.keep(new, self._committed)

    @property
    def _is_unusual(self) -> bool:
        """Whether more than sources and history has to do with what is to be said."""
        repository = self._repository
        grafted = (repository.common_dir / "info" / "grafts").exists()
        return bool(
            grafted or repository.shallow or repository.arriving() or repository.announced()
        )

    @property
    def _committed(self) -> Ground | None:
        """The ground that has HEAD's tree."""
        staged = _told(self._staged)
        for ground in self._grounds:
            with suppress(GitError):
                if self._since(ground) == staged:
                    return ground
        return None

    def _distance(self, ground: Ground) -> float:
        """How many files changed since; without end if its commit is gone."""
        with suppress(GitError):
            return len(self._since(ground))
        return inf

    def _since(self, ground: Ground) -> Differences:
        """What is staged against a ground, of all that counts."""
        if ground.base not in self._compared:
            self._compared[ground.base] = staging.differences(self._repository, ground.base)
        now = self._compared[ground.base]
        changed: Differences = {}
        for path in now.keys() | ground.over.keys():
            base = now[path][0] if path in now else ground.over[path][0]
            was = ground.over[path][1] if path in ground.over else base
            here = now[path][1] if path in now else base
            if was != here:
                changed[path] = (was, here)
        return _told(changed)

    def _staged_after(self, changes: Sequence[FileChange], *, staged: bool) -> Differences:
        """What is staged against HEAD, or will be, after the changes."""
        return self._staged_now(changes) if staged else self._staged_with(changes)

    def _staged_now(self, changes: Sequence[FileChange]) -> Differences:
        """What is staged against HEAD after the changes; gives up if there is more to it."""
        now = staging.differences(self._repository, self._parent)
        expected = {path: here for path, (_, here) in _told(self._staged).items()}
        for change in changes:
            expected[change.path] = blob_id(change.after, len(self._parent))
        if {path: here for path, (_, here) in _told(now).items()} != expected:
            raise OutOfFocusError("something else was staged meanwhile")
        return now

    def _staged_with(self, changes: Sequence[FileChange]) -> Differences:
        """What is staged against HEAD once the changes are."""
        over = dict(self._staged)
        for change in changes:
            committed = self._repository.objects.find(f"{self._parent}:{change.path}")
            there = committed.oid if committed else None
            here = blob_id(change.after, len(self._parent))
            over[change.path] = (self._staged.get(change.path, (there,))[0], here)
        return over

    # -- over a ground ---------------------------------------------------------------------------

    def _judged(self, ground: Ground) -> Focused:
        changed = self._since(ground)
        if any(_is_foundation(path) for path in changed):
            raise OutOfFocusError("a lock or a configuration changed")
        tips = tuple(self._repository.tips())
        self._verify_history(ground, tips)
        layout = self._kept.layout(ground)
        paths = _moved(layout, changed)
        blob = self._repository.objects.blob
        before = Staged(blob, layout, {path: old for path, (old, _) in changed.items()})
        after = Staged(blob, paths, {path: new for path, (_, new) in changed.items()})
        turn = Turn(before, after, frozenset(changed))
        stood = self._stood(ground, layout, changed)
        parts = self._parts(ground, turn)
        analyses = [part.judge(self._lock_data(part.footing)) for part in parts]
        bumped = [name for one in analyses for bump in one.plan.bumps for name in bump.tasks]
        if len({*bumped}) < len(bumped):
            raise OutOfFocusError("two projects choose a version for tasks of one name")
        page = ground.layout if paths is layout else ""
        new = msgspec.structs.replace(ground, base=self._parent, tips=tips, layout=page)
        return Focused(after, analyses, stood, parts, new)

    def _parts(self, ground: Ground, turn: Turn) -> list[Part]:
        rows = [self._kept.rows(one) for one in ground.footings]
        elsewhere = Elsewhere(self._repository, ground.lock_paths)
        return [
            Part(
                one,
                own,
                turn,
                others=[other for other in rows if other is not own],
                elsewhere=elsewhere,
            )
            for one, own in zip(ground.footings, rows, strict=True)
        ]

    def _stood(self, ground: Ground, layout: list[str], changed: Differences) -> Standing:
        """The findings that HEAD's tree has; gives up if more than findings stands there."""
        committed = self._committed
        if committed is None:
            kept = self._of_parent(ground, layout, changed)
        else:
            kept = ((one.project.directory, one.findings) for one in committed.footings)
        return Standing.of(
            # Nothing is due in a settled tree.
            (identity_by_itself(directory, finding), finding)
            for directory, findings in kept
            for finding in findings
        )

    def _of_parent(
        self, ground: Ground, layout: list[str], changed: Differences
    ) -> Iterator[tuple[str, Sequence[Finding]]]:
        """The findings of HEAD's projects, which no hook saw; it differs from the ground as well.

        Gives up if HEAD's own source is ahead of its lock: what it says was issued as well.
        """
        there: Differences = {}
        for path in changed.keys() | _told(self._staged).keys():
            old = changed[path][0] if path in changed else self._staged[path][1]
            new = self._staged[path][0] if path in self._staged else changed[path][1]
            if old != new:
                there[path] = (old, new)
        if any(map(_is_foundation, there)):
            raise OutOfFocusError("HEAD has another lock or configuration")
        paths = _moved(layout, there)
        blob = self._repository.objects.blob
        before = Staged(blob, layout, {path: old for path, (old, _) in there.items()})
        after = Staged(blob, paths, {path: new for path, (_, new) in there.items()})
        for part in self._parts(ground, Turn(before, after, frozenset(there))):
            analysis = part.judge(self._lock_data(part.footing))
            if not part.settled(analysis):
                raise OutOfFocusError("HEAD's lock lags behind its source")
            yield analysis.project.directory, analysis.findings

    def _verify_history(self, ground: Ground, tips: Sequence[str]) -> None:
        """Give up if history may have issued anything that the ground's locks do not know."""
        new = {oid for _, oid in self._repository.locks(tips, ground.tips)}
        if new - {one.lock for one in ground.footings}:
            raise OutOfFocusError("history has other locks")
        for one in ground.footings:
            bounds = [*ground.tips, *(f"^{tip}" for tip in tips)]
            if one.elsewhere and self._repository.git.run(
                "rev-list", "--max-count=1", *bounds, "--"
            ):
                raise OutOfFocusError("history may have lost a lock")

    def _lock_data(self, one: Footing) -> bytes:
        """The bytes of a lock, which must be the same on disk if they are there."""
        data = self._on_disk(one.project.lock_path)
        if data is None:
            return self._repository.objects.read(one.lock)
        if blob_id(data, len(one.lock)) != one.lock:
            raise OutOfFocusError("the lock on disk is another one")
        return data

    def _on_disk(self, path: str) -> bytes | None:
        disk = Disk(self._repository.root or self._repository.git_dir)
        return unix(disk.read(path)) if disk.holds(path) else None

    # -- over nothing ----------------------------------------------------------------------------

    def _laid(self, whole: Whole, turn: Turn, elsewhere: dict[str, Account]) -> Footing:
        """What stands of a project of which all was judged; gives up if that leaves work to do."""
        analysis = whole.analysis
        if whole.state is None or not is_plain(analysis):
            raise OutOfFocusError("the project is not settled")
        data = analysis.next_data if analysis.outdated else analysis.lock_data or b""
        if self._on_disk(analysis.project.lock_path) not in (None, data):
            # What it issued counts only as long as it lies there.
            raise OutOfFocusError("the lock on disk is another one")
        lock = blob_id(data, len(self._parent))
        found = footing(self._kept, analysis, whole.state, lock, elsewhere)
        changed = {
            analysis.extraction.sites[name].location.path for name in changed_tasks(analysis)
        }
        if not turn.paths and not changed:
            return found
        part = Part(found, self._kept.rows(found), turn)
        part.extend(changed)
        return part.following(part.judge(data, analysis.plan.lock))


def _kept(part: Part, analysis: Analysis, turn: Turn, over: Differences) -> Footing:
    """What stands of a project after the changes, each task held against the lock as it is then.

    `over` is what is staged then.
    """
    if part.settled(analysis) and not turn.paths:
        return part.following(analysis)
    if is_refused(analysis):
        raise OutOfFocusError("a bump is due")
    lock, path = part.footing.lock, analysis.project.lock_path
    if analysis.outdated:
        data = analysis.next_data
        lock = (over[path][1] if path in over else None) or blob_id(data, len(lock))
    again = part.after(analysis, lock, turn)
    return again.following(again.judge(analysis.next_data, analysis.plan.lock))


def _made(tree: Staged, changes: Sequence[FileChange]) -> Turn:
    """The changes that were made to sources of a tree."""
    sources = [change for change in changes if change.path.endswith(_SOURCES)]
    before = tree.over({source.path: source.before or b"" for source in sources})
    after = tree.over({source.path: source.after for source in sources})
    return Turn(before, after, frozenset(source.path for source in sources))


def _told(found: Differences) -> Differences:
    """Those that can make a difference to a judgement."""
    return {
        path: sides
        for path, sides in sorted(found.items())
        if sides[0] != sides[1] and (path.endswith(_SOURCES) or _is_foundation(path))
    }


def _is_foundation(path: str) -> bool:
    return path.rpartition("/")[2] in {LOCK_NAME, *packaging.FILES}


def _moved(layout: list[str], changed: Differences) -> list[str]:
    """The paths of the Python files as they are now: the same list if none came or went."""
    sources = {path: sides for path, sides in changed.items() if path.endswith(_SOURCES)}
    come = {path for path, (was, _) in sources.items() if was is None}
    gone = {path for path, (_, here) in sources.items() if here is None}
    return sorted({*layout} - gone | come) if come or gone else layout
