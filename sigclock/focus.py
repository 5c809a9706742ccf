"""Judges only what a commit can make a difference to, over a tree that was found settled before.

What it says is what a judgement of the whole tree says; where that is not certain, it says nothing,
and the whole tree is judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

import msgspec

from sigclock import lockfile, lockparts, project, reports, staging, verdict
from sigclock.errors import GitError
from sigclock.files import Change
from sigclock.ground import Footing, Ground, Store, footing
from sigclock.locks import Standing
from sigclock.memory import State
from sigclock.model.finding import Finding
from sigclock.model.ledger import Account
from sigclock.model.lock import LOCK_NAME, Lock
from sigclock.model.snapshot import Definition, Snapshot
from sigclock.plan import Plan
from sigclock.project import Analysis, Overrides
from sigclock.reach import Reach, Sameness
from sigclock.repository import Repository
from sigclock.resolve.modules import Modules
from sigclock.rows import Rows
from sigclock.section import OutOfFocusError, Section, Turn
from sigclock.shelf import LostPageError
from sigclock.staging import Differences
from sigclock.trees import Disk, blob_id

_SOURCES = (".py", ".pyi")
_CONFIGURATION = "pyproject.toml"
#: Ends a focused judgement; the whole tree is judged then.
_GIVEN_UP = (OutOfFocusError, LostPageError, GitError, UnicodeError, lockparts.StrangeLockError)


class Focused(msgspec.Struct, frozen=True):
    """What was judged; `stood` are the fingerprints of findings that HEAD's tree had.

    `new` is the ground as far as it is known before anything is written, `before` that of HEAD.
    """

    tree: Staged
    analyses: list[Analysis]
    stood: frozenset[str]
    parts: list[Part]
    new: Ground
    before: Ground | None


class Staged:
    """The index, of which it is known in which files it differs from a tree of known layout."""

    label = "index"

    def __init__(
        self,
        repository: Repository,
        paths: Sequence[str],
        changed: Mapping[str, str | None],
        contents: Mapping[str, bytes] | None = None,
    ) -> None:
        self._objects = repository.objects
        self._paths = paths
        self._changed = changed
        self._contents = contents or {}

    def paths(self) -> Sequence[str]:
        """Python files alone: nothing asks for others here."""
        return self._paths

    def read(self, path: str) -> bytes:
        if path in self._contents:
            return self._contents[path]
        name = self._changed.get(path, f":0:{path}")
        found = None if name is None else self._objects.find(name)
        if found is None or found.kind != "blob":
            raise KeyError(path)
        return found.content

    def over(self, repository: Repository, contents: Mapping[str, bytes]) -> Staged:
        """The same files with other contents in some of them."""
        return Staged(repository, self._paths, self._changed, contents)


class Part:
    """One project: the section of it that is judged, and what is known of the rest."""

    def __init__(
        self, footing: Footing, rows: Rows, turn: Turn, modules: Modules | None = None
    ) -> None:
        self.footing = footing
        self.rows = rows
        self._turn = turn
        options = footing.project.options()
        self._section = Section(rows, footing.facts, options, turn, modules)

    def judge(self, data: bytes, held: Lock | None = None) -> Analysis:
        """The project as a whole; `held` is what the section's lock has for sure."""
        while True:
            extraction = self._section.extraction()
            before = self._section.before().snapshot
            lock = self._lock(before, extraction.snapshot, held or Lock())
            # What other tasks reach tells a class that was renamed from another one.
            beside = self._section.beside()
            extraction = msgspec.structs.replace(
                extraction, snapshot=_with(extraction.snapshot, beside)
            )
            whole = msgspec.structs.replace(lock, snapshot=_with(lock.snapshot, beside))
            standing = Standing(data, whole, self.footing.elsewhere)
            found = project.judge(self.footing.project, standing, extraction)
            sites = {edit.path for edit in found.plan.edits}
            sharing = (path for one in sites for path in (one, *self.rows.members("site", one)))
            if not self._section.extend(sharing):
                break
        names = before.tasks.keys() | extraction.snapshot.tasks.keys()
        return msgspec.structs.replace(
            found,
            findings=sorted([*self._standing(names), *found.findings], key=verdict.order),
            accepted=self._accepted(found, names),
            beside=self.footing.counts.minus(reports.counts(before)),
            following=self._text(data, lock, found.plan),
        )

    def extend(self, paths: Iterable[str]) -> None:
        """Judge these files as well."""
        self._section.extend(paths)

    def settled(self, analysis: Analysis) -> bool:
        """Whether there is nothing to do."""
        return not analysis.outdated and not analysis.plan.edits and not _due(analysis)

    def after(self, analysis: Analysis, lock: str, turn: Turn) -> Part:
        """The same after what follows from its judgement; `lock` is the blob of the new one."""
        for name, account in analysis.plan.lock.ledger.items():
            self.rows.issue(name, account)
        footing = msgspec.structs.replace(self._footing(analysis), lock=lock)
        part = Part(footing, self.rows, turn, self._section.modules)
        part.extend(self._section.new)
        return part

    def following(self, analysis: Analysis) -> Footing:
        """What is to be kept of the project, once it is settled."""
        return msgspec.structs.replace(self._footing(analysis), pages=self.rows.save())

    def _footing(self, analysis: Analysis) -> Footing:
        return msgspec.structs.replace(
            self.footing,
            findings=tuple(analysis.findings),
            accepted=analysis.accepted,
            counts=analysis.counts,
        )

    def _lock(self, before: Snapshot, current: Snapshot, held: Lock) -> Lock:
        """The section's part of the lock, which has what the tree had when it was settled."""
        names = before.tasks.keys() | current.tasks.keys()
        known = {name: task for name, task in held.snapshot.tasks.items() if name in names}
        tasks = dict(sorted({**before.tasks, **known}.items()))
        definitions = {**before.definitions, **held.snapshot.definitions}
        fields = [field for one in tasks.values() for field in (*one.inputs, *one.outputs)]
        reached = sorted(Reach(definitions).keys(fields))
        accounts = {name: self.rows.account(name) for name in sorted(names)}
        ledger = {name: one for name, one in accounts.items() if one is not None}
        return Lock(Snapshot(tasks, {key: definitions[key] for key in reached}), ledger)

    def _standing(self, names: Iterable[str]) -> list[Finding]:
        """The findings about all other tasks and files."""
        known, paths = set(names), self._section.paths | self._turn.paths
        return [
            one for one in self.footing.findings if one.task not in known and one.path not in paths
        ]

    def _accepted(self, found: Analysis, names: Iterable[str]) -> dict[str, list[str]]:
        known = set(names)
        merged = {reason: list(tasks) for reason, tasks in found.accepted.items()}
        for reason, tasks in self.footing.accepted.items():
            merged.setdefault(reason, []).extend(name for name in tasks if name not in known)
        return {reason: sorted(tasks) for reason, tasks in sorted(merged.items()) if tasks}

    def _text(self, data: bytes, lock: Lock, plan: Plan) -> bytes:
        """The bytes of the whole next lock."""
        if plan.lock == lock:
            return data
        old, new = lock.snapshot, plan.lock.snapshot
        unused = old.definitions.keys() - new.definitions.keys()
        differing = [
            key
            for key in new.definitions.keys() & old.definitions.keys()
            if new.definitions[key] != old.definitions[key]
        ]
        if not all(map(self._section.holds_alone, differing)):
            raise OutOfFocusError("a class changed that other tasks reach")
        return lockparts.patched(
            data,
            lockfile.dumps(plan.lock),
            old.tasks.keys() - new.tasks.keys(),
            filter(self._section.holds_alone, unused),
        )


