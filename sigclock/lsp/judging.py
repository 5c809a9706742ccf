"""A repository with unsaved buffers, judged whole once, and then as far as an edit can reach."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cache, cached_property
from pathlib import Path

import msgspec

from sigclock.git.names import is_forged
from sigclock.git.repository import Repository
from sigclock.git.trees import Disk, Overlay, WorkTree, blob_id
from sigclock.incremental.affected import AffectsAllError
from sigclock.interface.snapshot import Extraction
from sigclock.lock.lock import Account
from sigclock.lsp.judged import Edits, JudgedProject, Part, Wanted
from sigclock.project import analysis, baseline, issuers, projects, source_ledger
from sigclock.project.analysis import Analysis, Scope
from sigclock.project.baseline import Baseline
from sigclock.project.coverage import missing
from sigclock.project.migration import migrated
from sigclock.project.projects import Overrides, Project
from sigclock.project.references import References
from sigclock.python.names.modules import Modules
from sigclock.python.types.classes import EXTERNAL_NAMES
from sigclock.source import LOCK_NAME, SourceTree
from sigclock.tasks.extract import extract
from sigclock.tasks.memory import Memory
from sigclock.tasks.tree_state import DamagedStateError, TreeState
from sigclock.verdict import judge
from sigclock.verdict.finding import Finding, TaskReport
from sigclock.verdict.rules import lock_outdated, shared_version, version_reused

_PYTHON = (".py", ".pyi")

#: What is said of a finding, and the signatures that its version was issued for.
_Reuse = tuple[str, frozenset[str]]
#: Ends a judgement of affected tasks; the whole tree is judged then.
_GIVEN_UP = (
    AffectsAllError,
    DamagedStateError,
    # Half of a letter, or a number of thousands of digits, cannot be kept.
    UnicodeError,
    OverflowError,
)


class View(msgspec.Struct, frozen=True, dict=True):
    """One project as it is judged now: as a `whole`, and the `part` that edits affect since."""

    judged: JudgedProject
    part: Part | None = None

    @property
    def whole(self) -> Analysis:
        return self.judged.analysis

    def analysis_of(self, name: str) -> Analysis:
        """The analysis that has a task."""
        return self.part.analysis if self.part and name in self.part.names else self.whole

    @cached_property
    def tasks(self) -> dict[str, TaskReport]:
        """The report of every task."""
        if self.part is None:
            return self.whole.tasks
        names = self.part.names
        kept = {name: task for name, task in self.whole.tasks.items() if name not in names}
        return {**kept, **self.part.analysis.tasks}

    @cached_property
    def findings(self) -> list[Finding]:
        """The findings as `check` has them."""
        told = self.judged.findings
        if self.part is None:
            return told
        lock = self.whole.project.lock_path
        left = [finding for finding in told if not self._is_judged_anew(finding)]
        found = [msgspec.structs.replace(one, fixed=False) for one in self.part.analysis.findings]
        if self.part.outdated:
            found.append(lock_outdated.outdated(lock, missing=self.whole.lock_data is None))
        return sorted([*left, *found], key=judge.order)

    def _is_judged_anew(self, finding: Finding) -> bool:
        """Whether the part says of itself whether a finding of the whole still stands."""
        if self.part is None:
            return False
        if finding.task in self.part.names or finding.path in self.part.paths:
            return True
        if finding.rule == shared_version.RULE.id:
            return (finding.path, finding.line, finding.column) in self._bumped
        return finding.rule == lock_outdated.RULE.id

    @cached_property
    def _bumped(self) -> frozenset[tuple[str, int, int]]:
        """Where versions stand that the whole moves for tasks of the part."""
        names = self.part.names if self.part else frozenset[str]()
        bumps = self.whole.plan.bumps
        return frozenset((b.path, b.line, b.column) for b in bumps if not names.isdisjoint(b.tasks))


class Judging:
    """The work tree of one repository below the buffers of an editor; for one thread at a time.

    Nothing is written to the store, except by the first reading, which has no buffers.
    """

    def __init__(self, root: Path) -> None:
        self._repository = Repository.open(root)
        self.root = self._repository.root or root
        self._disk = Disk(self.root)
        self._before: list[JudgedProject] = []
        self._states: dict[str, TreeState] = {}
        self._blobs: dict[str, str] = {}
        #: What edited files were when the tree was judged.
        self._was: dict[str, bytes] = {}
        self._places = {LOCK_NAME, "pyproject.toml"}
        #: What is said of a version that is reused, with the commits that issued it.
        self._issuers: dict[_Reuse, str] = {}
        #: Whether files belong to the tree that it may not have yet.
        self._known: dict[str, bool] = {}
        self._stamp: object = None
        self.read_whole = 0

    def views(
        self, buffers: Mapping[str, bytes], touched: Iterable[str], wanted: Callable[[], bool]
    ) -> list[View]:
        """Every project, judged with these buffers; `touched` files may be others on disk now.

        `Cancelled` once it is no longer wanted.
        """
        if self._before and self.is_current():
            with suppress(*_GIVEN_UP):
                return self._affected(buffers, touched, wanted)
        return self._whole(buffers, wanted)

    def laid_over(self, buffers: Mapping[str, bytes]) -> tuple[Repository, WorkTree | Overlay]:
        """The work tree as the buffers would make it; the tree itself where all are saved."""
        below = self._repository.worktree()
        contents = {
            path: data
            for path, data in self._own(buffers).items()
            if baseline.read(below, path) != data
        }
        return self._repository, Overlay(below, contents) if contents else below

    def _own(self, buffers: Mapping[str, bytes]) -> dict[str, bytes]:
        """The buffers of files that belong to the tree, or will: Git ignores none of them."""
        return {path: data for path, data in buffers.items() if self._belongs(path)}

    def _belongs(self, path: str) -> bool:
        if path in self._blobs:
            return True
        if path not in self._known:
            is_other = is_forged(path) or bool(self._disk.mode(path)) != self._disk.holds(path)
            self._known[path] = not (is_other or self._repository.ignores(path))
        return self._known[path]

    def is_current(self) -> bool:
        """Whether Git and the locks are as they were when the tree was judged."""
        return self._stamp == self._now()

    def prepare(self) -> None:
        """Find out what the first edit asks for."""
        for before in self._before:
            before.sources()
            len(before.known.elsewhere or ())
            if before.state is not None:
                len(before.state.readers)

    # -- an edit -----------------------------------------------------------------------------

    def _affected(
        self, buffers: Mapping[str, bytes], touched: Iterable[str], wanted: Callable[[], bool]
    ) -> list[View]:
        edits = self._edits(buffers, touched)
        if not edits.after:
            return list(map(View, self._before))
        if len(self._before) > 1:
            self._refuse_shared_names()
        views = []
        for before in self._before:
            part = before.part(edits, wanted)
            found = self._with_issuers(part.analysis, before.known)
            views.append(View(before, msgspec.structs.replace(part, analysis=found)))
        return views

    def _edits(self, buffers: Mapping[str, bytes], touched: Iterable[str]) -> Edits:
        """What differs from the tree that was judged."""
        contents = self._own(buffers)
        for path in touched:
            if path not in contents and self._belongs(path):
                if not self._disk.holds(path):
                    raise AffectsAllError("a file went away")
                contents[path] = self._disk.read(path)
        for path, data in contents.items():
            if path not in self._was:
                self._was[path] = self._before_edit(path, data)
        after = {path: data for path, data in contents.items() if data != self._was[path]}
        return Edits({path: self._was[path] for path in after}, after)

    def _before_edit(self, path: str, data: bytes) -> bytes:
        """What a file was when the tree was judged, if that is what it is now, or on disk."""
        digits = len(next(iter(self._blobs.values()), ""))
        for known in (data, self._disk.read(path) if self._disk.holds(path) else b""):
            if self._blobs.get(path) == blob_id(known, digits):
                return known
        raise AffectsAllError("it is not known what a file was")

    def _refuse_shared_names(self) -> None:
        """Flyte's names have no project in them: what one chooses may be issued for the next."""
        names = [set(before.analysis.plan.decisions) for before in self._before]
        if len(set().union(*names)) != sum(map(len, names)):
            raise AffectsAllError("two projects have tasks of one name")

    # -- the whole ---------------------------------------------------------------------------

    def _whole(self, buffers: Mapping[str, bytes], wanted: Callable[[], bool]) -> list[View]:
        repository = self._repository
        tips = repository.head(), repository.arriving()
        self._known, self._issuers = {}, {}
        _, tree = self.laid_over(buffers)
        sources = source_ledger.beside(repository, tree, Overrides())
        paths = [path for path in tree.paths() if path.endswith(_PYTHON)]
        blobs = tree.ids(paths) or {}
        found: list[JudgedProject] = []

        def judged(project: Project, scope: Scope) -> Analysis:
            before = self._judged(project, tree, blobs, scope, wanted)
            found.append(before)
            return before.analysis

        known = projects.projects(tree, Overrides())
        self._places = {LOCK_NAME, "pyproject.toml"}
        self._places.update(project.lock_path for project in known)
        self._places.update(project.configuration_path for project in known)
        stamp = (tips, self._now()[1])
        references = References(repository, tree, Overrides())
        analysis.in_turn(known, Scope(sources=sources, references=references), judged)
        self._before, self._blobs = found, blobs
        self._stamp, self._was = stamp, self._own(buffers)
        self._states = {one.project.directory: one.state for one in found if one.state}
        self.read_whole += 1
        return list(map(View, found))

    def _judged(
        self,
        project: Project,
        tree: SourceTree,
        blobs: Mapping[str, str],
        scope: Scope,
        wanted: Callable[[], bool],
    ) -> JudgedProject:
        repository, options = self._repository, project.options()
        extraction, state = self._read(project, tree, blobs, wanted)
        known = baseline.find(repository, tree, project.lock_path, (), extraction.snapshot)
        known = migrated(repository, project, tree, known)
        found = analysis.judge(project, known, extraction, tree, scope)
        found = self._with_issuers(found, known)
        lacking = tuple(missing(project, extraction, found.lock, tree))
        found = msgspec.structs.replace(found, missing=lacking)
        modules = Modules(tree, EXTERNAL_NAMES, options.layout)
        head = cache(lambda: self._issued_at_head(tree))
        return JudgedProject(found, known, state, tree, modules, head, scope.references)

    def _with_issuers(self, found: Analysis, known: Baseline) -> Analysis:
        """The analysis, in which reused versions have their commits; Git is asked once for each."""
        decisions = found.plan.decisions

        def reuse(finding: Finding) -> _Reuse | None:
            decision = decisions.get(finding.task or "")
            if decision is None or finding.rule != version_reused.RULE.id:
                return None
            return finding.message, decision.conflicting

        pairs = [(finding, reuse(finding)) for finding in found.findings]
        if any(key is not None and key not in self._issuers for _, key in pairs):
            asked = issuers.told(self._repository, known.lock_paths, found.findings, decisions)
            for (_, key), told in zip(pairs, asked, strict=True):
                if key is not None:
                    self._issuers[key] = told.message
        findings = [
            finding if key is None else msgspec.structs.replace(finding, message=self._issuers[key])
            for finding, key in pairs
        ]
        return msgspec.structs.replace(found, findings=findings)

    def _read(
        self,
        project: Project,
        tree: SourceTree,
        blobs: Mapping[str, str],
        wanted: Callable[[], bool],
    ) -> tuple[Extraction, TreeState | None]:
        state = self._states.get(project.directory)
        if state is None and not isinstance(tree, Overlay):
            reading = project.reading(self._repository, tree)
            return reading.extraction, reading.state
        memory = Memory(blobs, state)
        extraction = extract(Wanted(tree, wanted), project.options(), memory)
        return extraction, memory.state

    def _issued_at_head(self, tree: SourceTree) -> Mapping[str, Account]:
        """What HEAD's sources issued: with an edit, the tree is another one."""
        repository = self._repository
        commits = [head] if (head := repository.head()) else []
        commits += repository.arriving()
        return source_ledger.of_commits(repository, commits, tree, Overrides())

    # -- what Git has ------------------------------------------------------------------------

    def _now(self) -> tuple[object, object]:
        """HEAD with what arrives, and the files that are no source, as they are now."""
        repository = self._repository
        stamps = []
        for place in sorted(self._places):
            with suppress(OSError):
                status = (self.root / place).stat()
                stamps.append((place, status.st_mtime_ns, status.st_size))
        return (repository.head(), repository.arriving()), stamps
