"""One project of a settled tree, of which only what a change can affect is judged and written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from sigclock.git.trees import blob_id
from sigclock.incremental.affected import AffectedFiles, AffectsAllError, Move
from sigclock.incremental.elsewhere import Elsewhere
from sigclock.incremental.readings import Readings
from sigclock.interface.reachability import Sameness
from sigclock.lock import patch, reader
from sigclock.lock.ledger import join
from sigclock.lock.lock import REVISION, Account, Lock
from sigclock.lock.patch import Parts
from sigclock.project.affected_tasks import AffectedTasks
from sigclock.project.analysis import Analysis, Scope
from sigclock.project.baseline import Baseline
from sigclock.project.projects import Project
from sigclock.project.references import References
from sigclock.tasks.tree_state import TreeState
from sigclock.verdict import report
from sigclock.verdict.decision import Decision
from sigclock.verdict.finding import Finding
from sigclock.verdict.judge import order
from sigclock.verdict.plan import Plan
from sigclock.verdict.report import Counts


class SettledProject(msgspec.Struct, frozen=True):
    """One project of a tree as it was judged: its lock says what its files say, and nothing is due.

    All but the tasks in the files that are `open`: a change to these was judged last, and how the
    lock has it is not known. `lock` is the id of its lock. `elsewhere` has what other locks of the
    history issued beyond those of the tree. `findings` are those of the files that are not open.
    """

    project: Project
    state: TreeState
    lock: str
    elsewhere: dict[str, Account]
    findings: tuple[Finding, ...]
    counts: Counts
    notebooks: tuple[str, ...]
    open: frozenset[str]


class SettledTasks:
    """One project of a settled tree: the tasks that a change can affect, and all it says then.

    `locks` are the locks of all projects by their paths, with their texts in parts, and `data` is
    the text of its own.
    """

    def __init__(
        self,
        settled: SettledProject,
        move: Move,
        locks: Mapping[str, Parts],
        data: bytes,
        elsewhere: Elsewhere | None,
        references: References | None,
        readings: Readings,
    ) -> None:
        self.settled = settled
        self._data = data
        self._parts = locks[settled.project.lock_path]
        self._others = [parts for parts in locks.values() if parts is not self._parts]
        self._elsewhere = elsewhere
        self._references = references
        self._readings = readings
        self._files = AffectedFiles(
            move,
            settled.project.options(),
            open_=settled.open,
            readings=readings,
        )
        self._tasks = AffectedTasks(self._files, move.tree, self)

    @property
    def project(self) -> Project:
        return self.settled.project

    @property
    def lost(self) -> frozenset[str]:
        """None: its lock has no other tasks than its files."""
        return frozenset()

    @property
    def due_at(self) -> frozenset[str]:
        """None: nothing is due in a settled tree, but in the files that are open."""
        return frozenset()

    @property
    def unparsed(self) -> frozenset[str]:
        """None: a project with such a file is not settled."""
        return frozenset()

    @property
    def names(self) -> frozenset[str]:
        """The tasks that are judged, in the tree or in the lock."""
        return self._tasks.names

    @property
    def paths(self) -> frozenset[str]:
        """The files of which tasks are judged."""
        return self._files.paths

    def judge(self) -> Analysis:
        """The project as a whole."""
        found = self._tasks.judge(self.settled.notebooks)
        earlier = msgspec.structs.replace(self._tasks.earlier, notebooks=self.settled.notebooks)
        unread = self.settled.counts.minus(report.counts(earlier))
        return msgspec.structs.replace(
            found,
            unread_counts=unread,
            findings=sorted([*self._standing(), *found.findings], key=order),
            whole_next_data=self._text(self._tasks.lock, found.plan),
        )

    def settle(self, analysis: Analysis, lock: str) -> SettledProject:
        """What is to be kept of the project once `lock` is the id of its lock."""
        state = self._files.state()
        self._readings.close()
        return settled(analysis, state, lock, self.settled.elsewhere)

    def lock(self, names: frozenset[str], classes: frozenset[str]) -> Lock:
        return reader.loads(patch.part(self._parts, names, classes))

    def baseline(self, lock: Lock, names: frozenset[str]) -> Baseline:
        # Flyte's name has no project in it: another project may have issued the same version.
        there = [reader.accounts(patch.part(parts, names)) for parts in self._others]
        visible = join([self.settled.elsewhere, *there])
        return Baseline(self._data, lock, visible, elsewhere=self._elsewhere)

    def scope(self, _names: frozenset[str]) -> Scope:
        return Scope(references=self._references, moves="new")

    def _standing(self) -> Iterator[Finding]:
        """The findings about all other tasks and files."""
        paths = self._files.paths
        for finding in self.settled.findings:
            if finding.task not in self.names and finding.path not in paths:
                yield finding

    def _text(self, lock: Lock, plan: Plan) -> bytes:
        """The bytes of the whole next lock."""
        if plan.lock == lock:
            return self._data
        old, new = lock.snapshot, plan.lock.snapshot
        unused = old.definitions.keys() - new.definitions.keys()
        differing = [
            key
            for key in new.definitions.keys() & old.definitions.keys()
            if new.definitions[key] != old.definitions[key]
        ]
        if not all(map(self._files.holds_alone, differing)):
            raise AffectsAllError("a class changed that other tasks reach")
        return patch.patched(
            self._data,
            reader.dumps(plan.lock),
            old.tasks.keys() - new.tasks.keys(),
            filter(self._files.holds_alone, unused),
        )


def is_settled(analysis: Analysis) -> bool:
    """Whether there is nothing to do."""
    due = any(decision.due for decision in analysis.plan.decisions.values())
    return not (due or analysis.outdated or analysis.plan.edits)


def settled(
    analysis: Analysis, state: TreeState, lock: str, elsewhere: Mapping[str, Account]
) -> SettledProject:
    """What is to be kept of a project; gives up if the lock does not say all of it then."""
    if not _is_plain(analysis):
        raise AffectsAllError("the project is not settled")
    names = set(_changed_tasks(analysis))
    paths = {analysis.extraction.sites[name].location.path for name in names}
    paths |= {edit.path for edit in analysis.plan.edits}
    standing = (
        finding
        for finding in analysis.findings
        if finding.task not in names and finding.path not in paths
    )
    return SettledProject(
        analysis.project,
        state,
        lock,
        dict(elsewhere),
        tuple(standing),
        analysis.counts,
        analysis.extraction.notebooks,
        frozenset(paths),
    )


def lock_after(analysis: Analysis, like: str) -> str:
    """The id of a project's lock once what is outdated is written; of so many digits."""
    data = analysis.next_data if analysis.outdated else analysis.lock_data
    if data is None:
        raise AffectsAllError("there is no lock, for there is no task")
    return blob_id(data, len(like))