def _with(snapshot: Snapshot, definitions: Mapping[str, Definition]) -> Snapshot:
    return Snapshot(snapshot.tasks, {**snapshot.definitions, **definitions})


def judge(
    repository: Repository, overrides: Overrides, staged: Differences, head: str
) -> Focused | None:
    """Judge the index, which differs from HEAD by what is `staged`; None if it takes all of it."""
    store = Store(repository, overrides)
    grounds = store.load()
    if not grounds or repository.arriving() or repository.shallow or repository.announced():
        return None
    for ground in grounds:
        with suppress(*_GIVEN_UP):
            return _judged(repository, store, ground, staged, head)
    return None


def _judged(
    repository: Repository, store: Store, ground: Ground, staged: Differences, head: str
) -> Focused:
    changed = _since(ground, repository)
    if any(_is_foundation(path) for path in changed):
        raise OutOfFocusError("a lock or a configuration changed")
    tips = tuple(repository.tips())
    _verify_history(repository, ground, tips)
    layout = store.layout(ground)
    new_layout = _moved(layout, changed)
    before = Staged(repository, layout, {path: old for path, (old, _) in changed.items()})
    after = Staged(repository, new_layout, {path: new for path, (_, new) in changed.items()})
    turn = Turn(before, after, frozenset(changed))
    parts = [Part(one, store.rows(one), turn) for one in ground.footings]
    analyses = [one.judge(_lock_data(repository, one.footing)) for one in parts]
    committed = _committed(repository, store, staged)
    if committed is None and any(one.findings for one in analyses):
        raise OutOfFocusError("what stood at HEAD is not known")
    footings = committed.footings if committed else ()
    stood = frozenset(finding.fingerprint for one in footings for finding in one.findings)
    page = ground.layout if new_layout is layout else ""
    new = msgspec.structs.replace(ground, base=head, tips=tips, layout=page, over=staged)
    return Focused(after, analyses, stood, parts, new, committed)


