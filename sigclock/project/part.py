"""One project of a settled tree, of which only a section is judged after a change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from sigclock.incremental.rows import Rows
from sigclock.incremental.section import OutOfFocusError, Section, Turn
from sigclock.interface.reachability import Reachable
from sigclock.interface.snapshot import Definition, Snapshot
from sigclock.lock import patch, reader
from sigclock.lock.ledger import EMPTY, join
from sigclock.lock.lock import Account, Lock
from sigclock.project import analysis
from sigclock.project.analysis import Analysis, Scope
from sigclock.project.baseline import Baseline
from sigclock.project.ground import Footing
from sigclock.python.names.modules import Modules
from sigclock.verdict import report
from sigclock.verdict.finding import Finding
from sigclock.verdict.judge import order
from sigclock.verdict.plan import Plan


class Part:
    """One project: the section of it that is judged, and what is known of the rest.

    `others` are the rows of the tree's other projects, `elsewhere` what the clone's other
    references issued.
    """

    def __init__(
        self,
        footing: Footing,
        rows: Rows,
        turn: Turn,
        modules: Modules | None = None,
        *,
        others: Sequence[Rows] = (),
        elsewhere: Mapping[str, Account] | None = None,
    ) -> None:
        self.footing = footing
        self.rows = rows
        self._turn = turn
        self._others = others
        self._elsewhere = {} if elsewhere is None else elsewhere
        options = footing.project.options()
        uses_flyte = footing.counts.uses_flyte
        self._section = Section(rows, footing.facts, options, turn, modules, uses_flyte=uses_flyte)

    def judge(self, data: bytes, held: Lock | None = None) -> Analysis:
        """The project as a whole; `held` is what the section's lock has for sure."""
        while True:
            extraction = self._section.extraction()
            earlier = self._section.before()
            before = earlier.snapshot
            lock = self._lock(before, extraction.snapshot, held or Lock())
            # What other tasks reach tells a class that was renamed from another one.
            beside = self._section.beside()
            extraction = msgspec.structs.replace(
                extraction, snapshot=_with(extraction.snapshot, beside)
            )
            whole = msgspec.structs.replace(lock, snapshot=_with(lock.snapshot, beside))
            names = before.tasks.keys() | extraction.snapshot.tasks.keys()
            changed = [n for n in names if before.tasks.get(n) != extraction.snapshot.tasks.get(n)]
            # Flyte's name has no project in it: another project may have issued the same version.
            there = [
                {name: rows.account(name) or EMPTY for name in changed} for rows in self._others
            ]
            visible = join([self.footing.elsewhere, *there])
            standing = Baseline(data, whole, visible, elsewhere=self._elsewhere)
            found = analysis.judge(
                self.footing.project, standing, extraction, self._turn.after, Scope(moves="new")
            )
            sites = {edit.path for edit in found.plan.edits} | set(_due_at(found))
            sharing = (path for site in sites for path in (site, *self.rows.members("site", site)))
            if not self._section.extend(sharing):
                break
        if found.extraction.unseen:
            raise OutOfFocusError("a task that is locked cannot be seen")
        found = msgspec.structs.replace(
            found, unread_counts=self.footing.counts.minus(report.counts(earlier))
        )
        if found.counts.uses_flyte is not self.footing.counts.uses_flyte:
            raise OutOfFocusError("the tree came to use Flyte, or no longer does")
        return msgspec.structs.replace(
            found,
            findings=sorted([*self._standing(names), *found.findings], key=order),
            whole_next_data=self._text(data, lock, found.plan),
        )

    def extend(self, paths: Iterable[str]) -> None:
        """Judge these files as well."""
        self._section.extend(paths)

    def settled(self, analysis: Analysis) -> bool:
        """Whether there is nothing to do."""
        due = any(decision.due for decision in analysis.plan.decisions.values())
        return not (due or analysis.outdated or analysis.plan.edits)

    def after(self, analysis: Analysis, lock: str, turn: Turn) -> Part:
        """The same after what follows from its judgement; `lock` is the blob of the new one."""
        for name, account in analysis.plan.lock.ledger.items():
            self.rows.issue(name, account)
        footing = msgspec.structs.replace(self._footing(analysis), lock=lock)
        part = Part(footing, self.rows, turn, self._section.modules, others=self._others)
        part.extend(self._section.new)
        return part

    def following(self, analysis: Analysis) -> Footing:
        """What is to be kept of the project; `OutOfFocusError` if it is not settled."""
        if not self.settled(analysis):
            raise OutOfFocusError("the project is not settled")
        return msgspec.structs.replace(self._footing(analysis), pages=self.rows.save())

    def _footing(self, analysis: Analysis) -> Footing:
        return msgspec.structs.replace(
            self.footing,
            findings=tuple(analysis.findings),
            counts=analysis.counts,
        )

    def _lock(self, before: Snapshot, current: Snapshot, held: Lock) -> Lock:
        """The section's part of the lock, which has what the tree had when it was settled."""
        names = before.tasks.keys() | current.tasks.keys()
        known = {name: task for name, task in held.snapshot.tasks.items() if name in names}
        tasks = dict(sorted({**before.tasks, **known}.items()))
        definitions = {**before.definitions, **held.snapshot.definitions}
        fields = [field for task in tasks.values() for field in (*task.inputs, *task.outputs)]
        reached = sorted(Reachable(definitions).keys(fields))
        accounts = {name: self.rows.account(name) for name in sorted(names)}
        ledger = {name: account for name, account in accounts.items() if account is not None}
        return Lock(Snapshot(tasks, {key: definitions[key] for key in reached}), ledger)

    def _standing(self, names: Iterable[str]) -> list[Finding]:
        """The findings about all other tasks and files."""
        known, paths = set(names), self._section.paths | self._turn.paths
        return [
            finding
            for finding in self.footing.findings
            if finding.task not in known and finding.path not in paths
        ]

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
        return patch.patched(
            data,
            reader.dumps(plan.lock),
            old.tasks.keys() - new.tasks.keys(),
            filter(self._section.holds_alone, unused),
        )


def _due_at(analysis: Analysis) -> Iterator[str]:
    """The files in which versions stand that are due: a waiver there counts."""
    for name, decision in analysis.plan.decisions.items():
        site = analysis.extraction.sites[name].version
        if decision.due and site is not None:
            yield site.location.path


def _with(snapshot: Snapshot, definitions: Mapping[str, Definition]) -> Snapshot:
    return Snapshot(snapshot.tasks, {**snapshot.definitions, **definitions})