def beyond(ledger: Mapping[str, Account], visible: Mapping[str, Account]) -> dict[str, Account]:
    """What was issued that a lock does not know, with what it knows of the same tasks."""
    joined = join(
        [ledger, {n: account for n, account in visible.items() if ledger.get(n) != account}]
    )
    return {name: account for name, account in joined.items() if ledger.get(name) != account}


def _is_plain(analysis: Analysis) -> bool:
    """Whether the lock has all that was found once it is written, and nothing is unusual."""
    decided = analysis.plan
    return not (
        analysis.lock_notes
        or analysis.lock.revision != REVISION
        or analysis.extraction.unparsed
        or analysis.extraction.unseen
        or analysis.extraction.former_names
        or (not analysis.outdated and b"\r" in (analysis.lock_data or b""))
        or _is_refused(analysis)
        or any(task.own_definitions for task in decided.lock.snapshot.tasks.values())
    )


def _changed_tasks(analysis: Analysis) -> Iterator[str]:
    """The tasks of which the lock had something else before."""
    same = Sameness(analysis.lock.snapshot, analysis.extraction.snapshot)
    for name, decision in analysis.plan.decisions.items():
        if not _is_as_locked(decision, same):
            yield name


def _is_as_locked(decision: Decision, same: Sameness) -> bool:
    before, after = decision.baseline, decision.task
    if before is None or decision.previous_name or decision.next_version is not None:
        return False
    return (before.cache, before.path) == (after.cache, after.path) and same.of(before, after)


def _is_refused(analysis: Analysis) -> bool:
    """Whether a version is due and not bumped."""
    decisions = analysis.plan.decisions.values()
    return any(decision.due and decision.next_version is None for decision in decisions)