def keep(
    repository: Repository, overrides: Overrides, focused: Focused, changes: Sequence[Change]
) -> None:
    """Remember the tree with the changes that were made to it, if it is settled then."""
    store, new = Store(repository, overrides), focused.new
    contents = {change.path: change.after for change in changes}
    with suppress(*_GIVEN_UP, OSError):
        over = staging.differences(repository, new.base)
        if not _is_as_expected(over, new.over, changes):
            return
        turn = _made(focused.tree, repository, changes)
        footings = []
        for part, analysis in zip(focused.parts, focused.analyses, strict=True):
            footing = _kept(part, analysis, turn, contents)
            if footing is None:
                return
            footings.append(footing)
        layout = new.layout or store.pages.write("\0".join(focused.tree.paths()).encode())
        new = msgspec.structs.replace(new, over=over, layout=layout, footings=tuple(footings))
        store.keep(new, focused.before)


def lay(
    repository: Repository,
    overrides: Overrides,
    made: tuple[str, Differences],
    whole: Sequence[tuple[Analysis, State | None, Mapping[str, Account]]],
    changes: Sequence[Change],
) -> None:
    """Remember the index, with the changes that were made to it, if all of it was judged.

    `made` are HEAD and what was staged against it. Each project comes with what was found of its
    files, and with what all history issued.
    """
    if repository.arriving() or repository.shallow or repository.announced():
        return
    head, staged = made
    with suppress(*_GIVEN_UP, OSError):
        over = staging.differences(repository, head)
        if not _is_as_expected(over, staged, changes):
            return
        store, footings = Store(repository, overrides), []
        paths = sorted({path for _, state, _ in whole if state for path in state.blobs})
        turn = _made(Staged(repository, paths, {}), repository, changes)
        for analysis, state, visible in whole:
            found = _laid(repository, store, analysis, state, visible, turn)
            if found is None:
                return
            footings.append(found)
        layout = store.pages.write("\0".join(paths).encode())
        tips = tuple(repository.tips())
        before = _committed(repository, store, staged)
        store.keep(Ground(head, over, tips, layout, tuple(footings)), before)


def _laid(
    repository: Repository,
    store: Store,
    analysis: Analysis,
    state: State | None,
    visible: Mapping[str, Account],
    turn: Turn,
) -> Footing | None:
    """What stands of a project of which all was judged; None if that leaves anything to do."""
    lock = repository.objects.find(f":0:{analysis.project.lock_path}")
    if state is None or lock is None or not _is_plain(analysis, lock.content):
        return None
    found = footing(store, analysis, state, lock.oid, visible)
    changed = {analysis.extraction.sites[name].location.path for name in _changed(analysis)}
    if not turn.paths and not changed:
        return found
    part = Part(found, store.rows(found), turn)
    part.extend(changed)
    again = part.judge(lock.content, analysis.plan.lock)
    return part.following(again) if part.settled(again) else None


def _is_plain(analysis: Analysis, data: bytes) -> bool:
    """Whether the lock, as it is staged now, has all that was found, and nothing is unusual."""
    return not (
        analysis.said
        or analysis.extraction.unparsed
        or (
            not (analysis.as_written and analysis.plan.lock == analysis.lock)
            and data != analysis.next_data
        )
        or any(one.due and one.next_version is None for one in analysis.plan.decisions.values())
        or any(task.held for task in analysis.plan.lock.snapshot.tasks.values())
    )


