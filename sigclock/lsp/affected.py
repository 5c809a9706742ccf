"""What edits can reach, judged by itself: the tasks of a few files, and their part of the lock.

A tree was read whole before. An edit makes a difference to the files that lead to an edited one, to
tasks of the same name, and to those that share a version; the rest stands as it was judged.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

import msgspec

from sigclock.git.trees import Overlay
from sigclock.interface.reachability import reachable_of
from sigclock.interface.snapshot import Definition, Extraction, Snapshot
from sigclock.lock.lock import Account, Lock
from sigclock.lsp.index import Index, Place, classes_of
from sigclock.project import analysis, packaging
from sigclock.project.analysis import Analysis, Scope
from sigclock.project.baseline import Baseline
from sigclock.project.references import References
from sigclock.python.names.modules import Modules
from sigclock.python.names.names import Names
from sigclock.python.values.byte_search import may, search
from sigclock.python.values.constant_uses import Usage, may_take, occurrences
from sigclock.source import SourceTree, in_bytes
from sigclock.tasks.assembly import assemble
from sigclock.tasks.extract import Files, Options, settle, uses_of
from sigclock.tasks.file_reader import FileSummary
from sigclock.tasks.memory import Memory
from sigclock.tasks.tree_state import TreeState
from sigclock.verdict import report

#: If an edit reaches more files, the tree is read whole.
MOST_FILES = 2_000


class ReachesFarError(Exception):
    """The edits may make a difference to any file of the tree."""


class Cancelled(Exception):  # noqa: N818 - it is no error
    """Nobody waits for the result any more."""


class Before(msgspec.Struct, frozen=True):
    """One project as it was read and judged whole; `modules` knows where its modules stand.

    `sources` is what HEAD's sources issued, asked for once an edit makes the tree another one, and
    `references` what those of other references did.
    """

    analysis: Analysis
    baseline: Baseline
    state: TreeState
    tree: SourceTree
    options: Options
    modules: Modules
    sources: Callable[[], Mapping[str, Account]]
    references: References | None = None


class Part(msgspec.Struct, frozen=True):
    """The judgement of the tasks called `names`, declared in `paths`; it says of no other task."""

    analysis: Analysis
    names: frozenset[str]
    paths: frozenset[str]
    outdated: bool


class Affected:
    """The files that some edits reach; `was` has what the edited ones were before.

    `wanted` tells whether anybody still waits for the judgement.
    """

    def __init__(
        self,
        before: Before,
        index: Index,
        was: Mapping[str, bytes],
        edits: Mapping[str, bytes],
        wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        self._before = before
        self._index = index
        self._was = was
        self._edits = edits
        self._tree = Overlay(before.tree, edits)
        self._modules = before.modules.over(self._tree)
        self._wanted = wanted
        self._old: dict[str, FileSummary] = {}
        self._new: dict[str, FileSummary] = {}

    def judged(self) -> Part:
        """The judgement; `ReachesFarError` where the whole tree has to be read for it."""
        before = self._before.analysis
        read = before.extraction
        if read.unparsed or read.unseen or read.former_names or before.missing:
            raise ReachesFarError
        self._read()
        self._extend(self._restless())
        self._extend({user for path in self._edits for user in self._users(path)})
        self._extend({user for path in self._reads_moved() for user in self._index.lookers[path]})
        while True:
            found = self._judged()
            due = {edit.path for edit in found.analysis.plan.edits} | set(_due_at(found.analysis))
            sharing = {path for site in due for path in self._index.sites.get(site, ())} | due
            if not self._extend(sharing):
                return found

    # -- what is read ------------------------------------------------------------------------

    def _read(self) -> None:
        state = self._before.state
        if not self._modules.paths.issuperset(self._edits):
            raise ReachesFarError
        for path in self._edits:
            if self._round(path) != self._index.rounds.get(path) or self._concerns_all(path):
                raise ReachesFarError
        again = {path for path in self._index.reaching(self._edits) if path in state.files}
        if len(again) > MOST_FILES:
            raise ReachesFarError
        files = Files(self._modules, self._before.options, Memory())
        for path in sorted(again):
            if not self._wanted():
                raise Cancelled
            old = state.summary(path)
            assert old is not None
            self._old[path], self._new[path] = old, files[path]
            if self._new[path].offers != old.offers or files.given_up:
                raise ReachesFarError
        files.close()
        if self._modules.unread:
            raise ReachesFarError

    def _round(self, path: str) -> int | None:
        """The round that finds an edited file among those that can hold tasks."""
        if not (path.endswith(".py") and self._before.options.selects(path)):
            return None
        data = self._edits[path]
        for number, round_ in enumerate(self._before.state.rounds):
            if may(search(number, round_.markers), data):
                return number
        return None

    def _concerns_all(self, path: str) -> bool:
        """Whether an edit changes packaging metadata, or where a configured word occurs."""
        before, after = self._was[path], self._edits[path]
        config = self._before.analysis.project.config
        patterns = (*config.task_decorators, *config.not_tasks)
        words = {in_bytes(part) for name in patterns for part in name.split(".")}
        return path.rpartition("/")[2] in packaging.FILES or any(
            (word in before) != (word in after) for word in words
        )

    def _users(self, path: str) -> Iterator[str]:
        """The files with versions behind constants of which an edited file may be a reader."""
        sides = self._was[path], self._edits[path]
        names = self._before.state.mentions.keys()
        for name in {one for data in sides if names for one in occurrences(data, names)}:
            if name not in self._index.constants:
                # It stands for a constant of another name.
                raise ReachesFarError
            taken = any(may_take(name, data) for data in sides)
            looking = self._index.lookers.get(path, ())
            for user, holder, of_class in self._index.constants[name]:
                if taken or of_class or holder == path or user in looking:
                    yield user

    def _reads_moved(self) -> set[str]:
        """The files in which a read came to be, or no longer is, on the way to a version."""
        old, new = (
            {(use.path, use.line, use.column) for one in side.values() for use in uses_of(one)}
            for side in (self._old, self._new)
        )
        return {path for path, _, _ in old ^ new} & self._index.lookers.keys()

    def _extend(self, paths: Iterable[str]) -> bool:
        """Take more files in, which the edits do not change; whether there was any."""
        state = self._before.state
        found = {
            path: summary
            for path in sorted(set(paths) - self._new.keys())
            if (summary := state.summary(path)) is not None
        }
        self._old.update(found)
        self._new.update(found)
        if len(self._new) > MOST_FILES:
            raise ReachesFarError
        return bool(found)

    def _restless(self) -> set[str]:
        """The files of the tasks that were added or moved: one may be what another one was."""
        tasks = self._before.analysis.tasks
        return {task.path for task in tasks.values() if task.status in {"added", "moved"}}

    def _namesakes(self) -> Iterator[str]:
        for summary in (*self._old.values(), *self._new.values()):
            for entry in summary.entries:
                yield from self._index.tasks.get(entry.name, ())
            for site in summary.unrecognized:
                yield from self._index.makers.get(site.maker, ())

    # -- what is judged ----------------------------------------------------------------------

    def _judged(self) -> Part:
        if not self._wanted():
            raise Cancelled
        while self._extend(self._namesakes()):
            pass
        self._refuse_namesakes_ofclasses_of()
        whole = self._before.analysis
        then = self._assembled(self._old.values())
        now = self._assembled(self._settled())
        self._refuse_other_counts(then, now)
        beside = self._beside(then, now)
        now = msgspec.structs.replace(now, snapshot=_with(now.snapshot, beside))
        gone = {name for name, task in whole.tasks.items() if task.status == "removed"}
        names = frozenset(then.snapshot.tasks.keys() | now.snapshot.tasks.keys() | gone)
        lock = self._lock(names)
        also = {
            key: known[key]
            for known in [whole.lock.snapshot.definitions]
            for key in beside
            if key in known
        }
        baseline = msgspec.structs.replace(
            self._before.baseline,
            lock=msgspec.structs.replace(lock, snapshot=_with(lock.snapshot, also)),
            visible=_of(names, self._before.baseline.visible),
            kept={},
            as_written=True,
        )
        sources = _of(names, self._before.sources())
        scope = Scope(sources=sources, references=self._before.references)
        found = analysis.judge(whole.project, baseline, now, self._tree, scope)
        if found.extraction.unseen or found.extraction.former_names:
            raise ReachesFarError
        paths = frozenset(self._new.keys() | self._edits.keys())
        behind = (found.plan.lock.snapshot, found.plan.lock.ledger) != (lock.snapshot, lock.ledger)
        return Part(found, names, paths, behind or not _behind(whole) <= names)

    def _settled(self) -> Iterator[FileSummary]:
        """The summaries now, with what else reads the constants of their versions."""
        uses = [use for summary in self._new.values() for use in uses_of(summary)]
        if not uses:
            return iter(self._new.values())
        options = self._before.options
        names = Names(self._modules)
        usage = Usage(names, uses, self._holders, self._reads, options.published)
        settled = [settle(summary, usage) for _, summary in sorted(self._new.items())]
        self._modules.forget()
        if self._modules.unread:
            raise ReachesFarError
        return iter(settled)

    def _holders(self, names: Collection[str]) -> Mapping[str, Collection[str]]:
        """The files in which names occur, as it was found out of all files before the edits."""
        known = self._before.state.mentions
        if not known.keys() >= set(names):
            raise ReachesFarError
        edited = {path: occurrences(data, names) for path, data in self._edits.items()}
        holders: dict[str, Collection[str]] = {}
        for name in names:
            now = {path for path, found in edited.items() if name in found}
            holders[name] = (known[name] - edited.keys()) | now
        return holders

    def _reads(self, path: str) -> set[tuple[int, int]]:
        """Where a file reads a constant on the way to a version."""
        before = self._index.reads.get(path, ())
        beside = {(line, column) for line, column, holder in before if holder not in self._new}
        uses = (use for summary in self._new.values() for use in uses_of(summary))
        return beside | {(use.line, use.column) for use in uses if use.path == path}

    def _assembled(self, summaries: Iterable[FileSummary]) -> Extraction:
        uses_flyte = self._before.analysis.counts.uses_flyte
        ordered = sorted(summaries, key=lambda summary: summary.path)
        return assemble(ordered, {}, uses_flyte=uses_flyte)

    def _refuse_namesakes_ofclasses_of(self) -> None:
        """Only the whole tree tells which of several classes of one name keeps it."""
        outside = self._outside()
        for side in (self._old, self._new):
            for name, places in _counted(side).items():
                if len(places.keys() | outside.get(name, set())) > 1 or self._is_numbered(name):
                    raise ReachesFarError

    def _is_numbered(self, name: str) -> bool:
        """Whether a class may be called as another one is that has namesakes."""
        stem, _, number = name.rpartition("_")
        return number.isdigit() and len(self._index.classes.get(stem, ())) > 1

    def _refuse_other_counts(self, then: Extraction, now: Extraction) -> None:
        """What is said of a tree as a whole: that it uses Flyte, or that no task is left."""
        whole = self._before.analysis
        counts = whole.counts.minus(report.counts(then)).plus(report.counts(now))
        before = whole.counts
        if (counts.uses_flyte, bool(counts.tasks)) != (before.uses_flyte, bool(before.tasks)):
            raise ReachesFarError

    def _outside(self) -> dict[str, set[Place]]:
        """The classes that files beside these reach, of the names that these reach."""
        return {
            name: {
                place
                for place, number in self._index.classes[name].items()
                if number > within[place]
            }
            for name, within in _counted(self._old).items()
        }

    def _beside(self, then: Extraction, now: Extraction) -> dict[str, Definition]:
        """The classes that other files reach, and these on one side of the edits only.

        They tell that a class was not renamed from another one.
        """
        outside, classes = self._outside(), self._index.classes
        known = self._before.analysis.extraction.snapshot.definitions
        keys = then.snapshot.definitions.keys() ^ now.snapshot.definitions.keys()
        others = (key for key in sorted(keys) if outside.get(key, classes.get(key)))
        return {key: known[key] for key in others if key in known}

    def _lock(self, names: Collection[str]) -> Lock:
        """The part of the lock that has these tasks."""
        lock = self._before.analysis.lock
        tasks = {name: task for name, task in lock.snapshot.tasks.items() if name in names}
        fields = [field for task in tasks.values() for field in (*task.inputs, *task.outputs)]
        known = lock.snapshot.definitions
        reached = {key: known[key] for key in sorted(reachable_of(lock.snapshot).keys(fields))}
        ledger = _of(names, lock.ledger)
        return msgspec.structs.replace(lock, snapshot=Snapshot(tasks, reached), ledger=ledger)


def _behind(whole: Analysis) -> set[str]:
    """The tasks of which the lock says something else than the next one; "" for anything else."""
    if not whole.outdated:
        return set()
    lock, following = whole.lock, whole.plan.lock
    pairs = ((lock.snapshot.tasks, following.snapshot.tasks), (lock.ledger, following.ledger))
    behind = {
        name
        for old, new in pairs
        for name in old.keys() | new.keys()
        if old.get(name) != new.get(name)
    }
    return behind or {""}


def _counted(summaries: Mapping[str, FileSummary]) -> dict[str, Counter[Place]]:
    counted: dict[str, Counter[Place]] = defaultdict(Counter)
    for summary in summaries.values():
        for name, place in classes_of(summary):
            counted[name][place] += 1
    return counted


def _with(snapshot: Snapshot, definitions: Mapping[str, Definition]) -> Snapshot:
    return Snapshot(snapshot.tasks, {**definitions, **snapshot.definitions})


def _of(names: Collection[str], accounts: Mapping[str, Account]) -> dict[str, Account]:
    return {name: accounts[name] for name in sorted(names) if name in accounts}


def _due_at(found: Analysis) -> Iterator[str]:
    """The files in which versions stand that are due: a waiver there counts."""
    for name, decision in found.plan.decisions.items():
        site = found.extraction.sites[name].version
        if decision.due and site is not None:
            yield site.location.path