def _changed(analysis: Analysis) -> Iterator[str]:
    """The tasks of which the lock had something else before."""
    same = Sameness(analysis.lock.snapshot, analysis.extraction.snapshot)
    for name, one in analysis.plan.decisions.items():
        before = one.baseline
        if (
            before is None
            or before.cache != one.task.cache
            or one.next_version is not None
            or one.previous_name
            or before.path != one.task.path
            or not same.of(before, one.task)
        ):
            yield name


def _made(tree: Staged, repository: Repository, changes: Sequence[Change]) -> Turn:
    """The changes that were made to sources of a tree."""
    sources = [one for one in changes if one.path.endswith(_SOURCES)]
    before = tree.over(repository, {one.path: one.before or b"" for one in sources})
    after = tree.over(repository, {one.path: one.after for one in sources})
    return Turn(before, after, frozenset(one.path for one in sources))


def _kept(
    part: Part, analysis: Analysis, turn: Turn, contents: Mapping[str, bytes]
) -> Footing | None:
    """What stands of a project after the changes, each task held against the new lock."""
    if part.settled(analysis) and not turn.paths:
        return part.following(analysis)
    if any(one.due and one.next_version is None for one in analysis.plan.decisions.values()):
        return None
    data = contents.get(analysis.project.lock_path, analysis.lock_data or b"")
    again = part.after(analysis, blob_id(data, len(part.footing.lock)), turn)
    found = again.judge(data, analysis.plan.lock)
    return again.following(found) if again.settled(found) else None


def _due(analysis: Analysis) -> bool:
    return any(one.due for one in analysis.plan.decisions.values())


# -- what changed ------------------------------------------------------------------------------


def _since(ground: Ground, repository: Repository) -> Differences:
    """What is staged against a ground, of all that counts."""
    now = staging.differences(repository, ground.base)
    changed: Differences = {}
    for path in now.keys() | ground.over.keys():
        base = now[path][0] if path in now else ground.over[path][0]
        was = ground.over[path][1] if path in ground.over else base
        here = now[path][1] if path in now else base
        if was != here:
            changed[path] = (was, here)
    return _told(changed)


def _committed(repository: Repository, store: Store, staged: Differences) -> Ground | None:
    """The ground that has the tree of HEAD, against which this is `staged`."""
    told = _told(staged)
    return next((one for one in store.load() if _since(one, repository) == told), None)


def _told(found: Differences) -> Differences:
    """Those that can make a difference to a judgement."""
    return {
        path: sides
        for path, sides in sorted(found.items())
        if path.endswith(_SOURCES) or _is_foundation(path)
    }


def _is_foundation(path: str) -> bool:
    return path.rpartition("/")[2] in {LOCK_NAME, _CONFIGURATION}


def _moved(layout: list[str], changed: Differences) -> list[str]:
    """The paths of the Python files as they are now: the same list if none came or went."""
    sources = {path: sides for path, sides in changed.items() if path.endswith(_SOURCES)}
    come = {path for path, (was, _) in sources.items() if was is None}
    gone = {path for path, (_, here) in sources.items() if here is None}
    return sorted({*layout} - gone | come) if come or gone else layout


def _is_as_expected(over: Differences, staged: Differences, changes: Sequence[Change]) -> bool:
    """Whether what is staged is what was, with these changes."""
    digits = len(next((oid for one in over.values() for oid in one if oid), ""))
    expected = {path: here for path, (_, here) in _told(staged).items()}
    expected.update((one.path, blob_id(one.after, digits)) for one in changes)
    return {path: here for path, (_, here) in _told(over).items()} == expected


def _verify_history(repository: Repository, ground: Ground, tips: Sequence[str]) -> None:
    """Raise if history may have issued anything that the locks of the ground do not know."""
    for one in ground.footings:
        new = repository.lock_oids(one.project.lock_path, tips, ground.tips)
        if set(new) - {one.lock}:
            raise OutOfFocusError("history has other locks")
        bounds = [*ground.tips, *(f"^{tip}" for tip in tips)]
        if one.elsewhere and repository.git.run("rev-list", "--max-count=1", *bounds, "--"):
            raise OutOfFocusError("history lost a lock, it may be")


def _lock_data(repository: Repository, one: Footing) -> bytes:
    """The bytes of a lock, which must be the same on disk if they are there."""
    path, disk = one.project.lock_path, Disk(repository.root or repository.git_dir)
    if not disk.holds(path):
        return repository.objects.read(one.lock)
    data = disk.read(path)
    if blob_id(data, len(one.lock)) != one.lock:
        raise OutOfFocusError("the lock on disk is another one")
    return data
